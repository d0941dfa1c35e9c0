// nnc opt FILE.nnir --passes=simplify,fuse: text IR in, named passes, text IR out.
#include <fmt/format.h>

#include <iostream>
#include <memory>

#include "passes/pipeline.h"
#include "runtime/io/data_error.h"
#include "runtime/io/files.h"
#include "support/diagnostics.h"
#include "tools/nnc/command.h"

namespace nnc {

namespace {

struct OptFlags {
  std::string file, passes, target;       ///< an empty target: that of the text
  int64_t capacity = 0, fuse_limit = -1;  ///< 0 rows: those of the text
  bool any_rows = false;
};

/// What the text says that it is compiled for; of one that says nothing, one row on avx2.
CompiledFor said_by(const StageValue& program) {
  if (const auto* nests = std::get_if<NestProgram>(&program))
    return {nests->target, nests->capacity, nests->exact, nests->workers};
  const auto* partition = std::get_if<Partition>(&program);
  if (partition != nullptr && partition->compiled) return *partition->compiled;
  return {Target::of(Tier::avx2), 1, true, 1};
}

/// What the text says, but for what a flag says otherwise.
PassOptions options_for(const StageValue& program, const OptFlags& flags) {
  const CompiledFor said = said_by(program);
  CompiledFor asked = said;
  if (!flags.target.empty()) {
    std::optional<Tier> tier = parse_tier(flags.target);
    if (!tier) {
      usage_error(
          fmt::format("--target is generic, avx2, avx512 or neon, not '{}'", escape_for_terminal(flags.target)));
    }
    asked.target = Target::of(*tier);
  }
  if (flags.capacity != 0) asked.rows = flags.capacity;
  if (flags.any_rows) asked.exact = false;
  if (std::holds_alternative<NestProgram>(program) && !(asked == said)) {
    usage_error(
        fmt::format("the loops in {} are written for {}: no flag changes that\n help: give the flags to 'nnc opt' "
                    "on a stage before the loops",
                    in_quotes(flags.file), to_string(said)));
  }
  PassOptions options;
  options.target = asked.target;
  options.capacity = asked.rows;
  options.exact = asked.exact;
  options.workers = asked.workers;
  options.fuse_limit = flags.fuse_limit;
  return options;
}

ExitCode run(const OptFlags& flags) {
  if (flags.file.ends_with(".nn")) {
    usage_error(
        fmt::format("'opt' takes a stage that was dumped, and {} is a program\n help: nnc dump {} --stage=graph > "
                    "graph.nnir",
                    in_quotes(flags.file), escape_for_terminal(flags.file)));
  }
  std::vector<const Pass*> passes;
  for (const std::string& name : split_names(flags.passes)) passes.push_back(&known_pass(name));
  std::string text =
      flags.file == "-" ? std::string(std::istreambuf_iterator<char>(std::cin), {}) : read_file(flags.file);
  StageValue program = parse_stage(text, flags.file);
  const PassOptions options = options_for(program, flags);
  StageValue result = run_passes(std::move(program), passes, options);
  fmt::print("{}", print(result));
  return ExitCode::done;
}

}  // namespace

const Pass& known_pass(const std::string& name) {
  const Pass* pass = find_pass(name);
  if (pass != nullptr) return *pass;
  std::vector<std::string> names;
  for (const Pass& known : pipeline()) names.emplace_back(known.name);
  std::string near = nearest(name, names);
  usage_error(fmt::format("there is no pass '{}'; the passes are {}{}", escape_for_terminal(name),
                          fmt::join(names, ", "),
                          near.empty() ? "" : fmt::format("\n help: did you mean '{}'?", near)));
}

void add_opt(CommandLine& line) {
  Subcommand command = line.add_subcommand("opt", "run named passes on a dumped stage and print what comes out");
  auto flags = std::make_shared<OptFlags>();
  command.add_option("FILE", flags->file, "the text of a graph, partition or program, or - for standard input")
      .required()
      .type_name("");
  command.add_option("--passes", flags->passes, "names separated by commas, in the order to run").type_name("LIST");
  command
      .add_option("--target", flags->target, "generic, avx2, avx512 or neon (default: what the text says, else avx2)")
      .type_name("TIER");
  command.add_option("--batch", flags->capacity, "rows a step (default: what the text says, else 1)")
      .type_name("N")
      .whole_number(1, 1 << 20);
  command.add_flag("--any-rows", flags->any_rows, "the kernel set for any number of rows up to --batch");
  command.add_option("--fuse-limit", flags->fuse_limit, "stop after so many fusions, to bisect a miscompile")
      .type_name("N")
      .whole_number(0, 1'000'000);
  command.on_chosen([flags] { return run(*flags); });
}

}  // namespace nnc
