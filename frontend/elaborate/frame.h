// Where evaluation stands, and what it makes: variables and calls.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "frontend/elaborate/items.h"

namespace nnc {

/// The paths that one owner gives away, each once.
struct Paths {
  /// `wanted` where it is free, else with the first number that is: "net.e", "net.e_1".
  std::string take(const std::string& wanted);
  bool take_exactly(const std::string& path) { return taken.emplace(path, 1).second; }

 private:
  std::map<std::string, int> taken;  ///< with the number that the next one of the name gets
};

/// The argument that gave an axis of a definition its size.
struct AxisBinding {
  Range range;       ///< in the caller's file
  std::string text;  ///< "net(x): f32[B, 1]"
};

/// Where evaluation stands: the definition, its names, and the call that led here.
struct Frame {
  const Definition* definition = nullptr;  ///< null: train, data, options
  const SourceFile* source = nullptr;
  bool library = false;
  Frame* caller = nullptr;
  Range call;  ///< in the caller's file
  std::vector<std::map<std::string, Item>> scopes{1};
  std::map<std::string, Axes> axes;             ///< axis names and packs
  std::map<std::string, AxisBinding> bound_by;  ///< what gave an axis name or pack its size
  std::string other_way_round;                  ///< the call as it fits, where its two arguments are swapped
  std::string path;                             ///< of what this evaluation owns: "net.dense_0"; empty: owns nothing
  std::map<std::string, int> counters;          ///< layers made, by kind
  Paths layers, variables;                      ///< made here
  std::map<std::string, std::string> declared;  ///< params and states by name: the path of the last one of that name
  int randoms = 0;
  std::map<std::string, Range> updated;                ///< states that had their `next`, and where
  bool owns = false;                                   ///< layers and parameters may be made here
  Base floating = Base::f32;                           ///< what f32 stands for
  const Axes* result_axes = nullptr;                   ///< of an initialiser: the axes of its param
  std::function<bool(const ast::Statement&)> special;  ///< next, first, total, state where they mean more
};

/// Where a definition is evaluated that `caller` calls at `call`, a range of its own file; nobody calls one that is
/// checked alone.
Frame frame_of(const Definition& definition, Frame* caller = nullptr, Range call = {});

/// Two ways through a definition that is checked alone, which only a call decides between: the names of `frame` become
/// those that both ways agree on; what differs is checked at each call.
void join(Frame& frame, const std::vector<std::map<std::string, Item>>& other);

/// A scope for as long as it lives; what an exception leaves behind is dropped as well.
struct ScopeGuard {
  ScopeGuard(Frame& f, bool used) : frame(f), depth(f.scopes.size()) {
    if (used) frame.scopes.emplace_back();
  }
  ~ScopeGuard() {
    while (frame.scopes.size() > depth) frame.scopes.pop_back();
  }
  ScopeGuard(const ScopeGuard&) = delete;
  ScopeGuard& operator=(const ScopeGuard&) = delete;
  Frame& frame;
  size_t depth;
};

/// A `param` or `state` that exists, made by the first application of its owner.
struct Variable {
  std::string path;
  TensorType type;
  Item start;  ///< an initialiser, or a number
  bool state = false;
  Range range;
  const SourceFile* source = nullptr;
  Range applied = {};  ///< where a report of it points
};

/// A call of a definition as it was understood: `f(a, b)`, or `a |> f`.
struct PlaceOfCall {
  const SourceFile* source = nullptr;
  Range callee;  ///< the `f`
  const Definition* definition = nullptr;
  bool settings_list = false;  ///< the positional arguments are settings
  bool settled = false;        ///< the settings were given before: `f(0.1)(x)`
};

}  // namespace nnc
