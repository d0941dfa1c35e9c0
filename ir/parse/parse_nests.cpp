#include <fmt/format.h>

#include <algorithm>

#include "ir/parse/nest_parser.h"
#include "ir/parse/parse_target.h"
#include "ir/print/text.h"
#include "ir/verify/verify.h"
#include "support/cores.h"
#include "support/diagnostics.h"

namespace nnc {

namespace {
constexpr int kMaxRepeats = 32;  ///< within one another
}  // namespace

NestProgram NestParser::parse() {
  header();
  while (reader_.accept("buffer")) buffer();
  while (reader_.accept("kernel")) kernel();
  program_.stages = stages(0);
  if (!reader_.at_end()) reader_.fail("only one program stands in a text");
  return std::move(program_);
}

void NestParser::header() {
  reader_.expect("nests");
  program_.name = reader_.name("the program's name");
  reader_.expect("{");
  reader_.expect("target");
  program_.target = parse_target(reader_);
  reader_.expect("capacity");
  program_.capacity = small("capacities", 1, INT32_MAX);
  program_.exact = reader_.accept("exact");
  if (reader_.accept("workers")) program_.workers = small("workers", 1, kMostThreads);
  const bool planned = reader_.accept("arena");
  if (planned) program_.arena_bytes = small("bytes", 0, kMostBytes);
  program_.has_barriers = planned && program_.workers > 1;
  if (reader_.accept("state")) program_.state_bytes = small("bytes", 0, kMostBytes);
}

void NestParser::buffer() {
  Buffer result;
  uint32_t begin = reader_.position();
  result.name = reader_.name("a buffer's name");
  if (!buffers_.emplace(result.name, static_cast<uint32_t>(program_.buffers.size())).second) {
    reader_.fail_at(begin, fmt::format("there is a buffer '{}' already", result.name));
  }
  reader_.expect(":");
  begin = reader_.position();
  std::string word = reader_.word("what the buffer is");
  bool known = false;
  for (int role = 0; role <= static_cast<int>(BufferRole::output); ++role) {
    if (spelling(static_cast<BufferRole>(role)) != word) continue;
    result.role = static_cast<BufferRole>(role);
    known = true;
  }
  if (!known) reader_.fail_at(begin, fmt::format("a buffer is no '{}'", word));
  char c = reader_.peek();
  if (c >= '0' && c <= '9') result.slot = static_cast<int>(small("slots", 0, INT32_MAX));
  Type type = reader_.type();
  if (type.is_tuple()) reader_.fail_at(begin, "a buffer is no tuple");
  result.element = type.element;
  result.shape = type.shape;
  result.strides = strides(result.shape);
  if (reader_.accept("offset")) result.offset = small("offsets", 0, kMostBytes);
  if (reader_.accept("bytes")) result.bytes = small("bytes", 0, kMostBytes);
  result.per_worker = reader_.accept("per_worker");
  program_.buffers.push_back(std::move(result));
}

std::string NestParser::known_name(const char* what, const std::unordered_map<std::string, uint32_t>& names,
                                   uint32_t& id) {
  uint32_t begin = reader_.position();
  std::string name = reader_.name(fmt::format("the name of a {}", what));
  auto found = names.find(name);
  if (found == names.end()) {
    std::vector<std::string> known;
    for (const auto& entry : names) known.push_back(entry.first);
    std::sort(known.begin(), known.end());
    std::string best = known.size() > 1000 ? "" : nearest(name, known);
    reader_.fail_at(begin, fmt::format("there is no {} '{}'{}", what, escape_for_terminal(name),
                                       best.empty() ? "" : fmt::format("; did you mean '{}'?", best)));
  }
  id = found->second;
  return name;
}

std::vector<Stage> NestParser::stages(int depth) {
  if (depth > kMaxRepeats) reader_.fail("repeats are nested too deeply");
  std::vector<Stage> result;
  while (!reader_.accept("}")) {
    if (reader_.accept("call")) {
      result.emplace_back(call());
    } else if (reader_.accept("check")) {
      FiniteCheck check;
      known_name("buffer", buffers_, check.buffer);
      result.emplace_back(check);
    } else if (reader_.accept("repeat")) {
      Repeat repeat;
      repeat.count = small("counts", 0, INT32_MAX);
      repeat.reverse = reader_.accept("reverse");
      reader_.expect("{");
      repeat.stages = stages(depth + 1);
      result.emplace_back(std::move(repeat));
    } else if (reader_.accept("barrier")) {
      result.emplace_back(Barrier{});
    } else {
      reader_.fail("expected call, check, barrier, repeat or '}'");
    }
  }
  return result;
}

Call NestParser::call() {
  Call result;
  known_name("kernel", kernels_, result.kernel);
  reader_.expect("(");
  if (reader_.accept(")")) {
    result.polls = reader_.accept("polls");
    return result;
  }
  reader_.accept("->");
  do {
    Argument argument;
    known_name("buffer", buffers_, argument.buffer);
    if (reader_.accept("at")) argument.offset = limited();
    if (reader_.accept("turn")) argument.per_turn = integers();
    argument.updated = reader_.accept("updated");
    result.arguments.push_back(std::move(argument));
  } while (reader_.accept(",") || reader_.accept("->"));
  reader_.expect(")");
  result.polls = reader_.accept("polls");
  return result;
}

NestProgram parse_nests(std::string_view text, const std::string& name) {
  if (text.size() > UINT32_MAX / 2) throw Failure(ExitCode::wrong_program, name + ": error: the text is too long");
  NestProgram program = NestParser(text, name).parse();
  try {
    verify(program);
  } catch (const InternalError& error) {
    throw Failure(ExitCode::wrong_program, fmt::format("{}: error: {}", name, error.what()));
  }
  return program;
}

}  // namespace nnc
