// The second half of `show`: the settings of every call by name, and the comments.

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "frontend/format/show_parts.h"
#include "frontend/program/understanding.h"
#include "frontend/syntax/edits.h"
#include "frontend/syntax/parser.h"
#include "frontend/syntax/walk.h"

namespace nnc {

using ast::Argument;
using ast::Expr;
using ast::ExprKind;
using ast::Parameter;

namespace {

/// How the calls of one place were understood; a place that is understood in two ways is left as it is.
struct Understood {
  PlaceOfCall site;
  bool one_way = true;
};

class CallsShow {
 public:
  explicit CallsShow(const CheckedProgram& program)
      : program_(program), understanding_(understand(program)), parser_(*program.source, none_) {
    parser_.file();
    for (const PlaceOfCall& site : understanding_.calls) {
      if (site.source != program.source) continue;
      auto [known, fresh] = sites_.try_emplace({site.callee.begin, site.callee.end}, Understood{site});
      const PlaceOfCall& first = known->second.site;
      bool same = first.definition == site.definition && first.settings_list == site.settings_list &&
                  first.settled == site.settled;
      if (!fresh && !same) known->second.one_way = false;
    }
    for (const ast::Item& item : program.file.items) collect_names(item);
  }

  std::string run() {
    for (const ast::Item& item : program_.file.items) {
      if (item.imported) continue;
      say_what_it_replaces(item);
      say_constant(item);
      for (const auto* list : {&item.settings, &item.parameters}) {
        for (const Parameter& parameter : *list) expression(parameter.otherwise.get());
      }
      if (item.body) block(*item.body);
      if (item.gradient && item.gradient->block) block(*item.gradient->block);
      if (item.kind != ast::ItemKind::data && item.kind != ast::ItemKind::train) continue;
      for (const ast::Entry& entry : item.entries) {
        expression(entry.value.get());
        if (item.kind == ast::ItemKind::train) train_entry(entry);
      }
    }
    return edits_.apply(program_.source->text());
  }

 private:
  // ── Names ──
  /// Every name that the file gives to something: a default that mentions one may mean something else there.
  void collect_names(const ast::Item& item) {
    if (!item.name.empty()) items_.insert(item.name.text);
    for (const auto* list : {&item.settings, &item.parameters}) {
      for (const Parameter& parameter : *list) locals_.insert(parameter.name.text);
    }
    if (item.kind == ast::ItemKind::data) {
      for (const ast::Entry& entry : item.entries) locals_.insert(entry.name.text);
    }
    if (item.body) collect_names(*item.body);
    if (item.gradient && item.gradient->block) collect_names(*item.gradient->block);
  }

  void collect_names(const ast::Block& block) {
    for (const ast::Statement& statement : block.statements) {
      for (const ast::Name& name : statement.names) locals_.insert(name.text);
      if (statement.block) collect_names(*statement.block);
      walk(statement.value.get(), [&](const Expr& expr) {
        for (const auto& inner : expr.blocks) {
          for (const ast::Statement& each : inner->statements) {
            for (const ast::Name& name : each.names) locals_.insert(name.text);
          }
        }
      });
    }
  }

  /// Whether the name means the same where the file uses it as in the definition.
  bool same_meaning(const std::string& name, const Definition& definition) const {
    return locals_.count(name) == 0 && (!definition.library || items_.count(name) == 0);
  }

  // ── Defaults ──
  using Texts = std::map<std::string, std::string>;  ///< of the settings before, as they are written in the call

  /// The default as it may be written in a call, or nothing.
  std::optional<std::string> default_text(const Definition& definition, const Parameter& parameter,
                                          const Texts& before) const {
    if (!parameter.otherwise) return std::nullopt;
    const Expr& expr = *parameter.otherwise;
    std::string text(definition.source->slice(expr.range));
    if (is_word(parameter, expr)) return text;
    Edits edits;
    bool sayable = true;
    walk(&expr, [&](const Expr& part) {
      if (!part.blocks.empty() || makes_layer(part, definition)) sayable = false;
      if (part.kind != ExprKind::name || is_constant(part.text)) return;
      if (auto given = before.find(part.text); given != before.end()) {
        bool alone = &part == &expr || given->second.find_first_of(" -") == std::string::npos;
        if (given->second.find('(') != std::string::npos) sayable = false;  // would say its own defaults twice
        Range range{part.range.begin - expr.range.begin, part.range.end - expr.range.begin};
        edits.replace(range, alone ? given->second : "(" + given->second + ")");
      } else if (!same_meaning(part.text, definition)) {
        sayable = false;
      }
    });
    if (!sayable) return std::nullopt;
    return edits.apply(text);
  }

