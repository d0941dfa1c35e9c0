// The first half of `show`: options and `train` as they are set.

#include <fmt/format.h>

#include <set>

#include "frontend/format/show_parts.h"
#include "frontend/program/program_parts.h"
#include "frontend/program/train_keys.h"
#include "frontend/syntax/edits.h"
#include "support/error.h"

namespace nnc {

namespace {

struct SettingsShow {
  const CheckedProgram& program;
  Edits edits;
  std::string added, defaults;  ///< lines for the end of `train`: from the command line, and what nobody said

  void options() {
    for (size_t i = 0, next = 0; i < program.file.items.size(); ++i) {
      const ast::Item& item = program.file.items[i];
      if (item.kind != ast::ItemKind::option) continue;
      const OptionInfo& info = program.options[next++].info;
      if (program.overrides.options.count(info.name) == 0) continue;
      if (item.imported) {
        throw Failure(ExitCode::wrong_command,
                      fmt::format("nnc: error: --{}: the option stands in {}, and what is shown is {}", info.name,
                                  info.origin.file, program.source->name()));
      }
      edits.replace(item.value->range, info.type == "string" ? quoted(info.value_text) : info.value_text);
    }
  }

  static std::string quoted(const std::string& text) {
    std::string result = "\"";
    for (char character : text) {
      if (character == '"' || character == '\\') result += '\\';
      result += character == '\n' ? "\\n" : character == '\t' ? "\\t" : std::string(1, character);
    }
    return result + "\"";
  }

  const ast::Entry* entry(std::string_view key) const {
    for (const ast::Entry& each : program.train->entries) {
      if (each.name.text == key) return &each;
    }
    return nullptr;
  }

  /// Takes the entry out, with the `;` behind it.
  void remove(const ast::Entry& entry) {
    std::string_view text = program.source->text();
    size_t next = text.find_first_not_of(" \t", entry.range.end);
    bool joined = next != std::string_view::npos && text[next] == ';';
    edits.replace({entry.range.begin, joined ? static_cast<uint32_t>(next) + 1 : entry.range.end}, "");
  }

  /// A run is as long as its epochs or its steps say: what is given takes the other's place.
  void set(const std::string& key, const std::string& text) {
    const TrainKey* record = find_train_key(key);
    const ast::Entry* other = record == nullptr ? nullptr : entry(record->excludes);
    if (const ast::Entry* own = entry(key)) {
      edits.replace(own->value->range, text);
      if (other != nullptr) remove(*other);
    } else if (other != nullptr) {
      edits.replace(other->range, key + " = " + text);
    } else {
      added += fmt::format("  {} = {}\n", key, text);
    }
  }

  /// Of a file that calls something else `sgd`, the library's has no name.
  bool has_name(const TrainKey& key) const {
    if (!key.has_expression) return true;
    const std::string name(key.otherwise);
    const Definition* found = program.definitions.find(name, false);
    return found != nullptr && found->library && program.find_data(name) == nullptr;
  }

  void train() {
    const TrainInfo& info = program.train_info;
    std::map<std::string, std::string> given = program.overrides.train;
    if (given.count("steps") != 0) given.erase("epochs");
    if (program.overrides.precision) given["precision"] = std::string(spelling(info.precision));
    for (const auto& [key, text] : given) set(key, text);
    auto said = [&](std::string_view key) { return given.count(std::string(key)) != 0 || entry(key) != nullptr; };
    for (const TrainKey& key : train_keys()) {
      if (!key.shows_default || said(key.name) || said(key.excludes) || !has_name(key)) continue;
      defaults += fmt::format("  {} = {}\n", key.name, key.text != nullptr ? key.text(info) : key.otherwise);
    }
    std::string text;
    if (!added.empty()) text += "\n  # from the command line\n" + added;
    if (!defaults.empty()) text += "\n  # defaults\n" + defaults;
    if (!text.empty()) edits.insert(program.train->range.end - 1, text);  // before its `}`
  }
};

}  // namespace

std::string show_settings(const CheckedProgram& program) {
  SettingsShow show{program, {}, "", ""};
  show.options();
  if (program.train != nullptr) show.train();
  return show.edits.apply(program.source->text());
}

}  // namespace nnc
