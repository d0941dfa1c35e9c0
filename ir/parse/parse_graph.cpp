#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <unordered_map>

#include "ir/graph/node_text.h"
#include "ir/graph/op.h"
#include "ir/graph/op_attributes.h"
#include "ir/parse/parse_graph.h"
#include "ir/parse/text_reader.h"
#include "ir/print/text.h"
#include "ir/verify/verify.h"
#include "support/diagnostics.h"

namespace nnc {

namespace {

constexpr size_t kMaxDepth = 64;       ///< of bodies within bodies
constexpr size_t kMaxAttributes = 64;  ///< of one node

/// A node whose bodies are still to be read.
struct PendingNode {
  std::string name;
  const Op* op = nullptr;
  std::vector<Value> operands;
  Attributes attributes;
  std::optional<Type> type;
  std::vector<std::shared_ptr<const Graph>> bodies;
  std::optional<Origin> origin;
  uint32_t begin = 0;
};

/// A graph or body under way.
struct Scope {
  std::shared_ptr<Graph> graph;
  std::unordered_map<std::string, NodeId> names;
  PendingNode pending;
};

class GraphParser {
 public:
  GraphParser(std::string_view text, const std::string& name, GraphText& places)
      : reader_(text, name), places_(places) {}

  std::shared_ptr<Graph> parse() {
    reader_.expect("graph");
    open();
    std::shared_ptr<Graph> done;
    while (!scopes_.empty()) {
      if (!reader_.accept("}")) {
        statement();
        continue;
      }
      done = scopes_.back()->graph;
      scopes_.pop_back();
      if (scopes_.empty()) break;
      scopes_.back()->pending.bodies.push_back(done);
      after_type();
    }
    if (!reader_.at_end()) reader_.fail("only one graph stands in a text");
    return done;
  }

 private:
  Scope& scope() { return *scopes_.back(); }

  void open() {
    if (scopes_.size() == kMaxDepth) reader_.fail(fmt::format("bodies are nested at most {} deep", kMaxDepth));
    auto scope = std::make_unique<Scope>();
    scope->graph = std::make_shared<Graph>(reader_.name("a name for the graph"));
    reader_.expect("{");
    scopes_.push_back(std::move(scope));
  }

  void statement() {
    if (reader_.peek() == '%') return node();
    const uint32_t begin = reader_.position();
    for (ResultKind kind : {ResultKind::value, ResultKind::total, ResultKind::update, ResultKind::loss}) {
      if (!reader_.accept(spelling(kind))) continue;
      std::string name(kLoss);
      if (kind != ResultKind::loss) name = reader_.name("the result's name");
      reader_.expect("=");
      scope().graph->results.push_back({kind, std::move(name), reference().id});
      if (scopes_.size() == 1) places_.results.push_back(reader_.taken_since(begin));
      return;
    }
    reader_.fail("expected a node '%name = op(…)', a result 'yield name = %node' (or total, update, loss), or '}'");
  }

  std::string node_name() {
    reader_.expect("%");
    return reader_.word("a node's name");
  }

  Value reference() {
    uint32_t begin = reader_.position();
    std::string name = node_name();
    auto found = scope().names.find(name);
    if (found == scope().names.end()) {
      std::vector<std::string> known;
      for (const auto& entry : scope().names) {
        if (known.size() < 1000) known.push_back(entry.first);
      }
      std::sort(known.begin(), known.end());
      std::string best = nearest(name, known);
      reader_.fail_at(begin, fmt::format("there is no node '%{}' before this line{}", name,
                                         best.empty() ? "" : "; did you mean '%" + best + "'?"));
    }
    return scope().graph->value(found->second);
  }

  void node() {
    PendingNode pending;
    pending.begin = reader_.position();
    pending.name = node_name();
    if (scope().names.contains(pending.name)) {
      reader_.fail_at(pending.begin, fmt::format("there is a node '%{}' already", pending.name));
    }
    reader_.expect("=");
    pending.op = op_name();
    if (reader_.accept("(") && !reader_.accept(")")) {
      do pending.operands.push_back(reference());
      while (reader_.accept(","));
      reader_.expect(")");
    }
    if (reader_.accept("{")) attributes(pending.attributes);
    if (reader_.accept(":")) pending.type = reader_.type();
    pending.origin = reader_.origin_on_this_line();
    scope().pending = std::move(pending);
    after_type();
  }

