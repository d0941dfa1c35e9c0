// The nest verifier: each promise of verify.h broken once.
#include <gtest/gtest.h>

#include "ir/nest/nest_builder.h"
#include "ir/print/text.h"
#include "ir/verify/verify.h"
#include "support/error.h"
#include "tests/ir/nest_kernels.h"

namespace nnc {
namespace {

const char* kHead =
    "nests t {\n  target avx2\n  capacity 8\n  arena 1024\n  buffer a : temporary f32[B, 20] offset 0\n"
    "  kernel k(a: in out f32[B, 20]) {\n    register v[4, 4]: f32x8\n    register w: f32x8\n    register n: i32\n";

std::string fault_of(const std::string& body, const std::string& call = "  call k(a)\n") {
  try {
    parse_nests(kHead + body + "  }\n" + call + "}\n", "x.nests");
  } catch (const Failure& failure) {
    return failure.what();
  }
  return "";
}

void expect_fault(const std::string& body, const std::string& part) {
  std::string fault = fault_of(body);
  EXPECT_NE(fault.find(part), std::string::npos) << body << "\n" << fault;
}

TEST(NestVerify, SubscriptsStayWithinBounds) {
  EXPECT_EQ(fault_of("for b in 0..rows { store a[b, 12 : 8] = load a[b, 0 : 8] }\n"), "");
  EXPECT_EQ(fault_of("for b in 0..rows { store a[b, 16 : 8 mask 4] = load a[b, 16 : 8 mask 4] }\n"), "");
  EXPECT_EQ(fault_of("for o in 0..20 by 8 { store a[0, o : 8 mask 20 - o] = 0 }\n"), "");
  EXPECT_EQ(fault_of("for b in 0..rows by 8 { for o in 0..20 { store a[b : 8, o mask rows - b] = 0 } }\n"), "");
  EXPECT_EQ(fault_of("for b in 0..down(rows, 2) by 2 { store a[b + 1, 0] = 0 }\n"), "");
  EXPECT_EQ(fault_of("store a[0, 4 : 8 step -1 mask 5] = 0\n"), "");
  expect_fault("store a[0, 4 : 8 step -1 mask 6] = 0\n", "touched from -1 to 4");
  expect_fault("for b in 0..rows { store a[b, 13 : 8] = 0 }\n", "extent 20 along axis 1 and is touched from 13 to 20");
  expect_fault("for b in 0..rows { store a[b + 1, 0] = 0 }\n", "extent B along axis 0 and is touched from 1 to 8");
  expect_fault("for b in 0..9 { store a[b, 0] = 0 }\n", "touched from 0 to 8");
  expect_fault("for b in 1..3 { store a[b - 2, 0] = 0 }\n", "touched from -1 to 0");
  expect_fault("for o in 0..20 by 8 { store a[0, o : 8 mask 21 - o] = 0 }\n", "touched from 0 to 20");
}

TEST(NestVerify, RegistersAreDeclaredAndAssigned) {
  expect_fault("store a[0, 0 : 8] = w\n", "register 'w' is read before it is assigned");
  expect_fault("for i in 0..4 { v[i, 0] = 0 }\n", "which is not unrolled");
  expect_fault("unrolled i in 0..5 { v[i, 0] = 0 }\n", "has extent 4 and is indexed from 0 to 4");
  expect_fault("for i in 0..4 { w = 0 }\nn = index(i)\n", "loop 'i' is named outside it");
}

TEST(NestVerify, NoMoreVectorRegistersThanTheTargetHas) {
  std::string zero = "unrolled i in 0..4 { unrolled j in 0..4 { v[i, j] = 0 } }\n";
  std::string use = "unrolled p in 0..4 { unrolled q in 0..4 { store a[p, 0 : 8] = v[p, q] + w } }\n";
  EXPECT_EQ(fault_of(zero + "unrolled p in 0..4 { store a[p, 0 : 8] = v[p, 0] }\n"), "");
  expect_fault("w = 1\n" + zero + use, "17 vector registers are alive at once; the target has 16");
}

TEST(NestVerify, ParallelTurnsWriteApart) {
  EXPECT_EQ(fault_of("parallel o in 0..16 by 8 { store a[0, o : 8] = 0 }\n"), "");
  EXPECT_EQ(fault_of("parallel b in 0..rows { for o in 0..20 { store a[b, o] = 0 } }\n"), "");
  expect_fault("parallel o in 0..12 by 4 { store a[0, o : 8] = 0 }\n", "write the same places of 'a'");
  expect_fault("parallel b in 0..rows { store a[0, 0] = 0 }\n", "write the same places of 'a'");
  expect_fault("parallel b in 0..7 { store a[b, 0] = 0\n store a[b + 1, 0] = 0 }\n", "write the same places of 'a'");
}

TEST(NestVerify, ArgumentsFitParameters) {
  EXPECT_NE(fault_of("", "  call k(a at 1)\n").find("reaches beyond the buffer"), std::string::npos);
  EXPECT_NE(fault_of("", "  repeat 2 { call k(a turn [20]) }\n").find("reaches beyond the buffer"), std::string::npos);
  EXPECT_NE(fault_of("", "  call k()\n").find("has 0 arguments, not 1"), std::string::npos);
}

TEST(NestVerify, TheFaultyStatementIsMarked) {
  std::string fault = fault_of("w = 0\nfor b in 0..9 {\n store a[b, 0] = 0\n store a[b, 1] = 0 }\n");
  EXPECT_NE(fault.find("\n  for b in 0..9 {\n>   store a[b, 0] = 0\n    store a[b, 1] = 0"), std::string::npos)
      << fault;
}

NestProgram copies_columns() {
  const char* body = "for b in 0..rows { store a[b, 8 : 8] = load a[b, 0 : 8]\n if_even = 1 }\n";
  std::string text = std::string(kHead) + "    register if_even: i32\n" + body + "  }\n  call k(a)\n}\n";
  return parse_nests(text, "x.nests");
}

/// What a pass could spoil in a kernel, each refused though the program before it was in order.
TEST(NestVerify, WhatChangedSinceItWasVerifiedIsVerifiedAgain) {
  const NestProgram good = copies_columns();
  EXPECT_NO_THROW(verify(good, &good));
  auto spoiled = [&](auto spoil) {
    NestProgram program = good;
    spoil(program);
    return [program, &good] { verify(program, &good); };
  };
  auto loop = [](NestProgram& program) -> Loop& { return std::get<Loop>(program.kernels[0].body[0]); };
  auto store = [&](NestProgram& program) -> Store& { return std::get<Store>(loop(program).body[0]); };
  auto loaded = [&](NestProgram& program) -> Expr& { return program.kernels[0].exprs[store(program).value]; };
  EXPECT_THROW(spoiled([&](NestProgram& p) { loop(p).end.constant = 1; })(), InternalError);
  EXPECT_THROW(spoiled([&](NestProgram& p) { loop(p).polls = -1; })(), InternalError);
  EXPECT_THROW(spoiled([&](NestProgram& p) { store(p).place.subscripts[1].constant = 13; })(), InternalError);
  EXPECT_THROW(spoiled([&](NestProgram& p) { loaded(p).place.subscripts[1].constant = 13; })(), InternalError);
  EXPECT_THROW(spoiled([&](NestProgram& p) { loaded(p).type.element = Element::f64; })(), InternalError);
  EXPECT_THROW(spoiled([&](NestProgram& p) { std::get<Assign>(loop(p).body[1]).value = store(p).value; })(),
               InternalError);
  EXPECT_THROW(spoiled([&](NestProgram& p) { p.kernels[0].parameters[0].written = false; })(), InternalError);
  EXPECT_THROW(spoiled([&](NestProgram& p) { p.kernels[0].registers[3].type.lanes = 8; })(), InternalError);
  EXPECT_THROW(spoiled([&](NestProgram& p) { p.stages.push_back(Call{1, {}, false}); })(), InternalError);
}

TEST(NestVerify, OtherRowsAskForAWholeLook) {
  NestProgram good = copies_columns();
  std::get<Loop>(good.kernels[0].body[0]).end = {8, 0, 1};
  EXPECT_NO_THROW(verify(good, &good));
  NestProgram fewer = good;
  fewer.capacity = 4;
  fewer.buffers[0].bytes = 0;
  EXPECT_THROW(verify(fewer, &good), InternalError);  // rows 4 … 7 are not there
}

}  // namespace
}  // namespace nnc
