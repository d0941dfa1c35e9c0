// Nesting is limited to 256 by the parser and chains are flat, so the walk may recurse.
#include "frontend/syntax/dump_ast.h"

#include <fmt/format.h>

#include <algorithm>

namespace nnc {

namespace {

using namespace ast;

std::string_view spelling(ast::ExprKind kind) {
  using K = ast::ExprKind;
  switch (kind) {
    case K::error: return "error";
    case K::number: return "number";
    case K::string: return "string";
    case K::name: return "name";
    case K::call: return "call";
    case K::index: return "index";
    case K::field: return "field";
    case K::negate: return "negate";
    case K::invert: return "not";
    case K::chain: return "chain";
    case K::power: return "power";
    case K::compare: return "compare";
    case K::is: return "is";
    case K::range: return "range";
    case K::list: return "list";
    case K::tuple: return "tuple";
    case K::record: return "record";
    case K::pack: return "pack";
    case K::choose: return "if";
    case K::block: return "block";
    case K::indexed: return "index form";
    case K::reduced: return "reducer";
  }
  return "?";
}

std::string_view spelling(StatementKind kind) {
  switch (kind) {
    case StatementKind::expression: return "value";
    case StatementKind::bind: return "bind";
    case StatementKind::param: return "param";
    case StatementKind::state: return "state";
    case StatementKind::next: return "next";
    case StatementKind::loop: return "for";
    case StatementKind::scan: return "scan";
    case StatementKind::first: return "first";
    case StatementKind::total: return "total";
  }
  return "?";
}

std::string_view spelling(const Item& item) {
  switch (item.kind) {
    case ItemKind::import: return "import";
    case ItemKind::option: return "option";
    case ItemKind::data: return "data";
    case ItemKind::train: return "train";
    case ItemKind::expect: return "expect";
    case ItemKind::definition: break;
  }
  switch (item.definition) {
    case DefinitionKind::fn: return item.exported ? "export fn" : "fn";
    case DefinitionKind::layer: return "layer";
    case DefinitionKind::model: return "model";
    case DefinitionKind::metric: return "metric";
    case DefinitionKind::optimizer: return "optimizer";
  }
  return "?";
}

class Dump {
 public:
  Dump(const SourceFile& source, bool places) : source_(source), places_(places) {}

  std::string file(const File& file) {
    line("file", file.doc.empty() ? "" : fmt::format("## {}", file.doc), {});
    for (const Item& each : file.items) inside([&] { item(each); });
    return std::move(text_);
  }

 private:
  template <class Body>
  void inside(const Body& body) {
    ++depth_;
    body();
    --depth_;
  }

  void line(std::string_view kind, std::string_view words, Range range) {
    text_ += std::string(depth_ * 2, ' ');
    text_ += kind;
    if (!words.empty()) text_ += fmt::format(" {}", escape_for_terminal(words));
    if (places_ && range.end > 0) {
      LineColumn at = source_.locate(range.begin);
      text_ += fmt::format("  @{}:{}", at.line, at.column);
    }
    text_ += '\n';
  }

  /// A type as it was written; without places also without the blanks and comments in it, which are places too.
  std::string written(const TypePtr& type) { return type ? ": " + bare(source_.slice(type->range)) : ""; }
  std::string bare(std::string_view type) {
    if (places_) return std::string(type);
    std::string text;
    for (size_t i = 0; i < type.size(); ++i) {
      if (type[i] == '#') i = std::min(type.find_first_of("\r\n", i), type.size());
      if (i < type.size() && std::string_view(" \t\r\n").find(type[i]) == std::string_view::npos) text += type[i];
    }
    return text;
  }

