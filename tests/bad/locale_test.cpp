// Row 66 of the table of bad inputs: in a process whose locale writes 1,5 and lowers I to ı everything is as in C.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <locale>

#include "runtime/data/csv.h"
#include "runtime/io/files.h"
#include "runtime/train/session.h"
#include "tests/runtime/temp_folder.h"

namespace nnc {
namespace {

/// All that a run writes or prints where a number or a letter's case might differ.
std::string traces(const TempFolder& folder) {
  SessionOptions options;
  options.file = NNC_SOURCE_DIR "/examples/xor.nn";
  options.overrides.options["lr"] = "1.25";
  options.overrides.train["steps"] = "20";
  Session session(options);
  TrainRequest request;
  request.out_file = folder.path("w.safetensors");
  request.log_file = folder.path("log.csv");
  session.train(request);
  std::string text = read_file(request.out_file) + read_file(request.log_file);
  CsvReader reader(folder.write("t.csv", "ID,b\n1.5,1e-3\n-0.1,1234567.25\n"));
  const std::vector<CsvRequest> requests{{.name = "ID", .first = reader.column("ID")}, {.name = "b", .first = 1}};
  for (const Column& column : reader.read(requests).columns) {
    text.append(reinterpret_cast<const char*>(column.tensor.bytes.data()), column.tensor.bytes.size());
  }
  text += thrown_by([&] { reader.column("id"); }).message;
  SessionOptions bad;
  bad.file = folder.write("bad.nn", "fn f(x) = 1.5 * y\nfn INIT() = 1.2.3\n");
  return text + thrown_by([&] { Session session(bad); }).message;
}

/// In this process: 0 where nothing differs.
int differs_in(const TempFolder& folder, const std::string& name, const std::string& plain) {
  ::setenv("LOCPATH", folder.path().c_str(), 1);
  if (std::setlocale(LC_ALL, name.c_str()) == nullptr) return 1;
  std::locale::global(std::locale(name.c_str()));
  char text[8] = {};
  std::snprintf(text, sizeof text, "%.1f", 1.5);
  if (std::string(text) != "1,5") return 2;
  return traces(folder) == plain ? 0 : 3;
}

class Locale : public ::testing::TestWithParam<const char*> {};

TEST_P(Locale, Row66SameBits) {
  TempFolder folder;
  const std::string plain = traces(folder);
  const std::string name = std::string(GetParam()) + ".UTF-8";
  const std::string make = fmt::format("localedef -i {} -f UTF-8 {} 2>/dev/null", GetParam(), folder.path(name));
  ASSERT_EQ(std::system(make.c_str()), 0) << "install the package locales (or run './dev setup')";
  // A child, since a locale is the whole process's (and glibc never frees what it made of LOCPATH).
  const pid_t child = ::fork();
  if (child == 0) ::_exit(differs_in(folder, name, plain));
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0) << "256: no such locale, 512: it has no effect, 768: something is written in another way";
}

INSTANTIATE_TEST_SUITE_P(BadInput, Locale, ::testing::Values("de_DE", "tr_TR"),
                         [](const auto& each) { return std::string(each.param); });

}  // namespace
}  // namespace nnc