  /// A layer that a default makes belongs to the one that it is a default of; written in a call, to the caller.
  bool makes_layer(const Expr& expr, const Definition& owner) const {
    if (expr.kind != ExprKind::call || expr.operands[0]->kind != ExprKind::name) return false;
    const Definition* made = program_.definitions.find(expr.operands[0]->text, owner.library);
    return made != nullptr && made->is_layer();
  }

  static bool is_constant(const std::string& name) { return name == "true" || name == "false"; }

  static bool is_word(const Parameter& parameter, const Expr& expr) {
    if (!parameter.type || parameter.type->kind != ast::TypeKind::choice || expr.kind != ExprKind::name) return false;
    const auto& words = parameter.type->words;
    return std::any_of(words.begin(), words.end(), [&](const ast::Name& word) { return word.text == expr.text; });
  }

  /// "lr: 0.01, momentum: 0.9": what `parameters` have and `given` has not, which takes in what is said.
  std::vector<std::string> unsaid(const Definition& definition, const std::vector<Parameter>& parameters,
                                  Texts& given) const {
    std::vector<std::string> said;
    for (const Parameter& parameter : parameters) {
      if (given.count(parameter.name.text) != 0) continue;
      std::optional<std::string> text = default_text(definition, parameter, given);
      if (!text) continue;
      said.push_back(fmt::format("{}: {}", parameter.name.text, *text));
      given[parameter.name.text] = *text;
    }
    return said;
  }

  // ── Calls ──
  void block(const ast::Block& block) {
    for (const ast::Statement& statement : block.statements) {
      expression(statement.value.get());
      if (statement.scan) {
        for (const auto& start : statement.scan->starts) expression(start.get());
        for (const auto& start : statement.scan->starts) bare(*start, nullptr);
        for (const auto& sequence : statement.scan->sequences) expression(sequence.get());
      }
      if (statement.block) this->block(*statement.block);
      bool starts = statement.kind == ast::StatementKind::param || statement.kind == ast::StatementKind::state;
      if (starts && statement.value) bare(*statement.value, nullptr);
    }
  }

  void expression(const Expr* expr) {
    walk(expr, [&](const Expr& part) {
      if (part.kind == ExprKind::call) call(part);
      if (part.kind != ExprKind::chain || part.operators[0].text != "|>") return;
      for (size_t i = 1; i < part.operands.size(); ++i) {
        const PlaceOfCall* site = site_of(*part.operands[i]);
        if (site != nullptr && !site->settled) bare(*part.operands[i], site->definition);
      }
    });
  }

  const PlaceOfCall* site_of(const Expr& callee) const {
    auto found = sites_.find({callee.range.begin, callee.range.end});
    return found != sites_.end() && found->second.one_way ? &found->second.site : nullptr;
  }

  void call(const Expr& expr) {
    const PlaceOfCall* site = site_of(*expr.operands[0]);
    if (site == nullptr) return;
    const Definition& definition = *site->definition;
    const std::vector<Parameter>& list = site->settings_list ? definition.item->settings : definition.item->parameters;
    Texts given;
    size_t position = 0;
    for (const Argument& argument : expr.arguments) {
      std::string name = argument.name.text;
      if (name.empty() && position < list.size()) {
        name = list[position++].name.text;
        if (site->settings_list) edits_.insert(argument.value->range.begin, name + ": ");
      }
      given[name] = std::string(program_.source->slice(argument.value->range));
    }
    std::vector<std::string> said;
    if (!site->settled) said = unsaid(definition, definition.item->settings, given);
    if (!site->settings_list) {
      for (const std::string& more : unsaid(definition, definition.item->parameters, given)) said.push_back(more);
    }
    append(expr, said);
  }

  /// A name that stands for a definition with its defaults: `x |> dropout`, `param W: f32[2] = normal`.
  void bare(const Expr& expr, const Definition* definition) {
    if (expr.kind != ExprKind::name) return;
    if (definition == nullptr) {
      definition = program_.definitions.find(expr.text, false);
      bool other = definition == nullptr || locals_.count(expr.text) != 0 || !definition->is_initialiser();
      if (other) return;
    }
    Texts given;
    std::vector<std::string> said = unsaid(*definition, definition->item->settings, given);
    if (!said.empty()) edits_.insert(expr.range.end, fmt::format("({})", fmt::join(said, ", ")));
  }

