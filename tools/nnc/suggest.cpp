// What somebody who types a subcommand that is not there probably means: by spelling, or by what other programs call
// it.
#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "support/diagnostics.h"
#include "tools/nnc/command.h"

namespace nnc {

namespace {

/// Words of other tools, and of courses, for what a subcommand does.
constexpr std::array<std::pair<std::string_view, std::string_view>, 69> kMeanings{{
    {"fit", "train"},          {"learn", "train"},        {"optimize", "train"},
    {"optimise", "train"},     {"start", "train"},        {"resume", "train"},
    {"continue", "train"},     {"finetune", "train"},     {"evaluate", "eval"},
    {"evaluation", "eval"},    {"score", "eval"},         {"scores", "eval"},
    {"accuracy", "eval"},      {"test_accuracy", "eval"}, {"test-accuracy", "eval"},
    {"metrics", "eval"},       {"validate", "eval"},      {"confusion", "eval"},
    {"infer", "predict"},      {"inference", "predict"},  {"forward", "predict"},
    {"apply", "predict"},      {"prediction", "predict"}, {"classify", "predict"},
    {"generate", "predict"},   {"format", "fmt"},         {"beautify", "fmt"},
    {"indent", "fmt"},         {"pretty", "fmt"},         {"graph", "explain"},
    {"gradient", "explain"},   {"gradients", "explain"},  {"backprop", "explain"},
    {"backward", "explain"},   {"draw", "explain"},       {"why", "explain"},
    {"compute", "run"},        {"exec", "run"},           {"execute", "run"},
    {"calculate", "run"},      {"call", "run"},           {"params", "summary"},
    {"parameters", "summary"}, {"layers", "summary"},     {"describe", "summary"},
    {"info", "summary"},       {"model", "summary"},      {"defaults", "show"},
    {"print", "show"},         {"cat", "show"},           {"lint", "check"},
    {"verify", "check"},       {"typecheck", "check"},    {"ir", "dump"},
    {"compile", "dump"},       {"emit", "dump"},          {"history", "plot"},
    {"curve", "plot"},         {"curves", "plot"},        {"dataset", "data"},
    {"inspect", "data"},       {"perf", "profile"},       {"benchmark", "profile"},
    {"bench", "profile"},      {"time", "profile"},       {"timing", "profile"},
    {"speed", "profile"},      {"kernels", "profile"},    {"hotspots", "profile"},
}};

}  // namespace

std::string suggest_command(const CommandLine& line, const std::string& name) {
  std::vector<std::string> names;
  for (const CommandInfo& command : line.subcommands()) names.push_back(command.name);
  std::string lower;
  for (char character : name)
    lower += character >= 'A' && character <= 'Z' ? static_cast<char>(character + 32) : character;
  auto there = [&](std::string_view command) { return std::find(names.begin(), names.end(), command) != names.end(); };
  if (there(lower)) return lower;
  std::vector<std::string> words;
  for (const auto& [word, command] : kMeanings) {
    if (!there(command)) continue;
    if (word == lower) return std::string(command);
    words.emplace_back(word);
  }
  if (std::string near = nearest(lower, names); !near.empty()) return near;
  std::string near = nearest(lower, words);
  for (const auto& [word, command] : kMeanings) {
    if (word == near) return std::string(command);
  }
  return "";
}

}  // namespace nnc
