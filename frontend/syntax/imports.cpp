#include "frontend/syntax/imports.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "frontend/syntax/definitions.h"
#include "frontend/syntax/parser.h"

namespace nnc {

namespace {

struct ImportReader {
  SourceFile& source;
  const ReadImport& read;
  Diagnostics& diagnostics;
  std::map<std::string, size_t> known;  ///< parts by ImportedText::file
  std::vector<size_t> way = {};         ///< from the program to the file at hand

  void refuse(Range range, const std::string& message, const std::string& help = "") {
    Diagnostic& diagnostic = diagnostics.error("E0211", range, message);
    if (!help.empty()) diagnostic.suggest(help);
  }

  std::string ring(size_t part) const {
    std::vector<std::string> names;
    for (auto step = std::find(way.begin(), way.end(), part); step != way.end(); ++step) {
      names.push_back(fmt::format("'{}'", source.parts()[*step].name));
    }
    names.push_back(names.front());
    return fmt::format("{}", fmt::join(names, " imports "));
  }

  void import(size_t importer, const ast::Expr& path) {
    ImportedText found = read(path.text, source.parts()[importer].name);
    if (!found.wrong.empty()) return refuse(path.range, found.wrong, found.help);
    auto [entry, fresh] = known.try_emplace(found.file, source.parts().size());
    const size_t part = entry->second;
    if (std::find(way.begin(), way.end(), part) != way.end()) {
      return refuse(path.range, fmt::format("files import each other in a ring: {}", ring(part)),
                    "move what both use into a file of its own");
    }
    if (fresh && source.parts().size() > kMostImports) {
      return refuse(path.range, fmt::format("more than {} files are imported: a limit of nnc", kMostImports));
    }
    if (fresh) source.append(found.name, found.text);
    source.add_import(importer, part);
    if (fresh) imports_of(part);
  }

  void imports_of(size_t part) {
    way.push_back(part);
    Diagnostics later;  // what is wrong with the syntax is told when the program is parsed
    const ast::File file = Parser(source, later, part).file();
    for (const ast::Item& item : file.items) {
      const bool names_file = item.kind == ast::ItemKind::import && item.value->kind == ast::ExprKind::string;
      if (names_file) import(part, *item.value);
    }
    way.pop_back();
  }
};

/// "std.losses" → "losses"; "" for anything else.
std::string part_of_library(const ast::Expr& expr) {
  const bool field = expr.kind == ast::ExprKind::field && expr.operands[0]->kind == ast::ExprKind::name;
  return field && expr.operands[0]->text == "std" ? expr.name.text : "";
}

/// The items of a part and, before them, of those that it imports.
void add_part(const SourceFile& source, size_t part, std::vector<ast::File>& files, std::set<size_t>& done,
              ast::File& whole) {
  if (!done.insert(part).second) return;
  for (const size_t imported : source.parts()[part].imports) add_part(source, imported, files, done, whole);
  for (ast::Item& item : files[part].items) {
    item.imported = part > 0;
    if (item.imported && (item.kind == ast::ItemKind::train || item.kind == ast::ItemKind::expect)) continue;
    if (item.imported) item.exported = false;
    whole.items.push_back(std::move(item));
  }
}

}  // namespace

void read_imports(SourceFile& source, const std::string& program, const ReadImport& read, Diagnostics& diagnostics) {
  if (source.text().find("import") == std::string_view::npos) return;
  ImportReader{source, read, diagnostics, {{program, 0}}}.imports_of(0);
}

void check_imports(const ast::File& file, const SourceFile& source, Diagnostics& diagnostics) {
  std::vector<std::string> parts;
  for (const LibraryFile& one : library_files()) {
    std::string name(one.name.substr(one.name.rfind('/') + 1));
    parts.push_back(name.substr(0, name.find('.')));
  }
  for (const ast::Item& item : file.items) {
    if (item.kind != ast::ItemKind::import) continue;
    const Range range = item.value->range;
    if (item.value->kind == ast::ExprKind::string) {
      const SourceFile::Part& importer = source.part_at(range.begin);
      if (importer.imports.empty()) diagnostics.error("E0211", range, "there is no file to import here");
      continue;
    }
    const std::string name = part_of_library(*item.value);
    if (std::find(parts.begin(), parts.end(), name) != parts.end()) continue;
    const std::string near = nearest(name, parts);
    diagnostics.error("E0211", range, fmt::format("'{}' is no part of the library", source.slice(range)))
        .suggest(near.empty() ? fmt::format("the parts are std.{}", fmt::join(parts, ", std."))
                              : fmt::format("did you mean 'std.{}'?", near));
  }
}

ast::File parse(const SourceFile& source, Diagnostics& diagnostics) {
  std::vector<ast::File> files;
  for (size_t part = 0; part < source.parts().size(); ++part) {
    files.push_back(Parser(source, diagnostics, part).file());
  }
  ast::File whole;
  whole.doc = files[0].doc;
  std::set<size_t> done;
  add_part(source, 0, files, done, whole);
  return whole;
}

}  // namespace nnc
