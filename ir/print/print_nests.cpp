#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ir/nest/nest_text.h"
#include "ir/nest/nest_types.h"
#include "ir/print/text.h"

namespace nnc {

std::string_view spelling(BufferRole role) {
  constexpr std::array<std::string_view, 8> kRoles{"variable", "temporary", "column", "order",
                                                   "setting",  "step",      "seed",   "output"};
  return kRoles[static_cast<size_t>(role)];
}

namespace {

std::string integers(const std::vector<int64_t>& values) { return fmt::format("[{}]", fmt::join(values, ", ")); }

/// " strides [...]" unless they are dense.
std::string strides_text(const Shape& shape, const std::vector<int64_t>& strides) {
  int64_t dense = 1;
  bool same = strides.size() == shape.size();
  for (size_t axis = shape.size(); same && axis-- > 0;) {
    same = strides[axis] == dense;
    if (axis > 0 && (!shape[axis].constant() || __builtin_mul_overflow(dense, shape[axis].count, &dense))) same = false;
  }
  return same ? "" : " strides " + integers(strides);
}

std::string buffer_line(const Buffer& buffer) {
  std::string text = fmt::format("buffer {} : {}", nest_name(buffer.name), spelling(buffer.role));
  if (buffer.slot != 0) text += fmt::format(" {}", buffer.slot);
  text += fmt::format(" {}{}{}", spelling(buffer.element), to_string(buffer.shape),
                      strides_text(buffer.shape, buffer.strides));
  if (buffer.offset != -1) text += fmt::format(" offset {}", buffer.offset);
  if (buffer.bytes != 0) text += fmt::format(" bytes {}", buffer.bytes);
  return buffer.per_worker ? text + " per_worker" : text;
}

std::string parameter_text(const Parameter& parameter) {
  std::string text = nest_name(parameter.name) + ":";
  if (parameter.read) text += " in";
  if (parameter.written) text += " out";
  if (parameter.per_worker) text += " per_worker";
  return text + fmt::format(" {}{}{}", spelling(parameter.element), to_string(parameter.shape),
                            strides_text(parameter.shape, parameter.strides));
}

void print_block(const Block& block, NestText& text, const std::string& indent, std::string& out) {
  for (const Statement& statement : block) {
    const auto* loop = std::get_if<Loop>(&statement);
    if (loop == nullptr) {
      out += text.statement(statement, indent);
      continue;
    }
    out += indent + text.loop(*loop) + " {\n";
    print_block(loop->body, text, indent + "  ", out);
    out += indent + "}\n";
  }
}

/// Whether the loops are numbered as they stand in the text.
bool in_text_order(const Block& block, LoopId& next) {
  for (const Statement& statement : block) {
    const auto* loop = std::get_if<Loop>(&statement);
    if (loop == nullptr) continue;
    if (loop->id != next) return false;
    ++next;
    if (!in_text_order(loop->body, next)) return false;
  }
  return true;
}

std::string print_kernel(const Kernel& kernel) {
  std::string out = fmt::format("  kernel {}(", nest_name(kernel.name));
  for (size_t i = 0; i < kernel.parameters.size(); ++i) {
    out += (i == 0 ? "" : ", ") + parameter_text(kernel.parameters[i]);
  }
  out += ") {\n";
  if (!kernel.summary.empty()) out += fmt::format("    summary {}\n", nest_name(kernel.summary));
  for (const Origin& origin : kernel.origins) {
    out += fmt::format("    from {} {}:{}", nest_name(origin.file), origin.line, origin.column);
    out += origin.note.empty() ? "\n" : " note " + quoted(origin.note) + "\n";
  }
  LoopId loops = 0;
  if (!in_text_order(kernel.body, loops) || loops != kernel.loops.size()) {
    out += "    loops";
    for (size_t i = 0; i < kernel.loops.size(); ++i) out += (i == 0 ? " " : ", ") + nest_name(kernel.loops[i]);
    out += "\n";
  }
  for (const Register& reg : kernel.registers) {
    out += fmt::format("    register {}{}: {}\n", nest_name(reg.name), reg.extents.empty() ? "" : integers(reg.extents),
                       to_string(reg.type));
  }
  NestText text(kernel);
  print_block(kernel.body, text, "    ", out);
  return out + "  }\n";
}

/// "x, W -> h" where what is only read comes first; else the arguments with commas.
std::string call_text(const NestProgram& program, const Call& call) {
  const Kernel& kernel = program.kernels[call.kernel];
  auto written = [&](size_t i) { return i < kernel.parameters.size() && kernel.parameters[i].written; };
  size_t first = 0;
  while (first < call.arguments.size() && !written(first)) ++first;
  bool arrow = first < call.arguments.size();
  for (size_t i = first; i < call.arguments.size(); ++i) arrow = arrow && written(i);
  std::string text = fmt::format("call {}(", nest_name(kernel.name));
  for (size_t i = 0; i < call.arguments.size(); ++i) {
    const Argument& argument = call.arguments[i];
    text += arrow && i == first ? (i == 0 ? "-> " : " -> ") : (i == 0 ? "" : ", ");
    text += nest_name(program.buffers[argument.buffer].name);
    if (argument.offset != 0) text += fmt::format(" at {}", argument.offset);
    if (!argument.per_turn.empty()) text += " turn " + integers(argument.per_turn);
    if (argument.updated) text += " updated";
  }
  return text + (call.polls ? ") polls" : ")");
}

void print_stages(const NestProgram& program, const std::vector<Stage>& stages, std::string indent, std::string& out) {
  for (const Stage& stage : stages) {
    if (const auto* call = std::get_if<Call>(&stage)) {
      out += indent + call_text(program, *call) + "\n";
    } else if (const auto* check = std::get_if<FiniteCheck>(&stage)) {
      out += fmt::format("{}check {}\n", indent, nest_name(program.buffers[check->buffer].name));
    } else if (std::holds_alternative<Barrier>(stage)) {
      out += indent + "barrier\n";
    } else {
      const auto& repeat = std::get<Repeat>(stage);
      out += fmt::format("{}repeat {}{} {{\n", indent, repeat.count, repeat.reverse ? " reverse" : "");
      print_stages(program, repeat.stages, indent + "  ", out);
      out += indent + "}\n";
    }
  }
}

}  // namespace

std::string print(const NestProgram& program) {
  std::string out = fmt::format("nests {} {{\n", nest_name(program.name));
  out += fmt::format("  target {}\n", to_string(program.target));
  out += fmt::format("  capacity {}{}\n", program.capacity, program.exact ? " exact" : "");
  if (program.workers != 1) out += fmt::format("  workers {}\n", program.workers);
  if (program.arena_bytes != 0 || program.has_barriers) out += fmt::format("  arena {}\n", program.arena_bytes);
  if (program.state_bytes != 0) out += fmt::format("  state {}\n", program.state_bytes);
  for (const Buffer& buffer : program.buffers) out += "  " + buffer_line(buffer) + "\n";
  for (const Kernel& kernel : program.kernels) out += "\n" + print_kernel(kernel);
  out += "\n";
  print_stages(program, program.stages, "  ", out);
  return out + "}\n";
}

}  // namespace nnc
