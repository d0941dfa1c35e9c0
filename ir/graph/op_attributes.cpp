#include "ir/graph/op_attributes.h"

#include <algorithm>
#include <type_traits>

namespace nnc {

namespace {

template <class View, class T>
constexpr std::string_view name_of(T View::* member) {
  std::string_view name;
  auto look = [&]<class Other>(const Field<View, Other>& each) {
    if constexpr (std::is_same_v<T, Other>) name = each.member == member ? each.name : name;
  };
  std::apply([&](const auto&... each) { (look(each), ...); }, View::fields());
  return name;
}
constexpr std::string_view kRole = name_of(&InputAttributes::role), kPath = name_of(&InputAttributes::path),
                           kIndex = name_of(&InputAttributes::index);

template <class... Views>
std::optional<int64_t> axis_in(const Node& node) {
  std::optional<int64_t> axis;
  ((has_view<Views>(node) ? void(axis = view<Views>(node).axis) : void()), ...);
  return axis;
}

}  // namespace

const std::string* leaf_path(const Node& node) {
  if (node.op->op_class != OpClass::leaf) return nullptr;
  const Attribute* path = node.attributes.find(kPath);
  return path == nullptr ? nullptr : std::get_if<std::string>(path);
}

const std::string* variable_path(const Node& node) { return node.op == &op("variable") ? leaf_path(node) : nullptr; }

const double* constant_value(const Node& node) {
  const Attribute* value =
      has_view<ConstantAttributes>(node) ? node.attributes.find(name_of(&ConstantAttributes::value)) : nullptr;
  return value == nullptr ? nullptr : std::get_if<double>(value);
}

std::optional<size_t> body_index(const Node& node) {
  if (!has_view<InputAttributes>(node)) return std::nullopt;
  const std::optional<int64_t> index = view<InputAttributes>(node).index;
  return index ? std::optional(static_cast<size_t>(*index)) : std::nullopt;
}

std::optional<int64_t> axis_of(const Node& node) {
  return axis_in<SliceAttributes, PadAttributes, AxisAttributes, IotaAttributes>(node);
}

bool is_implied(const Node& node, std::string_view name) {
  auto by_type = [&](const AttributeRule& rule) { return rule.name == name && rule.part != TypePart::none; };
  if (std::any_of(node.op->attributes.begin(), node.op->attributes.end(), by_type)) return true;
  if (name != kRole || !has_view<InputAttributes>(node)) return false;
  const auto input = view<InputAttributes>(node);
  return input.role && role_in(input.path) == input.role;
}

void add_implied(const Op& op, const std::optional<Type>& type, Attributes& attributes) {
  for (const AttributeRule& rule : op.attributes) {
    if (!type || type->is_tuple() || rule.part == TypePart::none || attributes.has(rule.name)) continue;
    const bool element = rule.part == TypePart::element;
    attributes.set(std::string(rule.name), element ? Attribute(type->element) : Attribute(type->shape));
  }
  const Attribute* found = attributes.find(kPath);
  const std::string* path = found == nullptr ? nullptr : std::get_if<std::string>(found);
  const bool input = op.attributes.data() == kAttributes<InputAttributes>.data();
  if (!input || path == nullptr || attributes.has(kRole) || attributes.has(kIndex)) return;
  if (const std::optional<InputRole> role = role_in(*path)) attributes.set(std::string(kRole), *role);
}

std::optional<std::string> form_on(const Node& node) {
  if (const auto reduce = view_if<ReduceAttributes>(node)) return reduce->form;
  return view<ContractAttributes>(node).form;
}

Attributes with_form(const Node& node, std::string form) {
  if (auto reduce = view_if<ReduceAttributes>(node)) {
    reduce->form = std::move(form);
    return written(*reduce);
  }
  auto contract = view<ContractAttributes>(node);
  contract.form = std::move(form);
  return written(contract);
}

}  // namespace nnc
