// What an input of a graph stands for. Whoever makes an input says it; its path is only its name.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nnc {

enum class InputRole : uint8_t {
  column,    ///< a column of the data: all its samples, or a row of the batch each: "column.mnist.image"
  raw,       ///< a raw source of the field that the graph computes: "raw.image"
  argument,  ///< what a function is called with: "argument.x"
  total,     ///< of a metric that the graph combines: "total.sum"
  setting,   ///< f64, the same in every step of a run: "setting.lr"
  order,     ///< i32[B]: the row numbers of a step
  step,      ///< i32, counts from 1
  seed,      ///< i32[2]
  stand_in,  ///< of a value that takes its place before the graph is done
};
inline constexpr std::array kInputRoles{InputRole::column, InputRole::raw,     InputRole::argument,
                                        InputRole::total,  InputRole::setting, InputRole::order,
                                        InputRole::step,   InputRole::seed,    InputRole::stand_in};

std::string_view spelling(InputRole role);
std::optional<InputRole> parse_input_role(std::string_view word);

/// "column.mnist.image" of "mnist.image"; "order", which is one of its kind.
std::string input_path(InputRole role, std::string_view name = "");
/// The name that a path of this role was made of; of another path the whole.
std::string input_name(InputRole role, std::string_view path);
/// The path of the input that reads a field, or a raw source, of a data set.
std::string column_path(std::string_view data, std::string_view name);
/// The name that column_path was given with these data.
std::string column_name(std::string_view data, std::string_view path);
/// The role that a path was made of; none of a path that was not made so.
std::optional<InputRole> role_in(std::string_view path);

}  // namespace nnc
