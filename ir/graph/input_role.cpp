#include "ir/graph/input_role.h"

#include <algorithm>

namespace nnc {

std::string_view spelling(InputRole role) {
  constexpr std::array<std::string_view, kInputRoles.size()> kWords{"column", "raw",  "argument", "total",   "setting",
                                                                    "order",  "step", "seed",     "stand_in"};
  return kWords[static_cast<size_t>(role)];
}

std::optional<InputRole> parse_input_role(std::string_view word) {
  const auto* found =
      std::find_if(kInputRoles.begin(), kInputRoles.end(), [&](InputRole role) { return spelling(role) == word; });
  return found == kInputRoles.end() ? std::nullopt : std::optional(*found);
}

std::string input_path(InputRole role, std::string_view name) {
  std::string path(spelling(role));
  if (!name.empty()) path.append(".").append(name);
  return path;
}

std::string input_name(InputRole role, std::string_view path) {
  return std::string(role_in(path) == role ? path.substr(std::min(spelling(role).size() + 1, path.size())) : path);
}

std::string column_path(std::string_view data, std::string_view name) {
  return input_path(InputRole::column, std::string(data).append(".").append(name));
}

std::string column_name(std::string_view data, std::string_view path) {
  return std::string(path.substr(column_path(data, "").size()));
}

std::optional<InputRole> role_in(std::string_view path) {
  const size_t point = path.find('.');
  const std::optional<InputRole> role = parse_input_role(path.substr(0, point));
  const bool alone = role == InputRole::order || role == InputRole::step || role == InputRole::seed;
  return role && alone == (point == std::string_view::npos) ? role : std::nullopt;
}

}  // namespace nnc
