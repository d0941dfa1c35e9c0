// The program under construction: its buffers, how graph nodes see them, its kernels and the order of their calls.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "ir/nest/nest_builder.h"
#include "ir/nest/nest_program.h"
#include "passes/schedule/sizes.h"
#include "passes/unique_names.h"

namespace nnc {

/// A tensor in memory: a buffer, or the slice of it that the turns of enclosing repeats choose. The shape is constant
/// (an axis over B has its capacity) but for the samples of a column.
struct View {
  BufferId buffer = 0;
  int64_t offset = 0;                  ///< in elements
  std::vector<int64_t> per_turn = {};  ///< elements a turn, by depth of repeat
  Element element = Element::f32;
  Shape shape = {};
  std::vector<int64_t> strides = {};
  bool updated = false;  ///< of a variable: the value that this step has stored
  bool operator==(const View&) const = default;

  bool is_dense() const;
  int64_t elements() const;  ///< at capacity
  View flattened() const;    ///< the same elements along one axis; the view must be dense
};

/// The nodes of one graph that lie in memory.
using Bindings = std::unordered_map<NodeId, View>;

class ProgramBuilder {
 public:
  ProgramBuilder(std::string name, const PassOptions& options);

  const PassOptions& options() const { return options_; }
  const StepSizes& sizes() const { return sizes_; }
  int64_t extent(const Dim& dim) const { return sizes_.extent(dim); }
  bool at_run_time(const Dim& dim) const { return sizes_.at_run_time(dim); }
  Shape at_capacity(const Shape& shape) const;
  int lanes(Element element) const { return sizes_.lanes(element); }

  View temporary(const std::string& name, const Type& type, bool per_worker = false);
  bool per_worker(BufferId buffer) const { return program_.buffers[buffer].per_worker; }
  View output(const std::string& name, const Type& type, int slot);
  /// The buffer of a variable or input, made when first asked for.
  View leaf(const Node& node);
  /// A variable's buffer, if any kernel or result has named it.
  View variable(const std::string& path, const Type& type);

  void call(Kernel kernel, std::vector<Argument> arguments);
  void check_finite(BufferId buffer) { open_.back().emplace_back(FiniteCheck{buffer}); }
  /// Calls made until `close_repeat` run `count` times; the depth of the new repeat's turn is returned.
  size_t open_repeat();
  void close_repeat(int64_t count, bool reverse);
  size_t depth() const { return open_.size() - 1; }

  NestProgram finish();

 private:
  View add(std::string name, BufferRole role, const Type& type, int slot);

  PassOptions options_;
  StepSizes sizes_;
  NestProgram program_;
  std::map<std::string, View> leaves_;
  std::map<std::string, int> names_;
  UniqueNames kernel_names_;
  std::vector<std::vector<Stage>> open_;
  int columns_ = 0, settings_ = 0;
};

/// One kernel under construction with the arguments it will be called with.
class KernelWriter {
 public:
  KernelWriter(ProgramBuilder& program, const std::string& name);

  NestBuilder nest;
  ProgramBuilder& program() { return program_; }
  /// The parameter for this view, declared when first asked for.
  ParameterId parameter(const View& view);
  /// Adds the kernel and its call to the program, unless it writes nothing.
  void finish();

 private:
  ProgramBuilder& program_;
  std::vector<View> views_;
};

}  // namespace nnc
