// Every construct that takes a size, with the sizes at which counting goes wrong: each program compiles, or is refused
// in words at its line. What is small trains as well.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "passes/pipeline.h"
#include "tests/runtime/program_folder.h"

namespace nnc {
namespace {

using Sizes = std::vector<int64_t>;

const Sizes kSizes{0, 1, 2, int64_t{1} << 16, (int64_t{1} << 31) - 1, int64_t{1} << 31, int64_t{1} << 62};

/// Statements of a model and the number that it adds to its input; S and T, in capitals between @, are sizes.
struct Construct {
  const char* statements;
  const char* value;
};

const std::vector<Construct> kOfOneSize{
    {"param w: f32[@S] = ones", "sum(w)"},
    {"param w: f32[@S] = normal", "sum(w)"},
    {"param w: f64[@S] = ones", "f32(sum(w))"},
    {"state w: f32[@S] = ones", "sum(w)"},
    {"param w: f32[@S, 0] = ones", "sum(w)"},
    {"param w: f32[0, @S] = ones", "sum(w)"},
    {"param w: f32[@S] = ones", "mean(w)"},
    {"param w: f32[@S] = ones", "max(w)"},
    {"param w: f32[@S] = ones", "f32(argmax(w))"},
    {"param w: f32[@S] = ones", "w[0]"},
    {"param w: f32[@S] = ones", "sum(w[0..1])"},
    {"param w: f32[@S] = ones", "sum(concat(w, w))"},
    {"param w: f32[@S] = ones", "sum(concat(w, w, w, w, w, w, w, w))"},
    {"param w: f32[@S] = ones", "sum(w * w)"},
    {"param w: f32[@S] = ones", "w @ w"},
    {"param w: f32[@S] = ones", "sum(softmax(logit(w)))"},
    {"param w: f32[@S, 2] = ones", "sum(w[argmax(x)])"},
    {"param w: f32[@S, 2] = ones", "sum(x @ transpose(w))"},
    {"param w: f32[2, @S] = ones", "sum(x @ w)"},
    {"param w: f32[@S] = ones", "sum(w[i32(x)])"},
    {"param w: f32[2, @S] = ones", "sum(pick(w, argmax(w)))"},
    {"param w: f32[2, @S] = ones", "sum(one_hot(argmax(logit(w))))"},
    {"param w: f32[@S] = ones", "sum(reshape(w, [@S, 1]))"},
    {"param w: f32[2] = ones", "w[@S]"},
    {"param w: f32[2] = ones", "sum(w[0..@S])"},
    {"param w: f32[2] = ones", "sum(w[@S..2])"},
    {"param w: f32[2, 4] = ones", "sum(reshape(w, [@S, 2]))"},
    {"", "sum(random_uniform(shape: [@S]))"},
    {"", "sum(random_normal(shape: [@S]))"},
    {"", "sum(random_normal(shape: [B, @S]))"},
    {"", "sum(x |> dense(@S))"},
    {"", "sum(x |> maxout(@S))"},
    {"", "sum(x |> maxout(2, @S))"},
    {"", "sum(reshape(x, [B, @S]))"},
    {"", "sum(reshape(x, [@S, B]))"},
    {"h = split(x, @S)", "sum(x)"},
    {"h = x; for i in 0..@S { h = h + 1 }", "sum(h)"},
    {"param w: f32[floor(@S / 2)] = ones", "sum(w)"},
    {"param w: f32[@S * 2] = ones", "sum(w)"},
    {"param w: f32[@S * @S] = ones", "sum(w)"},
    {"param w: f32[@S + 1] = ones", "sum(w)"},
    {"param w: f32[@S - 1] = ones", "sum(w)"},
    {"param w: f32[@S] = ones", "added(w)"},
    {"", "sum(rows_of(@S)(x))"},
    {"", "sum(random_uniform(shape: [n]))"},
};

const std::vector<Construct> kOfTwoSizes{
    {"param w: f32[@S, @T] = ones", "sum(w)"},
    {"param w: f32[@S, 1] = ones; param v: f32[1, @T] = ones", "sum(w * v)"},
    {"param w: f32[@S, 1] = ones; param v: f32[1, @T] = ones", "sum(where(w > v, w, v))"},
    {"param w: f32[@S, 1] = ones; param v: f32[1, @T] = ones", "sum(w @ v)"},
    {"param w: f32[@S] = ones", "sum(reshape(w, [@T]))"},
    {"param w: f32[@S, 2] = ones; param v: f32[@T, 2] = ones", "sum(concat(w, v, along: 0))"},
    {"param w: f32[@S, 1, 1] = ones; param v: f32[1, @T, 1] = ones; param u: f32[1, 1, @S] = ones", "sum(w * v * u)"},
    {"", "sum(random_uniform(shape: [@S, @T]))"},
    {"", "sum(reshape(x, [B, 2, 1]) * random_normal(shape: [@S, 1, @T]))"},
};

/// Axes up to the limit of 8, over it, and two that are known only at run time.
const std::vector<Construct> kOfAxes{
    {"", "sum(reshape(x, [B, 2, 1, 1, 1, 1, 1, 1, 1]))"},
    {"", "sum(reshape(x, [B, 2, 1, 1, 1, 1, 1, 1]))"},
    {"param w: f32[1, 1, 1, 1, 1, 1, 1, 1] = ones", "sum(reshape(w, [1, 1]))"},
    {"param w: f32[1, 1, 1, 1, 1, 1, 1, 1, 1] = ones", "sum(w)"},
    {"param w: f32[2, 1, 1, 1, 1, 1, 1, 1] = ones", "sum(w[i32(x)])"},
    {"param w: f32[2, 1, 1, 1, 1, 1, 1] = ones", "sum(w[i32(x)])"},
    {"param w: f32[2, 2, 2, 2, 2, 2, 2, 2] = ones", "sum(w[i32(x)])"},
    {"param w: f32[2, 2, 2, 2, 2, 2, 2, 2] = ones", "sum(one_hot(argmax(logit(w))))"},
    {"param w: f32[2, 2, 2, 2, 2, 2, 2, 2] = ones", "sum(w @ w)"},
    {"param w: f32[2, 2, 2, 2, 2, 2, 2, 2] = normal; param v: f32[2, 2] = normal", "sum((w @ v)^2)"},
    {"param w: f32[2, 2] = normal; param v: f32[2, 2, 2, 2, 2, 2, 2, 2] = normal", "sum((w @ v)^2)"},
    {"param w: f32[2] = normal; param v: f32[2, 2, 2, 2, 2, 2, 2, 2] = normal", "sum((w @ v)^2)"},
    {"", "sum(random_normal(shape: [1, 1, 1, 1, 1, 1, 1, 1, 1]))"},
    {"", "sum(random_normal(shape: [1, 1, 1, 1, 1, 1, 1, 1]))"},
    {"", "sum(permute(reshape(x, [B, 2, 1, 1, 1, 1, 1, 1]), [0, 7, 6, 5, 4, 3, 2, 1]) * 2)"},
    {"", "sum(dense(2)(reshape(x, [B, 1, 1, 1, 1, 1, 1, 2])))"},
    {"h = reshape(x, [B, 1, 1, 1, 1, 1, 1, 2])", "sum(concat(h, h, along: 3))"},
    {"", "sum(softmax(logit(reshape(x, [B, 1, 1, 1, 1, 1, 1, 2]))))"},
    {"", "sum(transpose(x)[argmax(x)])"},
    {"", "sum(x @ transpose(x))"},
    {"", "sum(random_normal(shape: [B, B]))"},
    {"", "sum(reshape(x, [B, 2, 1]) * reshape(transpose(x), [1, 2, B]))"},
};

/// Fields of the data, and what the loss adds of them.
const std::vector<Construct> kFields{
    {"z: f32[@S] = [[1, 2], [3, 4]]", "sum(z)"},
    {"z: f32[@S, 2] = [[[1, 2]], [[3, 4]]]", "sum(z)"},
    {"z: class(@S) = [0, 1]", "sum(one_hot(z))"},
    {"z: class(@S)[2] = [[0, 1], [0, 0]]", "sum(one_hot(z))"},
    {"z: i32 = [@S, @S]", "sum(f32(z))"},
    {"z: u8 = [@S, @S]", "sum(f32(z))"},
    {"z: f32 = [@S, @S]", "sum(z)"},
    {"z: f32[1, 1, 1, 1, 1, 1, 1, @S] = [[[[[[[[1, 2]]]]]]], [[[[[[[1, 2]]]]]]]]", "sum(z)"},
    {"z: f32[1, 1, 1, 1, 1, 1, @S] = [[[[[[[1, 2]]]]]], [[[[[[1, 2]]]]]]]", "sum(z)"},
};

/// Settings of `train`.
const std::vector<const char*> kSettings{
    "batch = @S; steps = 1",
    "epochs = @S; batch = 2",
    "steps = 1; batch = 2; seed = @S",
    "batch = 2; steps = 1; optimizer = sgd(cosine(0.1, warmup: @S))",
};

std::string with_sizes(std::string text, int64_t s, int64_t t) {
  for (auto [name, size] : {std::pair{"@S", s}, std::pair{"@T", t}}) {
    for (size_t at = text.find(name); at != std::string::npos; at = text.find(name)) {
      text.replace(at, 2, std::to_string(size));
    }
  }
  return text;
}

std::string program(const Construct& construct, const std::string& settings = "batch = 2; steps = 1") {
  std::string value = construct.value;
  std::string text = value.find("[n]") != std::string::npos ? "option n: int = @S\n" : "";
  if (value.starts_with("added")) text += "fn added(a: f32[@S]) -> f32 = sum(a)\n";
  if (value.find("rows_of") != std::string::npos) {
    text +=
        "layer rows_of(k: int)(x: f32[B, I]) -> f32[B] {\n  param w: f32[k, I] = ones\n"
        "  sum(x @ transpose(w), over: -1)\n}\n";
  }
  return text + "data d = table { x: f32[2] = [[1, 2], [3, 4]]\n  y: f32 = [1, 2] }\n" +
         "model net(x: f32[B, 2]) -> f32[B] {\n  " + construct.statements + "\n  x + " + value +
         " |> dense(1) |> squeeze\n}\ntrain { data = d; loss = mse(net(x), y)\n  " + settings + "\n}\n";
}

std::string with_field(const Construct& field) {
  return "data d = table { x: f32[2] = [[1, 2], [3, 4]]\n  y: f32 = [1, 2]\n  " + std::string(field.statements) +
         " }\nmodel net(x: f32[B, 2]) -> f32[B] = x |> dense(1) |> squeeze\n" +
         "train { data = d; batch = 1; steps = 1; loss = mse(net(x), y) + 0 * " + field.value + " }\n";
}

/// Everything up to the plan of memory, for both variants; nothing is allocated for the steps.
void compile(Session& session) {
  const BoundProgram& program = session.bind_training();
  PassOptions options;
  options.target = session.build_options().target;
  options.capacity = session.prepared().batch;
  run_pipeline(training_graph(program), options);
  options.exact = false;
  run_pipeline(evaluation_graph(program), options);
}

/// Compiles it, and trains it if it is small. What is refused is a program's mistake, or memory that is not there.
void expect_handled(const TempFolder& folder, const std::string& text, bool small) {
  SessionOptions options;
  options.file = folder.write("limits.nn", text);
  try {
    Session session(options);
    compile(session);
    if (!small) return;
    TrainRequest request;
    request.write_weights = false;
    session.train(request);
  } catch (const Failure& failure) {
    EXPECT_TRUE(failure.code() == ExitCode::wrong_program || failure.code() == ExitCode::system_refused)
        << text << failure.what();
    EXPECT_NE(std::string(failure.what()).find("limits.nn:"), std::string::npos) << text << failure.what();
  } catch (const Unsupported& limit) {
    EXPECT_TRUE(limit.where().known()) << text << limit.what();
  } catch (const std::exception& bug) {
    ADD_FAILURE() << text << bug.what();
  }
}

TEST(Limits, EveryConstructTakesEverySize) {
  TempFolder folder;
  for (const Construct& construct : kOfOneSize) {
    for (int64_t s : kSizes) expect_handled(folder, with_sizes(program(construct), s, 0), s <= 2);
  }
  for (const Construct& field : kFields) {
    for (int64_t s : kSizes) expect_handled(folder, with_sizes(with_field(field), s, 0), s <= 2);
  }
}

TEST(Limits, EveryConstructTakesEveryPairOfSizes) {
  TempFolder folder;
  for (const Construct& construct : kOfTwoSizes) {
    for (int64_t s : kSizes) {
      for (int64_t t : kSizes) {
        expect_handled(folder, with_sizes(program(construct), s, t), std::max(s, t) <= 2);
      }
    }
  }
}

TEST(Limits, EveryConstructTakesEveryNumberOfAxes) {
  TempFolder folder;
  for (const Construct& construct : kOfAxes) expect_handled(folder, program(construct), true);
}

TEST(Limits, SettingsTakeEverySize) {
  TempFolder folder;
  for (const char* settings : kSettings) {
    for (int64_t s : kSizes) expect_handled(folder, with_sizes(program({"", "0"}, settings), s, 0), s <= 2);
  }
}

}  // namespace
}  // namespace nnc