  /// Puts more arguments before the parenthesis that closes the call.
  void append(const Expr& expr, const std::vector<std::string>& more) {
    if (more.empty()) return;
    const std::vector<Token>& tokens = parser_.tokens().tokens;
    auto token = std::find_if(tokens.begin(), tokens.end(), [&](const Token& each) {
      return each.range.begin >= expr.operands[0]->range.end && each.text == "(";
    });
    int depth = 0;
    for (; token != tokens.end(); ++token) {
      if (token->kind != TokenKind::sign) continue;
      if (token->text == "(") ++depth;
      if (token->text == ")" && --depth == 0) break;
    }
    const std::string& before = std::prev(token)->text;
    const char* comma = std::prev(token)->kind == TokenKind::sign && (before == "(" || before == ",") ? "" : ", ";
    edits_.insert(token->range.begin, fmt::format("{}{}", comma, fmt::join(more, ", ")));
  }

  // ── Train ──
  void train_entry(const ast::Entry& entry) {
    const Expr& value = *entry.value;
    if (entry.name.text == "optimizer" && value.kind == ExprKind::name) {
      const Definition* definition = program_.definitions.find(value.text, false);
      bool optimizer = definition != nullptr && definition->kind() == ast::DefinitionKind::optimizer;
      if (optimizer && locals_.count(value.text) == 0) bare(value, definition);
    }
    if (entry.name.text == "stop" && value.kind == ExprKind::call) {
      bool said = std::any_of(value.arguments.begin(), value.arguments.end(),
                              [](const Argument& argument) { return argument.name.text == "patience"; });
      if (!said) append(value, {fmt::format("patience: {}", program_.train_info.stop->patience)});
    }
    if (entry.name.text == "metrics") say_directions(entry);
  }

  // ── Comments ──
  bool stands(const std::string& comment) const {
    const auto& comments = parser_.tokens().comments;
    return std::any_of(comments.begin(), comments.end(), [&](const Comment& each) {
      std::string_view text = program_.source->slice(each.range);
      return text.substr(0, text.find_last_not_of(" \t\r") + 1) == comment;
    });
  }

  /// A metric with the setting `better` says it there.
  void say_directions(const ast::Entry& entry) {
    std::string names;
    for (const Argument& metric : entry.value->arguments) {
      const Expr& value = *metric.value;
      const PlaceOfCall* site = value.kind == ExprKind::call ? site_of(*value.operands[0]) : nullptr;
      bool says = site != nullptr && site->definition->kind() == ast::DefinitionKind::metric &&
                  std::any_of(site->definition->item->settings.begin(), site->definition->item->settings.end(),
                              [](const Parameter& setting) { return setting.name.text == "better"; });
      if (!says) names += (names.empty() ? "" : ", ") + metric.name.text;
    }
    std::string comment = "# lower is better: " + names;
    if (!names.empty() && !stands(comment)) line_before(entry.range.begin, comment);
  }

  void say_what_it_replaces(const ast::Item& item) {
    if (item.kind != ast::ItemKind::definition) return;
    const Definition* replaced = program_.definitions.find(item.name.text, true);
    if (replaced != nullptr) remark(item, "# replaces the library's: " + signature(*replaced));
  }

  void say_constant(const ast::Item& item) {
    if (item.kind != ast::ItemKind::option || understanding_.constant_options.count(item.name.text) == 0) return;
    remark(item, fmt::format("# decides an 'if' or a size: another --{} is another compiled step", item.name.text));
  }

  /// A comment above the item and its `##` lines; below it where those would be the file's own doc.
  void remark(const ast::Item& item, const std::string& comment) {
    if (stands(comment)) return;
    const auto& docs = parser_.tokens().docs;
    int line = program_.source->locate(item.range.begin).line;
    auto is_doc = [&](int wanted) {
      return std::any_of(docs.begin(), docs.end(), [&](const DocComment& d) { return d.own_line && d.line == wanted; });
    };
    int top = line;
    while (top > 1 && is_doc(top - 1)) --top;
    std::string_view text = program_.source->text();
    if (top < line && top == 1) {
      size_t end = std::min(text.find('\n', item.range.end), text.size());
      return edits_.insert(static_cast<uint32_t>(end), "\n" + comment);
    }
    line_before(top == line ? item.range.begin : program_.source->line_start(top), comment);
  }

  /// A line of its own, and then what stands at `at`.
  void line_before(uint32_t at, const std::string& comment) {
    std::string_view before = program_.source->text().substr(0, at);
    size_t last = before.find_last_not_of(" \t");
    bool begins = last == std::string_view::npos || before[last] == '\n';
    edits_.insert(at, (begins ? "" : "\n") + comment + "\n");
  }

  const CheckedProgram& program_;
  Understanding understanding_;
  Diagnostics none_;
  Parser parser_;
  std::map<std::pair<uint32_t, uint32_t>, Understood> sites_;  ///< by where the callee begins and ends
  std::set<std::string> items_, locals_;
  Edits edits_;
};

}  // namespace

std::string show_calls(const CheckedProgram& program) { return CallsShow(program).run(); }

}  // namespace nnc
