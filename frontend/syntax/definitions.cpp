#include "frontend/syntax/definitions.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>

#include "frontend/syntax/names.h"
#include "support/error.h"

namespace nnc {

bool Definition::is_layer() const {
  return kind() == ast::DefinitionKind::layer || kind() == ast::DefinitionKind::model;
}

bool Definition::is_initialiser() const {
  return kind() == ast::DefinitionKind::fn && item->has_settings && item->parameters.empty();
}

std::string_view spelling(ast::DefinitionKind kind) {
  switch (kind) {
    case ast::DefinitionKind::fn: return "fn";
    case ast::DefinitionKind::layer: return "layer";
    case ast::DefinitionKind::model: return "model";
    case ast::DefinitionKind::metric: return "metric";
    case ast::DefinitionKind::optimizer: return "optimizer";
  }
  return "fn";
}

std::string signature(const Definition& definition, bool defaults) {
  auto list = [&](const std::vector<ast::Parameter>& parameters) {
    std::string text = "(";
    for (const ast::Parameter& parameter : parameters) {
      if (text.size() > 1) text += ", ";
      text += parameter.name.text;
      if (parameter.type) text += fmt::format(": {}", definition.source->slice(parameter.type->range));
      for (const auto& other : parameter.others) text += fmt::format(" | {}", definition.source->slice(other->range));
      if (parameter.otherwise && defaults)
        text += fmt::format(" = {}", definition.source->slice(parameter.otherwise->range));
      if (parameter.bounds) text += fmt::format(" in {}", definition.source->slice(parameter.bounds->range));
    }
    return text + ")";
  };
  std::string text = fmt::format("{} {}", spelling(definition.kind()), definition.name());
  if (definition.item->has_settings) text += list(definition.item->settings);
  text += list(definition.item->parameters);
  if (definition.item->result) text += fmt::format(" -> {}", definition.source->slice(definition.item->result->range));
  return text;
}

std::shared_ptr<const Definitions> Definitions::library() {
  static const std::shared_ptr<const Definitions> library = parse_library();
  return library;
}

std::shared_ptr<const Definitions> Definitions::parse_library() {
  auto result = std::make_shared<Definitions>();
  for (const LibraryFile& file : library_files()) {
    auto parsed = std::make_unique<Parsed>();
    parsed->source = std::make_unique<SourceFile>(std::string(file.name), std::string(file.text));
    Diagnostics diagnostics;
    parsed->file = parse(*parsed->source, diagnostics);
    if (diagnostics.has_errors())
      internal_error("the library does not parse:\n" + render(diagnostics, *parsed->source));
    for (const ast::Item& item : parsed->file.items) {
      result->definitions_[item.name.text] =
          std::make_unique<Definition>(Definition{&item, parsed->source.get(), true});
    }
    result->files_.push_back(std::move(parsed));
  }
  return result;
}

void Definitions::add(const ast::File& file, const SourceFile& source, Diagnostics& diagnostics) {
  std::map<std::string, Range> seen;
  for (const ast::Item& item : file.items) {
    if (item.name.empty()) continue;
    const std::string& name = item.name.text;
    static const std::set<std::string> words{
        "import", "option", "data", "fn",   "layer", "model", "metric", "optimizer", "train", "export", "expect",
        "param",  "state",  "scan", "next", "for",   "if",    "else",   "true",      "false", "step",   "epoch"};
    if (is_primitive(name) || words.count(name) != 0) {
      diagnostics
          .error("E0306", item.name.range,
                 fmt::format("'{}' is a word of the language and can't be defined again", name))
          .suggest(fmt::format("call it otherwise: my_{}", name));
      continue;
    }
    auto [first, fresh] = seen.emplace(name, item.name.range);
    if (!fresh) {
      diagnostics.error("E0307", item.name.range, fmt::format("'{}' is defined twice", name))
          .note(first->second, "first defined here");
      continue;
    }
    if (item.kind != ast::ItemKind::definition) continue;
    auto definition = std::make_unique<Definition>(Definition{&item, &source, false});
    user_order_.push_back(definition.get());
    definitions_[name] = std::move(definition);
  }
  // What is asked for by no name ("the first model") is the file's own where it has one.
  std::stable_partition(user_order_.begin(), user_order_.end(),
                        [](const Definition* definition) { return !definition->item->imported; });
}

const Definition* Definitions::find(const std::string& name, bool in_library) const {
  if (!in_library || base == nullptr) {
    if (auto found = definitions_.find(name); found != definitions_.end()) return found->second.get();
  }
  return base != nullptr ? base->find(name, true) : nullptr;
}

std::vector<std::string> Definitions::names(bool in_library) const {
  std::vector<std::string> result;
  if (!in_library || base == nullptr) {
    for (const auto& [name, definition] : definitions_) result.push_back(name);
  }
  if (base != nullptr) {
    for (const std::string& name : base->names(true)) result.push_back(name);
  }
  return result;
}

std::vector<const Definition*> Definitions::of_library() const {
  std::vector<const Definition*> result;
  const Definitions& library = base != nullptr ? *base : *this;
  for (const auto& [name, definition] : library.definitions_) result.push_back(definition.get());
  return result;
}

void refuse_recursion(const Definitions& definitions, Diagnostics& diagnostics) {
  std::map<const Definition*, int> state;  // 1: on the way, 2: done
  std::vector<const Definition*> way;
  std::function<void(const Definition*)> visit = [&](const Definition* definition) {
    state[definition] = 1;
    way.push_back(definition);
    std::set<std::string> hidden;
    for (const auto* list : {&definition->item->settings, &definition->item->parameters}) {
      for (const ast::Parameter& parameter : *list) hidden.insert(parameter.name.text);
    }
    for (const ast::Statement& statement : definition->item->body->statements) {
      for (const ast::Name& name : statement.names) hidden.insert(name.text);
    }
    std::function<void(const ast::Expr&)> name = [&](const ast::Expr& expr) {
      if (hidden.count(expr.text) != 0) return;
      const Definition* used = definitions.find(expr.text, false);
      if (used == nullptr || used->library) return;
      if (state[used] == 0 && way.size() < 200) visit(used);
      if (state[used] != 1) return;
      std::string cycle;
      auto from = std::find(way.begin(), way.end(), used);
      for (auto step = from; step != way.end(); ++step) cycle += fmt::format("'{}' uses ", (*step)->name());
      diagnostics.error("E0308", expr.range, fmt::format("no recursion: {}'{}'", cycle, used->name()))
          .note(used->item->name.range, fmt::format("'{}' is defined here", used->name()));
    };
    for_each_name(*definition->item->body, name);
    if (const auto& own = definition->item->gradient; own && own->block) for_each_name(*own->block, name);
    way.pop_back();
    state[definition] = 2;
  };
  for (const Definition* definition : definitions.of_user()) {
    if (state[definition] == 0 && definition->item->body) visit(definition);
  }
}

}  // namespace nnc
