#include "passes/vectorize/program.h"

#include <fmt/format.h>

#include <algorithm>

#include "ir/graph/op.h"
#include "ir/graph/op_attributes.h"
#include "ir/graph/queries.h"
#include "ir/nest/team.h"
#include "ir/verify/verify.h"
#include "support/error.h"

namespace nnc {

namespace {

std::vector<int64_t> row_major_strides(const Shape& shape) {
  std::vector<int64_t> strides(shape.size(), 1);
  int64_t stride = 1;
  for (size_t axis = shape.size(); axis-- > 0;) {
    strides[axis] = stride;
    if (shape[axis].constant()) stride *= std::max<int64_t>(shape[axis].count, 1);
  }
  return strides;
}

/// What comes as rows is read as a column.
BufferRole buffer_role(InputRole role) {
  switch (role) {
    case InputRole::column:
    case InputRole::raw:
    case InputRole::argument:
    case InputRole::total: return BufferRole::column;
    case InputRole::setting: return BufferRole::setting;
    case InputRole::order: return BufferRole::order;
    case InputRole::step: return BufferRole::step;
    case InputRole::seed: return BufferRole::seed;
    case InputRole::stand_in: break;
  }
  internal_error("vectorize: a stand-in is left in the graph");
}

}  // namespace

bool View::is_dense() const {
  int64_t stride = 1;
  for (size_t axis = shape.size(); axis-- > 0;) {
    if (shape[axis].count != 1 && strides[axis] != stride) return false;
    if (!shape[axis].constant()) return false;
    stride *= shape[axis].count;
  }
  return true;
}

int64_t View::elements() const {
  int64_t count = 1;
  for (const Dim& dim : shape) count *= dim.count;
  return count;
}

View View::flattened() const {
  NNC_ASSERT(is_dense(), "only a dense view has one axis");
  View flat = *this;
  flat.shape = {Dim(elements())};
  flat.strides = {1};
  return flat;
}

ProgramBuilder::ProgramBuilder(std::string name, const PassOptions& options) : options_(options), sizes_(options) {
  program_.name = std::move(name);
  program_.target = options.target;
  program_.capacity = options.capacity;
  program_.exact = options.exact;
  program_.workers = options.workers;
  open_.emplace_back();
}

Shape ProgramBuilder::at_capacity(const Shape& shape) const {
  Shape result = shape;
  for (Dim& dim : result) {
    if (dim.symbol == Symbol::rows) dim = Dim(extent(dim));
  }
  return result;
}

View ProgramBuilder::add(std::string name, BufferRole role, const Type& type, int slot) {
  int& taken = names_[name];
  if (taken++ > 0) name = fmt::format("{}.{}", name, taken);
  Buffer buffer;
  buffer.name = std::move(name);
  buffer.role = role;
  buffer.element = type.element;
  buffer.shape = at_capacity(type.shape);
  buffer.strides = row_major_strides(buffer.shape);
  buffer.slot = slot;
  View view{static_cast<BufferId>(program_.buffers.size()), 0, {}, type.element, buffer.shape, buffer.strides};
  if (role == BufferRole::variable || role == BufferRole::temporary) {
    buffer.bytes = (view.elements() * byte_size(type.element) + 63) / 64 * 64;
  }
  program_.buffers.push_back(std::move(buffer));
  return view;
}

View ProgramBuilder::temporary(const std::string& name, const Type& type, bool per_worker) {
  View view = add(name, BufferRole::temporary, type, 0);
  program_.buffers[view.buffer].per_worker = per_worker;
  return view;
}

View ProgramBuilder::output(const std::string& name, const Type& type, int slot) {
  return add(name, BufferRole::output, type, slot);
}

View ProgramBuilder::variable(const std::string& path, const Type& type) {
  auto found = leaves_.find("variable " + path);
  if (found != leaves_.end()) return found->second;
  return leaves_["variable " + path] = add(path, BufferRole::variable, type, 0);
}

View ProgramBuilder::leaf(const Node& node) {
  const std::string& path = *leaf_path(node);
  if (variable_path(node) != nullptr) return variable(path, node.type);
  auto found = leaves_.find("input " + path);
  if (found != leaves_.end()) return found->second;
  BufferRole role = buffer_role(*role_of(node));
  const bool setting = role == BufferRole::setting, column = role == BufferRole::column;
  const int slot = setting ? settings_++ : column ? columns_++ : 0;
  return leaves_["input " + path] = add(path, role, node.type, slot);
}

void ProgramBuilder::call(Kernel kernel, std::vector<Argument> arguments) {
  kernel.name = kernel_names_.make(kernel.name);
  program_.kernels.push_back(std::move(kernel));
  Call call{static_cast<uint32_t>(program_.kernels.size() - 1), std::move(arguments)};
  open_.back().emplace_back(std::move(call));
}

size_t ProgramBuilder::open_repeat() {
  open_.emplace_back();
  return open_.size() - 2;
}

void ProgramBuilder::close_repeat(int64_t count, bool reverse) {
  Repeat repeat{count, reverse, std::move(open_.back())};
  open_.pop_back();
  if (count > 0 && !repeat.stages.empty()) open_.back().emplace_back(std::move(repeat));
}

NestProgram ProgramBuilder::finish() {
  NNC_ASSERT(open_.size() == 1, "a repeat is still open");
  program_.stages = std::move(open_.back());
  if (!is_shared(program_)) program_.workers = 1;
  return std::move(program_);
}

KernelWriter::KernelWriter(ProgramBuilder& program, const std::string& name)
    : nest(name, program.options().target), program_(program) {}

ParameterId KernelWriter::parameter(const View& view) {
  for (size_t i = 0; i < views_.size(); ++i) {
    if (views_[i] == view) return static_cast<ParameterId>(i);
  }
  views_.push_back(view);
  ParameterId id = nest.parameter(fmt::format("p{}", views_.size() - 1), view.element, view.shape, view.strides);
  if (program_.per_worker(view.buffer)) nest.set_per_worker(id);
  return id;
}

void KernelWriter::finish() {
  Kernel kernel = nest.finish();
  bool writes = std::any_of(kernel.parameters.begin(), kernel.parameters.end(),
                            [](const Parameter& parameter) { return parameter.written; });
  if (!writes) return;
  std::vector<Argument> arguments;
  for (const View& view : views_) arguments.push_back({view.buffer, view.offset, view.per_turn, view.updated});
  program_.call(std::move(kernel), std::move(arguments));
}

}  // namespace nnc
