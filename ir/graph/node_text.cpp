#include "ir/graph/node_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "ir/graph/op_attributes.h"
#include "ir/graph/queries.h"

namespace nnc {

namespace {

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
}

/// Control characters, backslashes and those in `also` as \xNN, so that a comment is one line and reads back.
std::string escaped(const std::string& text, std::string_view also) {
  std::string result;
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    bool plain = byte >= 0x20 && byte != 0x7f && c != '\\' && also.find(c) == std::string_view::npos;
    result += plain ? std::string(1, c) : fmt::format("\\x{:02x}", byte);
  }
  return result;
}

std::string attributes_text(const Node& node) {
  std::string text;
  for (const auto& [name, value] : node.attributes.entries()) {
    if (is_implied(node, name)) continue;
    text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", name, to_string(value));
  }
  return text.empty() ? "" : " {" + text + "}";
}

}  // namespace

NodeNames::NodeNames(const Graph& graph) : order_(graph.reachable()), names_(graph.size()) {
  std::unordered_set<std::string> used;
  std::unordered_map<std::string, int> copies;  // so many nodes of one name cost no search
  for (size_t i = 0; i < order_.size(); ++i) {
    std::string base = graph.node_name(order_[i]);
    std::string name = base.empty() ? fmt::format("{}", i) : base;
    while (!used.insert(name).second) name = fmt::format("{}_{}", base, ++copies[base]);
    names_[order_[i]] = std::move(name);
  }
}

std::string NodeNames::operator[](NodeId id) const {
  bool known = id < names_.size() && !names_[id].empty();
  return known ? names_[id] : fmt::format("unreachable_{}", id);
}

std::string node_statement(const Graph& graph, NodeId id, const NodeNames& names) {
  const Node& node = graph.node(id);
  std::string text = fmt::format("%{} = {}", names[id], node.op->name);
  for (size_t i = 0; i < node.operands.size(); ++i) {
    text += fmt::format("{}%{}", i == 0 ? "(" : ", ", names[node.operands[i]]);
  }
  if (!node.operands.empty()) text += ")";
  return text + attributes_text(node) + " : " + to_string(node.type);
}

std::string origin_comment(const Graph& graph, NodeId id) {
  const std::vector<Origin>& origins = graph.origins(id);
  if (origins.empty()) return "";
  const Origin& origin = origins.front();
  std::string text = fmt::format("   # {}:{}:{}", escaped(origin.file, " :"), origin.line, origin.column);
  return origin.note.empty() ? text : text + " " + escaped(origin.note, "");
}

std::string node_line(const Graph& graph, NodeId id, const NodeNames& names) {
  std::string text = node_statement(graph, id, names);
  for (const auto& body : graph.node(id).bodies) text += fmt::format(" body {} {{…}}", name_text(body->name));
  return text + origin_comment(graph, id);
}

std::string name_text(const std::string& name) {
  bool plain = !name.empty() && std::all_of(name.begin(), name.end(), is_name_character);
  return plain ? name : to_string(Attribute(name));
}

std::string result_title(const Result& result) {
  std::string_view word = spelling(result.kind);
  return result.kind == ResultKind::loss ? std::string(word) : fmt::format("{} {}", word, name_text(result.name));
}

std::string_view spelling(ResultKind kind) {
  constexpr std::array<std::string_view, 4> kWords{"yield", "total", "update", "loss"};
  return kWords[static_cast<size_t>(kind)];
}

std::string with_operands(std::string_view notation, std::span<const std::string> operands) {
  std::string text;
  auto letter = [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; };
  for (size_t i = 0; i < notation.size(); ++i) {
    bool alone = (i == 0 || !letter(notation[i - 1])) && (i + 1 == notation.size() || !letter(notation[i + 1]));
    auto number = static_cast<size_t>(notation[i] - 'a');
    text += alone && letter(notation[i]) && number < operands.size() ? operands[number] : std::string(1, notation[i]);
  }
  return text;
}

}  // namespace nnc
