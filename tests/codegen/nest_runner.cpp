#include "tests/codegen/nest_runner.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "codegen/jit.h"
#include "ir/interpret/interpret_nests.h"
#include "ir/print/text.h"
#include "ir/verify/verify.h"

namespace nnc::testing {

std::vector<Tier> tiers_here() {
  std::vector<Tier> tiers;
  for (Tier tier : kAllTiers) {
    if (runs_here(tier)) tiers.push_back(tier);
  }
  return tiers;
}

GuardedBytes::GuardedBytes(size_t size) : size_(size) {
  auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  size_t whole = (size + page - 1) / page * page;
  mapped_ = whole + 2 * page;
  void* got = mmap(nullptr, mapped_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (got == MAP_FAILED) throw std::bad_alloc();
  pages_ = static_cast<std::byte*>(got);
  if (whole > 0 && mprotect(pages_ + page, whole, PROT_READ | PROT_WRITE) != 0) throw std::bad_alloc();
  data_ = pages_ + page + whole - size;
}

GuardedBytes::~GuardedBytes() { munmap(pages_, mapped_); }

int64_t extent(const Buffer& buffer) {
  int64_t elements = 1;
  for (size_t axis = 0; axis < buffer.shape.size(); ++axis)
    elements += (buffer.shape[axis].count - 1) * buffer.strides[axis];
  return elements;
}

NestProgram program_of(Kernel kernel, Target target, int64_t capacity, bool exact) {
  NestProgram program;
  program.name = "test";
  program.target = target;
  program.capacity = capacity;
  program.exact = exact;
  Call call;
  for (const Parameter& parameter : kernel.parameters) {
    Buffer buffer;
    buffer.name = parameter.name;
    buffer.element = parameter.element;
    buffer.shape = parameter.shape;
    buffer.strides = parameter.strides;
    buffer.offset = program.arena_bytes;
    buffer.bytes = (extent(buffer) * byte_size(buffer.element) + 63) / 64 * 64;
    program.arena_bytes += buffer.bytes;
    call.arguments.push_back({static_cast<BufferId>(program.buffers.size()), 0, {}});
    program.buffers.push_back(std::move(buffer));
  }
  program.kernels.push_back(std::move(kernel));
  program.stages.push_back({std::move(call)});
  return program;
}

namespace {

template <class T>
void fill_floats(std::span<std::byte> bytes, std::mt19937_64& random, bool special) {
  using Limits = std::numeric_limits<T>;
  const std::array<T, 18> trouble{0,
                                  -T{0},
                                  1,
                                  -1,
                                  T{0.5},
                                  T{-1.5},
                                  Limits::infinity(),
                                  -Limits::infinity(),
                                  Limits::quiet_NaN(),
                                  Limits::denorm_min(),
                                  -Limits::min() / 2,
                                  Limits::max(),
                                  -Limits::max(),
                                  Limits::min(),
                                  T{2147483648.0},
                                  T{-2147483904.0},
                                  T{255.5},
                                  T{8388607.5}};
  for (size_t i = 0; i + sizeof(T) <= bytes.size(); i += sizeof(T)) {
    double spread = std::ldexp(1.0, static_cast<int>(random() % 40) - 20);
    T value = static_cast<T>((static_cast<double>(random() >> 11) * 0x1p-53 * 2 - 1) * (special ? spread : 1));
    if (special && random() % 3 == 0) value = trouble.at(random() % trouble.size());
    std::memcpy(bytes.data() + i, &value, sizeof value);
  }
}

}  // namespace

void fill(std::span<std::byte> bytes, Element element, uint64_t seed, bool special) {
  std::mt19937_64 random(seed);
  if (element == Element::f32) return fill_floats<float>(bytes, random, special);
  if (element == Element::f64) return fill_floats<double>(bytes, random, special);
  const std::array<int32_t, 6> trouble{
      0, 1, -1, std::numeric_limits<int32_t>::max(), std::numeric_limits<int32_t>::min(), 31};
  auto width = static_cast<size_t>(byte_size(element));
  for (size_t i = 0; i + width <= bytes.size(); i += width) {
    uint64_t value = random();
    if (element == Element::i32 && value % 3 == 0) value = static_cast<uint32_t>(trouble.at(random() % trouble.size()));
    if (element == Element::boolean) value = value % 2;
    std::memcpy(bytes.data() + i, &value, width);
  }
}

void fill_arena(const NestProgram& program, std::byte* arena, uint64_t seed, bool special) {
  for (const Buffer& buffer : program.buffers) {
    if (buffer.role != BufferRole::temporary) continue;
    fill({arena + buffer.offset, static_cast<size_t>(buffer.bytes)}, buffer.element, seed++, special);
  }
}

namespace {
template <class T>
std::string first_difference(std::span<const std::byte> a, std::span<const std::byte> b) {
  for (size_t i = 0; i + sizeof(T) <= a.size(); i += sizeof(T)) {
    T x, y;
    std::memcpy(&x, a.data() + i, sizeof x);
    std::memcpy(&y, b.data() + i, sizeof y);
    bool same = std::memcmp(&x, &y, sizeof x) == 0;
    if constexpr (std::is_floating_point_v<T>) same = same || (std::isnan(x) && std::isnan(y));
    if (!same) return fmt::format("element {}: compiled {}, interpreted {}", i / sizeof(T), x, y);
  }
  return {};
}
}  // namespace

std::string difference(std::span<const std::byte> a, std::span<const std::byte> b, Element element) {
  switch (element) {
    case Element::f32: return first_difference<float>(a, b);
    case Element::f64: return first_difference<double>(a, b);
    case Element::i32: return first_difference<int32_t>(a, b);
    case Element::bf16: return first_difference<uint16_t>(a, b);
    default: return first_difference<uint8_t>(a, b);
  }
}

void expect_same_bits(const NestProgram& program, uint64_t seed, int64_t rows) {
  verify(program);
  auto size = static_cast<size_t>(program.arena_bytes);
  GuardedBytes compiled(size), interpreted(size);
  fill_arena(program, compiled.data(), seed);
  std::memcpy(interpreted.data(), compiled.data(), size);
  StepArguments arguments;
  arguments.rows = rows;
  arguments.arena = compiled.data();
  StepArguments same = arguments;
  same.arena = interpreted.data();
  EXPECT_EQ(compile(program).run(arguments), 1);
  EXPECT_EQ(interpret_nests(program, same), 1);
  for (const Buffer& buffer : program.buffers) {
    auto bytes = static_cast<size_t>(buffer.bytes), offset = static_cast<size_t>(buffer.offset);
    std::string found =
        difference({compiled.data() + offset, bytes}, {interpreted.data() + offset, bytes}, buffer.element);
    EXPECT_EQ(found, "") << "in buffer " << buffer.name << " of " << spelling(program.target.tier) << ":\n"
                         << print(program);
  }
}

void on_every_tier(const std::function<void(NestBuilder&, const Target&)>& build, int64_t capacity, bool exact,
                   int64_t rows) {
  for (Tier tier : tiers_here()) {
    Target target = Target::of(tier);
    NestBuilder builder("kernel", target);
    build(builder, target);
    expect_same_bits(program_of(builder.finish(), target, capacity, exact), 1, rows);
  }
}

}  // namespace nnc::testing