  const Op* op_name() {
    uint32_t begin = reader_.position();
    std::string name = reader_.word("an op");
    const Op* found = find_op(name);
    if (found != nullptr) return found;
    std::vector<std::string> known;
    for (const Op& record : all_ops()) known.emplace_back(record.name);
    std::string best = nearest(name, known);
    reader_.fail_at(begin, fmt::format("there is no op '{}'{}", name,
                                       best.empty() ? "" : fmt::format("; did you mean '{}'?", best)));
  }

  void attributes(Attributes& into) {
    if (reader_.accept("}")) return;
    do {
      uint32_t begin = reader_.position();
      std::string name = reader_.word("an attribute's name");
      if (into.has(name)) reader_.fail_at(begin, fmt::format("the attribute '{}' is given twice", name));
      if (into.entries().size() == kMaxAttributes) reader_.fail("a node has too many attributes");
      reader_.expect("=");
      into.set(std::move(name), reader_.attribute());
    } while (reader_.accept(","));
    reader_.expect("}");
  }

  /// Opens the next body of the pending node, or finishes the node.
  void after_type() {
    if (reader_.accept("body")) {
      open();
      std::optional<Origin> origin = reader_.origin_on_this_line();
      PendingNode& pending = scopes_[scopes_.size() - 2]->pending;
      if (origin && !pending.origin) pending.origin = origin;
      return;
    }
    finish(std::move(scope().pending));
  }

  void finish(PendingNode pending) {
    add_implied(*pending.op, pending.type, pending.attributes);
    Node node;
    node.op = pending.op;
    node.attributes = pending.attributes;
    node.bodies = pending.bodies;
    std::vector<Type> types;
    for (const Value& operand : pending.operands) {
      node.operands.push_back(operand.id);
      types.push_back(operand.type());
    }
    Inferred inferred = infer(*pending.op, types, node);
    if (const std::string* wrong = std::get_if<std::string>(&inferred)) reader_.fail_at(pending.begin, *wrong);
    const Type& type = std::get<Type>(inferred);
    if (pending.type && !(type == *pending.type)) {
      reader_.fail_at(pending.begin, fmt::format("'{}' gives {} here, not {}", pending.op->name, to_string(type),
                                                 to_string(*pending.type)));
    }
    Graph& graph = *scope().graph;
    Value value = graph.add(*pending.op, pending.operands, std::move(pending.attributes), std::move(pending.bodies));
    scope().names.emplace(pending.name, value.id);
    if (scopes_.size() == 1 && value.id >= places_.nodes.size()) {
      const auto length = static_cast<uint32_t>(pending.name.size() + 1);
      places_.nodes.resize(value.id + 1);
      places_.nodes[value.id] = {pending.begin, pending.begin + length};
    }
    bool number = pending.name.find_first_not_of("0123456789") == std::string::npos;
    if (!number) graph.set_name(value.id, pending.name);
    if (pending.origin) graph.add_origin(value.id, *pending.origin);
  }

  TextReader reader_;
  GraphText& places_;  ///< of the graph itself, not of bodies
  std::vector<std::unique_ptr<Scope>> scopes_;
};

}  // namespace

Graph parse_graph(std::string_view text, const std::string& name) {
  GraphText places;
  return parse_graph(text, name, places);
}

Graph parse_graph(std::string_view text, const std::string& name, GraphText& places) {
  if (text.size() > UINT32_MAX / 2) throw Failure(ExitCode::wrong_program, name + ": error: the text is too long");
  std::shared_ptr<Graph> graph = GraphParser(text, name, places).parse();
  try {
    verify(*graph);
  } catch (const InternalError& error) {
    throw Failure(ExitCode::wrong_program, fmt::format("{}: error: {}", name, error.what()));
  }
  return *graph;
}

}  // namespace nnc
