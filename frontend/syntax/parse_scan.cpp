// `scan h: f32[B, H] = 0, c: f32[B, H] = 0 for xt in x, mt in m along T { … }`

#include <fmt/format.h>

#include "frontend/syntax/parser.h"

namespace nnc {

namespace {

constexpr std::string_view kForm = "scan h: f32[B, H] = 0 for xt in x along T { … next h = … }";

}  // namespace

/// The states, each with its type and what it is before the first step.
void Parser::scan_states(ast::Statement& statement) {
  do {
    statement.names.push_back(name("the name of a state"));
    if (!is(":")) unexpected("':' and the state's type", std::string(kForm));
    take();
    statement.scan->types.push_back(type());
    if (!is("=")) unexpected("'=' and the state before the first step", std::string(kForm));
    take();
    statement.scan->starts.push_back(expression());
  } while (accept(","));
}

/// The sequences, whose elements the steps take in turn.
void Parser::scan_sequences(ast::Statement& statement) {
  if (is("{")) {
    unexpected("'for', a name and the sequence that is run through",
               fmt::format("a scan runs through a sequence: {}", kForm));
  }
  if (!is_word("for")) unexpected("'for'", std::string(kForm));
  take();
  do {
    statement.names.push_back(name("a name for an element of the sequence"));
    if (!is_word("in")) unexpected("'in'", std::string(kForm));
    take();
    statement.scan->sequences.push_back(expression());
  } while (accept(","));
}

/// `along T`, or `along -T` for the other way.
void Parser::scan_axis(ast::Scan& scan) {
  if (!is_word("along")) {
    unexpected("'along' and the axis that the steps run along",
               is("{") ? "along T, where T is the sequence's axis of steps" : std::string(kForm));
  }
  take();
  scan.backwards = accept("-");
  scan.axis = postfix();
}

/// Where an expression is wanted: read to its end, so that what follows is read as it stands.
void Parser::refuse_scan() {
  Range at = peek().range;
  scan();
  fail("E0202", at, "'scan' begins a statement and stands in no expression",
       "its value is a layer's: layer steps(x: …) { scan … }, then steps(x)");
}

ast::Statement Parser::scan() {
  ast::Statement result;
  result.kind = ast::StatementKind::scan;
  result.scan = std::make_unique<ast::Scan>();
  uint32_t begin = take().range.begin;
  scan_states(result);
  scan_sequences(result);
  scan_axis(*result.scan);
  result.scan->head = since(begin);
  result.block = block();
  result.range = since(begin);
  return result;
}

}  // namespace nnc
