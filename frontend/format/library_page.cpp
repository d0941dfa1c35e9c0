#include "frontend/format/library_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <vector>

#include "frontend/syntax/definitions.h"
#include "frontend/syntax/vocabulary.h"
#include "frontend/types/builtin.h"

namespace nnc {

namespace {

using Family = std::vector<const Definition*>;

/// The definitions of each file of the library, in the order in which they stand there, by the file's name.
std::map<std::string, Family> families() {
  std::map<std::string, Family> all;
  for (const Definition* definition : Definitions::library()->of_library()) {
    std::string file = definition->source->name();
    file = file.substr(file.rfind('/') + 1);
    all[file.substr(0, file.find('.'))].push_back(definition);
  }
  for (auto& [name, family] : all) {
    std::sort(family.begin(), family.end(),
              [](const Definition* a, const Definition* b) { return a->item->range.begin < b->item->range.begin; });
  }
  return all;
}

/// In lines of at most 100 letters, each behind `indent`.
std::string wrapped(const std::string& text, const std::string& indent) {
  constexpr size_t kWidth = 100;
  std::string result, line;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find_first_of(" \n", at), text.size());
    const std::string word = text.substr(at, end - at);
    at = end + 1;
    if (word.empty()) continue;
    if (!line.empty() && line.size() + 1 + word.size() > kWidth) {
      result += indent + line + "\n";
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
  }
  return result + (line.empty() ? "" : indent + line + "\n");
}

/// Without the line breaks of a long one.
std::string in_one_line(const std::string& signature) {
  std::string line;
  for (size_t at = 0; at < signature.size(); ++at) {
    if (signature[at] != '\n') {
      line += signature[at];
      continue;
    }
    while (at + 1 < signature.size() && signature[at + 1] == ' ') ++at;
    const bool inside =
        line.ends_with('[') || line.ends_with('(') || signature[at + 1] == ']' || signature[at + 1] == ')';
    if (!inside) line += ' ';
  }
  return line;
}

std::string entry_of(const Definition& definition) {
  std::string text(definition.source->slice(definition.item->range));
  while (text.ends_with('\n')) text.pop_back();
  return fmt::format("{}\n\n{}\n{}\n", signature(definition), wrapped(definition.item->doc, "  "), text);
}

std::string capital(std::string word) {
  word[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(word[0])));
  return word;
}

std::string known_entry(const std::string& name) {
  if (const Definition* definition = Definitions::library()->find(name, true)) return entry_of(*definition);
  if (find_builtin(name) != nullptr)
    return fmt::format("'{}' is a primitive: docs/language.md says how it is used\n", name);
  return "";
}

}  // namespace

std::string library_entry(const std::string& name) {
  if (std::string entry = known_entry(name); !entry.empty()) return entry;
  std::vector<std::string> known = Definitions::library()->names(true);
  known.insert(known.end(), primitive_names().begin(), primitive_names().end());
  const Meaning meaning = meaning_of(WordPlace::expression, name, known);
  if (meaning.name.empty()) return meaning.text.empty() ? "" : fmt::format("'{}': {}\n", name, meaning.text);
  if (!meaning.by_meaning) return fmt::format("'{}' is not there: {}\n", name, meaning.help());
  return fmt::format("'{}' is called '{}' here\n\n{}", name, meaning.name, known_entry(meaning.name));
}

std::string library_list() {
  std::string text = "nnc explain NAME says what one of them computes, and where it comes from.\n";
  for (const auto& [name, family] : families()) {
    std::string names;
    for (const Definition* definition : family) names += definition->name() + " ";
    text += fmt::format("\n{}\n{}", capital(name), wrapped(names, "  "));
  }
  return text;
}

std::string library_markdown() {
  std::string text =
      "# The library\n\n"
      "<!-- Made from the comments in frontend/library/ by library_markdown(); NNC_UPDATE_DOCS=1 with the frontend "
      "tests\n"
      "writes it anew. -->\n\n"
      "Everything here is `.nn` text in `frontend/library/`; `nnc explain NAME` prints it. What stands behind the\n"
      "signature is the formula and its source; where PyTorch and Keras differ, PyTorch's defaults hold.\n";
  for (const auto& [name, family] : families()) {
    text += fmt::format("\n## {}\n", capital(name));
    for (const Definition* definition : family) {
      text +=
          fmt::format("\n**`{}`**\n\n{}", in_one_line(signature(*definition)), wrapped(definition->item->doc, "    "));
    }
  }
  return text;
}

}  // namespace nnc
