// Partitions: their text reads back, the verifier keeps their promises.
#include "ir/graph/partition.h"

#include <gtest/gtest.h>

#include "ir/print/text.h"
#include "ir/verify/verify.h"
#include "support/error.h"

namespace nnc {
namespace {

constexpr const char* kGraph = R"(graph train {
  %x = input {path = "column.x"} : f32[4, 8]
  %W = variable {path = "net.W"} : f32[8, 3]
  %h = contract(%x, %W) {index = "b i, i o -> b o"} : f32[4, 3]
  %t = tanh(%h) : f32[4, 3]
  %d = contract(%x, %t) {index = "b i, b o -> i o"} : f32[8, 3]
  %new = subtract(%W, %d) : f32[8, 3]
  yield output = %t
  update net.W = %new
}
)";

Partition parse(const std::string& kernels) { return parse_partition(kGraph + kernels, "x.nnir"); }

std::string fault_of(const std::string& kernels) {
  try {
    parse(kernels);
  } catch (const Failure& failure) {
    return failure.what();
  }
  return "";
}

TEST(Partition, ReadsBackAsPrinted) {
  Partition partition = parse(R"(
kernel forward contraction { %h %t } -> %t
  border "the update contracts over \"b\""
kernel update_W contraction { %d %new } -> updates net.W
)");
  ASSERT_EQ(partition.kernels.size(), 2U);
  EXPECT_EQ(partition.kernels[0].border, "the update contracts over \"b\"");
  EXPECT_EQ(partition.kernels[1].updates, std::vector<uint32_t>{1});
  std::string text = print(partition);
  Partition again = parse_partition(text, "again.nnir");
  EXPECT_EQ(print(again), text);
  EXPECT_TRUE(equivalent(partition.graph, again.graph));
}

TEST(Partition, SaysWhatItIsCompiledFor) {
  const std::string kernels =
      "kernel forward contraction { %h %t } -> %t\nkernel update_W contraction { %d %new } -> updates net.W\n";
  auto with = [&](const std::string& line) {
    try {
      return print(parse_partition(line + "\n" + kGraph + kernels, "x.nnir"));
    } catch (const Failure& failure) {
      return std::string(failure.what());
    }
  };
  EXPECT_EQ(parse(kernels).compiled, std::nullopt);
  for (const std::string line :
       {"compiled for avx2, exactly 100 rows", "compiled for neon, up to 1 row",
        "compiled for avx2 vector_bytes 32 registers 5 fma 1 masks 0 l1 32768 l2 524288, exactly 8 rows"}) {
    EXPECT_TRUE(with("# a remark\n" + line).starts_with(line + "\ngraph train {")) << with(line);
  }
  for (auto [line, said] :
       {std::pair{"compiled for avx3, exactly 1 row", "x.nnir:1:14: error: 'avx3' is no tier"},
        {"compiled for avx2, 100 rows", "x.nnir:1:20: error: expected 'exactly N rows' or 'up to N rows'"},
        {"compiled for avx2, up to 0 rows", "x.nnir:1:26: error: rows lie between 1 and"},
        {"compile for avx2, up to 9 rows", "x.nnir:1:1: error: expected 'graph NAME {', or before it 'compiled for"}}) {
    EXPECT_TRUE(with(line).starts_with(said)) << with(line);
  }
}

TEST(Partition, VerifierNamesTheFault) {
  auto has = [](const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  };
  has(fault_of("kernel a contraction { %h %t } -> %t\n"), "%d lies in no kernel");
  has(fault_of("kernel a contraction { %t %h } -> %t\n"), "%t reads %h before it is made");
  has(fault_of("kernel a contraction { %h } -> \nkernel b elementwise { %t } -> %t\n"),
      "%t reads %h before it is made");
  has(fault_of("kernel a contraction { %h %t } -> %t\nkernel b contraction { %h %d %new } -> updates net.W\n"),
      "%h lies in another kernel too");
  has(fault_of("kernel a contraction { %x %h %t } -> %t\n"), "%x is a leaf");
  has(fault_of("kernel a contraction { %h %t } -> %t\nkernel b contraction { %d %new } -> %new\n"),
      "'net.W' is never updated");
  has(fault_of("kernel a contraction { %h %t } -> %q\n"), "x.nnir:11:35: error: the graph has no node '%q'");
  has(fault_of("kernel a contraction { %h %t } -> %t\nkernel b contraction { %d %new } -> updates net.V\n"),
      "the graph updates no 'net.V'");
}

