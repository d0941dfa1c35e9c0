// A .nn file in a temporary folder, and the session over it.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "runtime/train/session.h"
#include "tests/runtime/temp_folder.h"

namespace nnc::test {

/// Where the data sets are: $NNC_DATA, else ../shared/data beside the checkout; empty when neither is there.
inline std::string data_folder() {
  if (const char* given = std::getenv("NNC_DATA"); given != nullptr && *given != '\0') return given;
  std::filesystem::path beside = std::filesystem::path(NNC_SOURCE_DIR) / ".." / "shared" / "data";
  return std::filesystem::exists(beside) ? beside.lexically_normal().string() : "";
}

inline std::string example(const std::string& name) { return std::string(NNC_SOURCE_DIR) + "/examples/" + name; }

/// Trains without writing weights.
inline TrainResult train_file(SessionOptions options) {
  Session session(std::move(options));
  TrainRequest request;
  request.write_weights = false;
  return session.train(request);
}

}  // namespace nnc::test
