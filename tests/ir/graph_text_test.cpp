// The text form of graphs: what is refused and how, and that hostile text is only ever refused.

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "ir/graph/builder.h"
#include "ir/graph/queries.h"
#include "ir/graph/samples.h"
#include "ir/print/text.h"
#include "ir/verify/verify.h"
#include "support/error.h"

namespace nnc {
namespace {

std::string refusal(const std::string& text) {
  try {
    parse_graph(text, "t.nnir");
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.code(), ExitCode::wrong_program);
    const std::string all = failure.what();
    return all.substr(0, all.find('\n'));  // the line that editors read
  }
  return "";
}

std::string in_graph(const std::string& line) {
  return "graph g {\n  %x = input {role = column, path = \"x\"} : f32[B, 4]\n  " + line + "\n  yield y = %y\n}\n";
}

TEST(GraphText, NamesOriginsAndResultsReadBack) {
  Graph graph("train");
  graph.current_origin = {"a folder/x:y.nn", 12, 3, "dense_0, \"one\""};
  Value x = input(graph, InputRole::column, "column.x", Type(Element::f32, {Dim::rows(), 2}));
  Value w = variable(graph, "net.dense_0.W", Type(Element::f32, {2, 2}));
  Value h = contract(x, w, "b i, i o -> b o");
  graph.set_name(h.id, "h");
  Value same = unary("tanh", h);
  graph.set_name(same.id, "h");
  Value sum = reduce_sum(same, std::vector<int64_t>{0, 1});
  graph.results = {{ResultKind::loss, "loss", sum.id},
                   {ResultKind::total, "odd name", sum.id},
                   {ResultKind::update, "net.dense_0.W", (w * 0.5).id}};
  std::string text = print(graph);
  Graph again = parse_graph(text, "again");
  EXPECT_TRUE(equivalent(graph, again));
  EXPECT_EQ(print(again), text);
  EXPECT_EQ(again.name, "train");
  Value read = again.result("loss");
  EXPECT_EQ(again.origins(read.id).front(), graph.origins(sum.id).front());
  EXPECT_NE(text.find("%h = contract(%column.x, %net.dense_0.W)"), std::string::npos) << text;
  EXPECT_NE(text.find("%h_1 = tanh(%h)"), std::string::npos) << text;
}

TEST(GraphText, SaysWhereAndWhat) {
  EXPECT_EQ(refusal(in_graph("%y = tanhh(%x)")), "t.nnir:3:8: error: there is no op 'tanhh'; did you mean 'tanh'?");
  EXPECT_EQ(refusal(in_graph("%y = add(%x, %xx)")),
            "t.nnir:3:16: error: there is no node '%xx' before this line; did you mean '%x'?");
  EXPECT_EQ(refusal("graph g {\n  %x = input {path = \"column.x\"} : bf16[B, 4]\n"
                    "  %y = contract(%x, %x) {index = \"b i, b i -> b\"}\n  yield y = %y\n}\n"),
            "t.nnir:3:3: error: 'contract' multiplies f32 or f64, not bf16[B, 4] (cast both operands to f32, and the "
            "result back)");
  EXPECT_EQ(refusal(in_graph("%y = exp(%x) : f32[B, 5]")),
            "t.nnir:3:3: error: 'exp' gives f32[B, 4] here, not f32[B, 5]");
  EXPECT_EQ(refusal(in_graph("%z = input {role = column, path = \"z\"} : f32[B, 5]\n  %y = add(%x, %z)")),
            "t.nnir:4:3: error: 'add' needs equal types: f32[B, 4] against f32[B, 5] (axis 1: 4 against 5)");
  EXPECT_EQ(refusal(in_graph("%y = reduce_sum(%x) {axes = ints [2]}")),
            "t.nnir:3:3: error: 'reduce_sum': f32[B, 4] has no axis 2");
  EXPECT_NE(refusal(in_graph("%y = slice(%x) {axis = 1, begin = 3, end = 9, step = 1}")).find("leaves its 4 elements"),
            std::string::npos);
  EXPECT_NE(refusal(in_graph("%y = contract(%x, %x) {index = \"b i, i o -> b o\"}")).find("'i' has 4 elements"),
            std::string::npos);
  EXPECT_NE(refusal(in_graph("%y = pad(%x) {axis = 0, low = 1, high = 0, interior = 0, value = 0.0, edge = 0}"))
                .find("known only at run time"),
            std::string::npos);
}

TEST(GraphText, RefusesAttributesThatTheOpDoesNotHave) {
  EXPECT_EQ(refusal(in_graph("%y = reverse(%x) {axis = 1, axes = ints [0]}")),
            "t.nnir:3:3: error: 'reverse' has no attribute 'axes'; did you mean 'axis'?");
  EXPECT_EQ(refusal(in_graph("%y = exp(%x) {axis = 1}")), "t.nnir:3:3: error: 'exp' has no attribute 'axis'");
  EXPECT_EQ(refusal(in_graph("%y = reverse(%x) {}")),
            "t.nnir:3:3: error: 'reverse' needs the attribute 'axis', an integer");
  EXPECT_EQ(refusal(in_graph("%y = reverse(%x) {axis = 1.0}")),
            "t.nnir:3:3: error: 'reverse' needs the attribute 'axis', an integer");
  EXPECT_EQ(refusal(in_graph("%y = reduce_sum(%x) {axes = ints [1], form = 3}")),
            "t.nnir:3:3: error: 'reduce_sum' needs the attribute 'form', a text");
}

/// As one input, "path = …" and perhaps "role = …".
std::string with_input(const std::string& attributes) {
  return "graph g {\n  %x = input {" + attributes + "} : f32[B, 4]\n  yield y = %x\n}\n";
}

TEST(GraphText, AnInputHasARoleThatItsPathMaySay) {
  for (InputRole role : kInputRoles) {
    const std::string path =
        input_path(role, role == InputRole::order || role == InputRole::step || role == InputRole::seed ? "" : "d.x");
    const Graph by_path = parse_graph(with_input("path = \"" + path + "\""), "t.nnir");
    EXPECT_EQ(role_of(by_path.node(by_path.results[0].node)), role);
    const std::string word(spelling(role));
    const Graph by_word = parse_graph(with_input("role = " + word + ", path = \"x\""), "t.nnir");
    EXPECT_EQ(role_of(by_word.node(by_word.results[0].node)), role);
    EXPECT_NE(print(by_word).find("input {role = " + word + ", path = \"x\"}"), std::string::npos) << print(by_word);
    EXPECT_TRUE(equivalent(parse_graph(print(by_word), "t.nnir"), by_word));
  }
  EXPECT_NE(refusal(with_input("path = \"x\"")).find("needs the attribute 'role'"), std::string::npos);
  EXPECT_NE(refusal(with_input("path = \"columns.x\"")).find("needs the attribute 'role'"), std::string::npos);
  EXPECT_NE(refusal(with_input("role = column, path = \"setting.x\"")).find("of the role column has the path"),
            std::string::npos);
  EXPECT_NE(refusal(with_input("role = 3, path = \"x\"")).find("needs the attribute 'role'"), std::string::npos);
  EXPECT_NE(refusal(with_input("role = column, index = 0, path = \"x\"")).find("has no role"), std::string::npos);
}

TEST(GraphText, TheLossIsOneNumberOfItsOwnName) {
  EXPECT_NE(refusal("graph g {\n %w = variable {path = \"w\"} : f32[2]\n loss = %w\n}\n").find("loss is no number"),
            std::string::npos);
}

TEST(GraphText, RefusesSizesThatCannotBe) {
  for (std::string type : {"f32[9223372036854775807, 3]", "f32[99999999999999999999]", "f32[-1]", "f32[B, B]",
                           "f32[1, 1, 1, 1, 1, 1, 1, 1, 1]", "f33[1]", "((f32[1]))"}) {
    EXPECT_NE(refusal("graph g {\n %y = input {role = column, path = \"x\"} : " + type + "\n yield y = %y\n}"), "")
        << type;
  }
  EXPECT_NE(refusal(in_graph("%y = pad(%x) {axis = 1, low = 9223372036854775807, high = 1, interior = "
                             "9223372036854775807, value = 0.0, edge = 0}")),
            "");
  EXPECT_NE(refusal(in_graph("%y = broadcast(%x) {axes = ints [-1, 9]} : f32[B, 4]")), "");
}

TEST(GraphText, RefusesDeepNesting) {
  std::string text = "graph g {\n";
  for (int i = 0; i < 100000; ++i) text += "%s = scan {states = 0} : (f32[1]) body b {\n";
  EXPECT_NE(refusal(text).find("nested at most 64 deep"), std::string::npos);
  EXPECT_NE(refusal("graph g { %x = input {} : " + std::string(100000, '(')), "");
}

TEST(GraphText, VerifiesResults) {
  EXPECT_NE(
      refusal("graph g {\n %w = variable {path = \"w\"} : f32[2]\n %s = reduce_sum(%w) {axes = ints [0]}\n update w "
              "= %s\n}\n")
          .find("update w gives f32[] to a variable of f32[2]"),
      std::string::npos);
  EXPECT_NE(refusal("graph g {\n %w = variable {path = \"w\"} : f32[2]\n yield w = %w\n yield w = %w\n}\n")
                .find("yield w is given twice"),
            std::string::npos);
}

TEST(GraphText, AFaultShowsTenNodes) {
  Graph graph;
  Value x = variable(graph, "x", Type(Element::f32, {2}));
  for (int i = 0; i < 30; ++i) x = unary("tanh", x);
  graph.results = {{ResultKind::value, "y", x.id},
                   {ResultKind::update, "x", reduce_sum(x, std::vector<int64_t>{0}).id}};
  try {
    verify(graph);
    FAIL();
  } catch (const InternalError& error) {
    std::string text = error.what();
    EXPECT_NE(text.find("\n> %31 = reduce_sum"), std::string::npos) << text;
    EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 10);
  }
}