TEST(Partition, AFaultShowsItsPlaceInTheText) {
  EXPECT_EQ(fault_of("kernel a elementwise { %h %t } -> %t\n"),
            "x.nnir:11:10: error: kernel 'a': kind elementwise has no sum, window or scan\n"
            "   11 | kernel a elementwise { %h %t } -> %t\n"
            "      |          ^~~~~~~~~~~\n"
            " help: the kind says what loops its nodes have: %h = contract(…)\n");
  EXPECT_EQ(fault_of("kernel a contraction { %t %h } -> %t\n"),
            "x.nnir:11:24: error: kernel 'a': %t reads %h before it is made\n"
            "   11 | kernel a contraction { %t %h } -> %t\n"
            "      |                        ^~\n"
            " help: %h stands before its readers, here or in a kernel that stores it\n");
  EXPECT_NE(fault_of("kernel a contraction { %h } -> \nkernel b elementwise { %t } -> %t\n")
                .find(" help: a kernel before this computes %h but does not store it: list it behind its '->'\n"),
            std::string::npos);
  EXPECT_NE(
      fault_of("kernel a contraction { %h %t } -> %t\n  schedul serial\n").find(" help: did you mean 'schedule'?"),
      std::string::npos);
  EXPECT_EQ(fault_of("kernel a contraction { %h %t } -> %t\n  schedule form outer, tile b 4 o 1 last b 2\n"),
            "x.nnir:12:37: error: expected ',' between two clauses of a schedule\n"
            "   12 |   schedule form outer, tile b 4 o 1 last b 2\n"
            "      |                                     ^~~~\n"
            " help: write a comma behind the clause 'tile'\n");
  EXPECT_TRUE(
      fault_of("kernel a contraction { %h %t } -> %t\n").starts_with("x.nnir:6:3: error: %d lies in no kernel\n"));
  EXPECT_TRUE(fault_of("kernel a contraction { %h %t } -> %t\nkernel b contraction { %d %new } -> %new\n")
                  .starts_with("x.nnir:9:3: error: 'net.W' is never updated\n"));
}

/// A kind is a promise about the nodes.
TEST(Partition, AnotherKindIsRefusedWithTheReason) {
  auto fault = [&](const std::string& first, const std::string& second) {
    return fault_of("kernel a " + first + " { %h %t } -> %t\nkernel b " + second + " { %d %new } -> updates net.W\n");
  };
  EXPECT_EQ(fault("contraction", "contraction"), "");
  for (const auto& [kind, reason] :
       {std::pair{"elementwise", "kind elementwise has no sum, window or scan"},
        {"updates", "kind updates has no sum, window or scan"},
        {"rows", "kind rows has reductions and maps only; one node of this kernel is neither"},
        {"reduction", "kind reduction has exactly one reduction; this kernel has none, but a node of another kind"},
        {"indexed", "kind indexed has exactly one scatter, argmax or window"},
        {"scan", "kind scan has exactly one scan"}}) {
    std::string said = fault("contraction", kind);
    EXPECT_NE(said.find(std::string("kernel 'b': ") + reason), std::string::npos) << said;
  }
  auto has = [](const std::string& kernels, const std::string& reason) {
    EXPECT_NE(fault_of(kernels).find(reason + "\n"), std::string::npos) << fault_of(kernels);
  };
  const std::string first = "kernel a contraction { %h } -> %h\n";
  has("kernel a contraction { %h %t %d %new } -> %t updates net.W\n",
      "kind contraction has exactly one contraction; this kernel has 2");
  has(first + "kernel b contraction { %t } -> %t\n",
      "kind contraction has exactly one contraction; this kernel has none");
  has(first + "kernel b rows { %t } -> %t\n", "kind rows has reductions and maps only; this kernel has no reduction");
}

TEST(Partition, EveryClauseOfAScheduleReadsBack) {
  const std::string clauses =
      "form outer, lanes o 2, tile b 4 o 1, last b 2, chunk i 8, epilogue memory, row registers, recompute, parallel b";
  Partition partition = parse("kernel forward contraction { %h %t } -> %t\n  schedule " + clauses +
                              "\nkernel update_W contraction { %d %new } -> updates net.W\n  schedule serial\n");
  ASSERT_TRUE(partition.kernels[0].schedule && partition.kernels[1].schedule);
  EXPECT_EQ(to_string(*partition.kernels[0].schedule), clauses);
  EXPECT_EQ(partition.kernels[0].schedule->tile.size(), 2U);
  EXPECT_EQ(to_string(*partition.kernels[1].schedule), "serial");
  EXPECT_EQ(print(parse_partition(print(partition), "again.nnir")), print(partition));
}

TEST(Partition, NothingReadsAVariableAfterItsUpdate) {
  Partition partition = parse(R"(
kernel forward contraction { %h %t } -> %t
kernel gradient contraction { %d } -> %d
kernel update_W elementwise { %new } -> %new updates net.W
)");
  KernelGroup update{"early", KernelKind::updates, {}, {}, {1}, "", {}};
  partition.kernels[2].updates.clear();
  verify([&] {
    Partition late = partition;
    late.kernels.push_back(update);
    return late;
  }());
  EXPECT_THROW(parse_partition(R"(graph g {
  %W = variable {path = "W"} : f32[2]
  %a = tanh(%W) : f32[2]
  %b = exp(%W) : f32[2]
  yield output = %b
  update W = %a
}
kernel k elementwise { %a } -> updates W
kernel l elementwise { %b } -> %b
)",
                               "x.nnir"),
               Failure);
}

TEST(Partition, HostileTextNeverCrashes) {
  std::string text =
      std::string(kGraph) + "\nkernel forward contraction { %h %t } -> %t\n  body {\n  }\n  border \"x\"\n";
  for (size_t cut = 0; cut < text.size(); ++cut) {
    EXPECT_THROW(parse_partition(text.substr(0, cut), "x.nnir"), Failure);
  }
  EXPECT_THROW(parse_partition(std::string(1000, '{'), "x.nnir"), Failure);
  std::string deep = kGraph;
  for (int i = 0; i < 100; ++i) deep += "kernel k scan { } ->\n body { graph g { }\n";
  EXPECT_THROW(parse_partition(deep, "x.nnir"), Failure);
}

}  // namespace
}  // namespace nnc
