#include "frontend/syntax/reserved.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "frontend/syntax/walk.h"

namespace nnc {

namespace {

constexpr std::array<std::string_view, 3> kReserved{"images", "save", "collect"};

struct NamesCheck {
  Diagnostics& diagnostics;

  void name(const ast::Name& name) {
    if (std::find(kReserved.begin(), kReserved.end(), name.text) == kReserved.end()) return;
    diagnostics
        .error("E0210", name.range,
               fmt::format("'{}' is reserved for a part of the language to come, and can't be a name", name.text))
        .suggest(fmt::format("call it otherwise: the_{}", name.text));
  }

  void names(const ast::Block& block) {
    for (const ast::Statement& statement : block.statements) {
      for (const ast::Name& bound : statement.names) name(bound);
      if (statement.block) names(*statement.block);
    }
  }

  void value(const ast::Expr* expr) {
    walk(expr, [this](const ast::Expr& part) {
      for (const auto& block : part.blocks) names(*block);
    });
  }

  void body(const ast::Block& block) {
    names(block);
    walk(block, [this](const ast::Expr& part) {
      for (const auto& inner : part.blocks) names(*inner);
    });
  }

  void item(const ast::Item& item) {
    name(item.name);
    for (const auto* list : {&item.settings, &item.parameters}) {
      for (const ast::Parameter& parameter : *list) name(parameter.name);
    }
    if (item.body) body(*item.body);
    if (item.gradient && item.gradient->block) body(*item.gradient->block);
    for (const ast::Entry& entry : item.entries) {
      if (item.kind == ast::ItemKind::data) name(entry.name);  // a key of 'train' is no name
      value(entry.value.get());
    }
  }
};

}  // namespace

void refuse_reserved_names(const ast::File& file, Diagnostics& diagnostics) {
  for (const ast::Item& item : file.items) NamesCheck{diagnostics}.item(item);
}

bool only_reserved(const Diagnostics& diagnostics) {
  return std::all_of(diagnostics.all().begin(), diagnostics.all().end(),
                     [](const Diagnostic& one) { return one.severity != Severity::error || one.code == "E0210"; });
}

void add_errors_beside_reserved(const Diagnostics& rest, Diagnostics& diagnostics) {
  for (const Diagnostic& one : rest.all()) {
    if (one.severity != Severity::error) continue;
    diagnostics.error(one.code, one.range, one.message) = one;
  }
}

}  // namespace nnc