TEST(GraphText, TheOrderOfASumIsOneThatItsOpHas) {
  const std::string operands = "graph g {\n %a = input {path = \"column.a\"} : f32[2, 2]\n";
  auto said = [&](const std::string& sum) { return refusal(operands + " %s = " + sum + "\n yield s = %s\n}\n"); };
  EXPECT_EQ(said("contract(%a, %a) {index = \"m k, k n -> m n\", form = \"dot\"} : f32[2, 2]"), "");
  EXPECT_NE(said("contract(%a, %a) {index = \"m k, k n -> m n\", form = \"chain\"} : f32[2, 2]")
                .find("'contract' is summed in the form outer or dot, not 'chain'"),
            std::string::npos);
  EXPECT_EQ(said("reduce_sum(%a) {axes = ints [1], form = \"lanes\"} : f32[2]"), "");
  EXPECT_NE(said("reduce_sum(%a) {axes = ints [1], form = \"outer\"} : f32[2]")
                .find("'reduce_sum' is taken in the form lanes or chain, not 'outer'"),
            std::string::npos);
}

/// Every sample cut at each byte, and with random bytes changed: an answer or a Failure, never anything else.
TEST(GraphText, HostileTextIsOnlyRefused) {
  std::mt19937 random(1);
  for (const Op& record : all_ops()) {
    for (const std::string& text : sample_graphs(record)) {
      for (size_t end = 0; end + 1 < text.size(); ++end) EXPECT_NE(refusal(text.substr(0, end)), "");
      for (int turn = 0; turn < 300; ++turn) {
        std::string changed = text;
        for (int k = 0; k < 3; ++k)
          changed[random() % changed.size()] = "09-{}[](),%=\"#aBN*e.\x00\xff\n"[random() % 23];
        refusal(changed);
      }
    }
  }
}

}  // namespace
}  // namespace nnc