  void item(const Item& item) {
    std::string doc = item.doc.empty() ? "" : " ## " + item.doc;
    line(spelling(item), item.name.text + written(item.type) + doc, item.range);
    inside([&] {
      parameters("setting", item.settings);
      parameters("parameter", item.parameters);
      if (item.result) line("result", bare(source_.slice(item.result->range)), item.result->range);
      if (item.value) expr(*item.value);
      if (item.bounds) line("bounds", bare(source_.slice(item.bounds->range)), item.bounds->range);
      for (const Entry& entry : item.entries) {
        line("entry", entry.name.text + written(entry.type), entry.range);
        if (entry.value) inside([&] { expr(*entry.value); });
      }
      if (item.body) block(*item.body);
      if (!item.gradient || !item.gradient->block) return;
      line("grad", item.gradient->arriving.text, item.gradient->word);
      inside([&] { block(*item.gradient->block); });
    });
  }

  void parameters(std::string_view kind, const std::vector<Parameter>& list) {
    for (const Parameter& parameter : list) {
      line(kind, parameter.name.text + written(parameter.type), parameter.name.range);
      if (parameter.otherwise) inside([&] { expr(*parameter.otherwise); });
      if (parameter.bounds)
        inside([&] { line("bounds", bare(source_.slice(parameter.bounds->range)), parameter.bounds->range); });
    }
  }

  void block(const Block& block) {
    for (const Statement& statement : block.statements) {
      std::string words;
      if (statement.scan == nullptr) {
        for (const Name& name : statement.names) words += (words.empty() ? "" : ", ") + name.text;
      }
      line(spelling(statement.kind), words + written(statement.type), statement.range);
      inside([&] {
        if (statement.scan) scan(statement);
        if (statement.value) expr(*statement.value);
        if (statement.block) this->block(*statement.block);
      });
    }
  }

  void scan(const Statement& statement) {
    const Scan& head = *statement.scan;
    for (size_t i = 0; i < statement.names.size(); ++i) {
      const Name& name = statement.names[i];
      const bool state = i < head.states();
      line(state ? "state" : "element", name.text + (state ? written(head.types[i]) : ""), name.range);
      inside([&] { expr(state ? *head.starts[i] : *head.sequences[i - head.states()]); });
    }
    line("along", head.backwards ? "-" : "", head.axis->range);
    inside([&] { expr(*head.axis); });
  }

  std::string words_of(const ast::Expr& expr) {
    if (expr.kind == ast::ExprKind::number) return std::string(source_.slice(expr.range));
    if (expr.kind == ast::ExprKind::string) return fmt::format("\"{}\"", expr.text);
    std::string words = expr.text;
    if (!expr.name.empty()) words += expr.name.text;
    for (const Name& op : expr.operators) words += (words.empty() ? "" : " ") + op.text;
    if (expr.type) words += bare(source_.slice(expr.type->range));
    return words;
  }

  void expr(const ast::Expr& e) {
    line(spelling(e.kind), words_of(e), e.range);
    inside([&] {
      for (const LoopIndex& loop : e.loops) {
        line("loop", (loop.pack ? ".." : "") + loop.name.text, loop.name.range);
        if (loop.bound) inside([&] { expr(*loop.bound); });
      }
      for (const ExprPtr& operand : e.operands) {
        if (operand) expr(*operand);
      }
      for (const ast::Argument& argument : e.arguments) {
        line("argument", argument.name.text, argument.value ? argument.value->range : e.range);
        if (argument.value) inside([&] { expr(*argument.value); });
      }
      for (const IndexEntry& entry : e.indices) {
        line("entry", entry.whole ? ".." : "", entry.range);
        inside([&] {
          for (const ExprPtr* part : {&entry.position, &entry.begin, &entry.end}) {
            if (*part) expr(**part);
          }
        });
      }
      for (const auto& inner : e.blocks) {
        line("block", "", inner->range);
        inside([&] { block(*inner); });
      }
    });
  }

  const SourceFile& source_;
  bool places_;
  std::string text_;
  size_t depth_ = 0;
};

}  // namespace

std::string dump_ast(const ast::File& file, const SourceFile& source, bool places) {
  return Dump(source, places).file(file);
}

std::string dump_ast(const SourceFile& source) {
  Diagnostics diagnostics;
  return dump_ast(parse(source, diagnostics), source);
}

}  // namespace nnc
