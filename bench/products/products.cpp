// Contractions alone, as the whole pipeline compiles them, beside OpenBLAS on the same numbers in the same run: sizes
// at which blocks and packing count, and a dense layer's product with its two gradients.
//
//   nnc_products [--target avx2|avx512] [--turns N] [--only NAME]
//
// OpenBLAS is looked up when the program runs (Debian: libopenblas0-pthread). For --target=avx2 start it with
// OPENBLAS_CORETYPE=Haswell, so that both sides have the same instructions; './dev bench products' does.
#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "codegen/jit.h"
#include "ir/graph/builder.h"
#include "passes/pipeline.h"
#include "runtime/report/peak.h"

namespace nnc::bench {
namespace {

/// C[m, n] = Σ_k A · B, with A and B as they lie in memory: A[m, k] or A[k, m], B[k, n] or B[n, k].
struct Product {
  const char* name;
  int64_t m, n, k;
  bool a_turned = false, b_turned = false;
};
constexpr Product kProducts[] = {
    {"512³", 512, 512, 512},
    {"1024³", 1024, 1024, 1024},
    {"2048³", 2048, 2048, 2048},
    {"256×4096×4096", 256, 4096, 4096},
    {"its dX", 256, 4096, 4096, false, true},
    {"its dW", 4096, 4096, 256, true, false},
};

struct Free {
  void operator()(std::byte* bytes) const { ::operator delete[](bytes, std::align_val_t{4096}); }
};
using Bytes = std::unique_ptr<std::byte[], Free>;
Bytes bytes_of(int64_t count) {
  Bytes bytes(static_cast<std::byte*>(
      ::operator new[](static_cast<size_t>(std::max<int64_t>(count, 64)), std::align_val_t{4096})));
  std::memset(bytes.get(), 0, static_cast<size_t>(std::max<int64_t>(count, 64)));
  return bytes;
}

double seconds_of(const std::function<void()>& work) {
  auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// The product as nnc compiles it. Both operands are variables; the result is an output.
template <class T>
class Compiled {
 public:
  Compiled(const Product& product, Tier tier) : size_(product.m * product.n) {
    const Element element = sizeof(T) == 4 ? Element::f32 : Element::f64;
    Graph graph("product");
    Value a = variable(graph, "a",
                       Type(element, product.a_turned ? Shape{product.k, product.m} : Shape{product.m, product.k}));
    Value b = variable(graph, "b",
                       Type(element, product.b_turned ? Shape{product.n, product.k} : Shape{product.k, product.n}));
    std::string index =
        fmt::format("{}, {} -> m n", product.a_turned ? "k m" : "m k", product.b_turned ? "n k" : "k n");
    graph.results.push_back({ResultKind::value, "c", contract(a, b, index).id});
    PassOptions options;
    options.target = Target::of(tier);
    NestProgram program = run_pipeline(graph, options);
    state_ = bytes_of(program.state_bytes);
    arena_ = bytes_of(program.arena_bytes);
    for (const Buffer& buffer : program.buffers) {
      if (buffer.name == "a") a_ = reinterpret_cast<T*>(state_.get() + buffer.offset);
      if (buffer.name == "b") b_ = reinterpret_cast<T*>(state_.get() + buffer.offset);
    }
    for (int64_t i = 0; i < product.m * product.k; ++i) a_[i] = static_cast<T>(i % 17) / 8 - 1;
    for (int64_t i = 0; i < product.k * product.n; ++i) b_[i] = static_cast<T>(i % 13) / 8 - 1;
    output_.resize(static_cast<size_t>(size_));
    code_ = compile(program);
  }

  const T* a() const { return a_; }
  const T* b() const { return b_; }
  const std::vector<T>& output() const { return output_; }
  void run() {
    StepArguments arguments;
    void* outputs[] = {output_.data()};
    arguments.state = state_.get();
    arguments.arena = arena_.get();
    arguments.outputs = outputs;
    code_.run(arguments);
  }

 private:
  int64_t size_;
  Bytes state_, arena_;
  T *a_ = nullptr, *b_ = nullptr;
  std::vector<T> output_;
  CompiledProgram code_;
};

/// cblas_sgemm and cblas_dgemm of a library that is there, or nothing.
class Blas {
 public:
  Blas() {
    for (const char* name : {"libopenblas.so.0", "libopenblas.so"}) {
      if (library_ == nullptr) library_ = dlopen(name, RTLD_NOW);
    }
    if (library_ == nullptr) return;
    auto threads = reinterpret_cast<void (*)(int)>(dlsym(library_, "openblas_set_num_threads"));
    if (threads != nullptr) threads(1);
    auto core = reinterpret_cast<char* (*)()>(dlsym(library_, "openblas_get_corename"));
    if (core != nullptr) core_ = core();
  }
  bool there() const { return library_ != nullptr; }
  const std::string& core() const { return core_; }

  template <class T>
  void run(const Product& p, const T* a, const T* b, T* c) const {
    using Multiply = void (*)(int, int, int, int, int, int, T, const T*, int, const T*, int, T, T*, int);
    constexpr int kRowMajor = 101, kPlain = 111, kTurned = 112;
    auto multiply = reinterpret_cast<Multiply>(dlsym(library_, sizeof(T) == 4 ? "cblas_sgemm" : "cblas_dgemm"));
    auto number = [](int64_t n) { return static_cast<int>(n); };
    multiply(kRowMajor, p.a_turned ? kTurned : kPlain, p.b_turned ? kTurned : kPlain, number(p.m), number(p.n),
             number(p.k), T{1}, a, number(p.a_turned ? p.m : p.k), b, number(p.b_turned ? p.k : p.n), T{0}, c,
             number(p.n));
  }

 private:
  void* library_ = nullptr;
  std::string core_ = "?";
};

template <class T>
void print_row(const Product& product, Tier tier, const Blas& blas, int turns) {
  Compiled<T> ours(product, tier);
  std::vector<T> theirs(static_cast<size_t>(product.m * product.n));
  double least_ours = 1e9, least_theirs = 1e9;
  for (int turn = 0; turn < turns; ++turn) {
    least_ours = std::min(least_ours, seconds_of([&] { ours.run(); }));
    if (!blas.there()) continue;
    least_theirs = std::min(least_theirs, seconds_of([&] { blas.run(product, ours.a(), ours.b(), theirs.data()); }));
  }
  double work = 2e-9 * static_cast<double>(product.m * product.n) * static_cast<double>(product.k);
  double peak = 1e-9 * flops_peak(tier, sizeof(T) == 4 ? Element::f32 : Element::f64);
  std::string line = fmt::format("{:>4} {:<15}{:>9.1f}{:>8.1f} %", sizeof(T) == 4 ? "f32" : "f64", product.name,
                                 work / least_ours, 100 * work / least_ours / peak);
  if (blas.there()) {
    double apart = 0;
    for (size_t i = 0; i < theirs.size(); ++i) {
      apart = std::max(apart, std::abs(static_cast<double>(theirs[i]) - static_cast<double>(ours.output()[i])));
    }
    bool same = apart <= (sizeof(T) == 4 ? 2e-5 : 1e-12) * static_cast<double>(product.k);
    line += fmt::format("{:>10.1f}{:>8.1f} %{:>8.2f} ×{}", work / least_theirs, 100 * work / least_theirs / peak,
                        least_theirs / least_ours, same ? "" : "   RESULTS DIFFER");
  }
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

int run(const std::vector<std::string>& arguments) {
  Tier tier = Tier::avx512;
  int turns = 8;
  std::string only;
  for (size_t i = 0; i + 1 < arguments.size(); i += 2) {
    if (arguments[i] == "--target") tier = parse_tier(arguments[i + 1]).value();
    if (arguments[i] == "--turns") turns = std::stoi(arguments[i + 1]);
    if (arguments[i] == "--only") only = arguments[i + 1];
  }
  if (flops_peak(tier) == 0) {
    fmt::print(stderr, "nnc_products: this machine does not run {}\n", spelling(tier));
    return 2;
  }
  Blas blas;
  fmt::print("{} on one thread, GFLOP/s and share of the peak measured beside it{}\n\n", spelling(tier),
             blas.there() ? ", beside OpenBLAS (" + blas.core() + ")" : "; OpenBLAS is not there");
  fmt::print("     {:<15}{:>8}{:>10}{:>11}{:>10}{:>10}\n", "", "nnc", "", "OpenBLAS", "", "");
  for (const Product& product : kProducts) {
    if (!only.empty() && only != product.name) continue;
    print_row<float>(product, tier, blas, turns);
    print_row<double>(product, tier, blas, turns);
  }
  return 0;
}

}  // namespace
}  // namespace nnc::bench

int main(int count, char** arguments) { return nnc::bench::run({arguments + 1, arguments + count}); }
