#include "tests/passes/crowded_graphs.h"

#include <fmt/format.h>

#include <algorithm>

#include "ir/graph/builder.h"

namespace nnc {

namespace {

constexpr int64_t kColumns = 48;

void add_result(Graph& graph, Value value) {
  graph.results.push_back({ResultKind::value, fmt::format("y{}", graph.results.size()), value.id});
}

/// [B, 48] from `x` with its columns in another order: each lane stands at a place of its own.
Value shuffled(Value x, int64_t outer, int64_t inner) {
  Dim rows = Dim::rows();
  std::vector<int64_t> order{0, 3, 2, 1};
  Value cut = reshape(x, {rows, outer, inner, kColumns / outer / inner});
  return reshape(permute(cut, order), {rows, kColumns});
}

/// A sum of `count` of these, each of an input of its own.
Value shuffled_sum(Graph& graph, Element element, int count) {
  constexpr std::pair<int64_t, int64_t> kCuts[] = {{2, 3}, {3, 2}, {2, 4}, {4, 2}, {4, 3}, {3, 4}, {6, 2},
                                                   {2, 6}, {8, 2}, {2, 8}, {8, 3}, {3, 8}, {4, 4}, {2, 12}};
  Value sum{};
  for (int i = 0; i < count; ++i) {
    auto [outer, inner] = kCuts[static_cast<size_t>(i) % std::size(kCuts)];
    Value x = input(graph, InputRole::column, fmt::format("x{}", i), Type(element, {Dim::rows(), kColumns}));
    Value term = unary("tanh", shuffled(x, outer, inner));
    sum = i == 0 ? term : sum + term;
  }
  return sum;
}

/// [B, 48] from [B, 3, 2, 4, 2] with its axes turned round: three divisions and remainders a lane.
Value turned(Graph& graph, Element element, const std::string& name) {
  Value x = input(graph, InputRole::column, name, Type(element, {Dim::rows(), 3, 2, 4, 2}));
  std::vector<int64_t> order{0, 4, 3, 2, 1};
  return reshape(permute(x, order), {Dim::rows(), kColumns});
}

Value random_mask(Graph& graph, const Type& type, const std::string& path) {
  Value seed = input(graph, InputRole::seed, "seed", Type(Element::i32, {2})),
        step = input(graph, InputRole::step, "step", Type(Element::i32, {}));
  Value below = binary("less", random_uniform(seed, step, path, type), full(graph, 0.6, type));
  return cast(below, type.element);
}

constexpr CrowdedGraph kGraphs[] = {
    {"Stored", [](Graph& g, Element e, int count) { add_result(g, shuffled_sum(g, e, count)); }},
    {"Joined",
     [](Graph& g, Element e, int count) {
       std::vector<Value> parts;
       for (int i = 1; i <= count; ++i) parts.push_back(shuffled_sum(g, e, i % 3 + 1) * static_cast<double>(i));
       add_result(g, concat(parts, 1));
     }},
    {"ManyOutputs",
     [](Graph& g, Element e, int count) {
       Value x = shuffled_sum(g, e, 2);
       for (int i = 1; i <= count; ++i) add_result(g, x = unary("tanh", x + static_cast<double>(i)));
     }},
    {"DotOperand",
     [](Graph& g, Element e, int count) {
       Value w = variable(g, "w", Type(e, {1, kColumns}));
       add_result(g, contract(shuffled_sum(g, e, count), w, "b i, o i -> b o"));
     }},
    {"DotOperandOfManyColumns",
     [](Graph& g, Element e, int count) {
       Value w = variable(g, "w", Type(e, {6, kColumns}));
       add_result(g, contract(shuffled_sum(g, e, count), w, "b i, o i -> b o"));
     }},
    {"DotOfTurned",
     [](Graph& g, Element e, int count) {
       Value w = variable(g, "w", Type(e, {std::min(count, 6), kColumns}));
       add_result(g, contract(turned(g, e, "x"), w, "b i, o i -> b o"));
     }},
    {"DotOfTwoTurned",
     [](Graph& g, Element e, int) { add_result(g, contract(turned(g, e, "x"), turned(g, e, "y"), "b i, b i -> b")); }},
    {"OuterOfTurned",
     [](Graph& g, Element e, int count) {
       Value w = variable(g, "w", Type(e, {std::min(count, 6), kColumns}));
       add_result(g, contract(w, turned(g, e, "x"), "o i, b i -> o i"));
       add_result(g, contract(turned(g, e, "x"), input(g, InputRole::column, "z", Type(e, {Dim::rows(), 7})),
                              "b i, b o -> o i"));
     }},
    {"OuterOperand",
     [](Graph& g, Element e, int count) {
       Value x = input(g, InputRole::column, "x", Type(e, {Dim::rows(), 7}));
       add_result(g, contract(x, shuffled_sum(g, e, count), "b o, b i -> o i"));
     }},
    {"OuterEpilogue",
     [](Graph& g, Element e, int count) {
       Value x = input(g, InputRole::column, "x", Type(e, {Dim::rows(), 7})),
             w = variable(g, "w", Type(e, {7, kColumns}));
       Value y = contract(x, w, "b i, i o -> b o") * shuffled_sum(g, e, count);
       add_result(g, y);
     }},
    {"DrawnEpilogue",
     [](Graph& g, Element e, int count) {
       Value x = input(g, InputRole::column, "x", Type(e, {Dim::rows(), 7})),
             w = variable(g, "w", Type(e, {7, kColumns}));
       Value y = contract(x, w, "b i, i o -> b o");
       for (int i = 0; i < count % 7; ++i) {
         y = unary("tanh", y) * random_mask(g, y.type(), fmt::format("drop{}", i));
         add_result(g, y);
       }
     }},
    {"EpilogueOfManyOutputs",
     [](Graph& g, Element e, int count) {
       Value x = input(g, InputRole::column, "x", Type(e, {Dim::rows(), 7})),
             w = variable(g, "w", Type(e, {7, kColumns}));
       Value y = contract(x, w, "b i, i o -> b o");
       for (int i = 1; i <= count; ++i) add_result(g, y = unary("tanh", y + static_cast<double>(i)));
     }},
    {"SumInLanes",
     [](Graph& g, Element e, int count) {
       std::vector<int64_t> last{1};
       add_result(g, reduce_sum(shuffled_sum(g, e, count), last));
     }},
    {"SumInAChain",
     [](Graph& g, Element e, int count) {
       std::vector<int64_t> first{0};
       add_result(g, reduce_sum(shuffled_sum(g, e, count), first));
     }},
    {"Greatest", [](Graph& g, Element e, int count) { add_result(g, reduce_argmax(shuffled_sum(g, e, count), 1)); }},
    {"Rows",
     [](Graph& g, Element e, int count) {
       std::vector<int64_t> last{1}, kept{0};
       Value x = shuffled_sum(g, e, count), top = reduce_max(x, last);
       Value raised = unary("exp", x - broadcast(top, x.type().shape, kept));
       Value share = raised / broadcast(reduce_sum(raised, last), x.type().shape, kept);
       add_result(g, share);
       for (int i = 1; i < count; ++i) add_result(g, share = unary("tanh", share + static_cast<double>(i)));
     }},
};

}  // namespace

std::span<const CrowdedGraph> crowded_graphs() { return kGraphs; }

}  // namespace nnc
