// A partition's text is a graph's text and kernels behind it. The graph's part is found by its braces and read by
// parse_graph; blanked out, it leaves the kernels at their own lines and columns.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <unordered_map>

#include "ir/graph/node_text.h"
#include "ir/parse/parse_graph.h"
#include "ir/parse/parse_schedule.h"
#include "ir/parse/parse_target.h"
#include "ir/parse/text_reader.h"
#include "ir/print/text.h"
#include "ir/verify/verify.h"
#include "support/diagnostics.h"

namespace nnc {

namespace {

constexpr int kMaxDepth = 16;  ///< of partitions within partitions

/// Where the braces that open at or after `begin` close, or the text's end.
size_t end_of_braces(std::string_view text, size_t begin) {
  int depth = 0;
  for (size_t at = begin; at < text.size(); ++at) {
    char c = text[at];
    if (c == '#') {
      at = std::min(text.find('\n', at), text.size());
    } else if (c == '"') {
      for (++at; at < text.size() && text[at] != '"' && text[at] != '\n'; ++at) at += text[at] == '\\' ? 1 : 0;
    } else if (c == '{') {
      ++depth;
    } else if (c == '}' && --depth <= 0) {
      return at + 1;
    }
  }
  return text.size();
}

/// The text with everything outside [begin, end) replaced by spaces, lines kept.
std::string only(std::string_view text, size_t begin, size_t end) {
  std::string result(text.substr(0, end));
  for (size_t i = 0; i < begin; ++i) {
    if (result[i] != '\n' && result[i] != '\r') result[i] = ' ';
  }
  return result;
}

class PartitionParser {
 public:
  /// `text` is all of the file, but for what stands around a body.
  PartitionParser(std::string_view text, std::shared_ptr<const SourceFile> file, int depth)
      : text_(text),
        file_(std::move(file)),
        depth_(depth),
        graph_end_(end_of_braces(text, 0)),
        reader_(only(text, graph_end_, text.size()), file_->name()) {}

  Partition parse() {
    result_.graph = parse_graph(only(text_, head(), graph_end_), file_->name(), places_.graph);
    NodeNames names(result_.graph);
    for (NodeId node : names.order()) nodes_.emplace(names[node], node);
    while (reader_.accept("kernel")) kernel();
    if (!reader_.at_end()) refuse_rest();
    places_.file = file_;
    result_.text = std::make_shared<const PartitionText>(std::move(places_));
    return std::move(result_);
  }

 private:
  /// Reads what stands before the graph; where that begins.
  size_t head() {
    if (depth_ > 0) return 0;
    TextReader reader(text_.substr(0, graph_end_), file_->name());
    if (reader.accept("compiled")) {
      reader.expect("for");
      result_.compiled = parse_compiled_for(reader);
    }
    uint32_t begin = reader.position();
    if (!reader.accept("graph"))
      reader.fail("expected 'graph NAME {', or before it 'compiled for avx2, exactly 32 rows'");
    return begin;
  }

  /// What follows a kernel is a misspelt word of its own, if it is one.
  [[noreturn]] void refuse_rest() {
    const uint32_t begin = reader_.position();
    const char c = reader_.peek();
    const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const std::string near =
        word ? nearest(reader_.word("a word"), {"kernel", "updates", "border", "schedule", "body"}) : "";
    reader_.fail_at(begin, "expected 'kernel', 'updates', 'border', 'schedule', 'body' (in this order) or the end",
                    near.empty() ? "" : fmt::format("did you mean '{}'?", near));
  }

  void kernel() {
    KernelGroup group;
    KernelText text;
    uint32_t begin = reader_.position();
    group.name = reader_.name("the kernel's name");
    text.name = reader_.taken_since(begin);
    begin = reader_.position();
    group.kind = kind();
    text.kind = reader_.taken_since(begin);
    reader_.expect("{");
    while (!reader_.accept("}")) group.nodes.push_back(node(text.nodes));
    reader_.expect("->");
    while (reader_.peek() == '%') group.outputs.push_back(node(text.outputs));
    if (reader_.accept("updates")) updates(group, text);
    if (reader_.accept("border")) group.border = reader_.quoted();
    if (reader_.accept("schedule")) group.schedule = parse_schedule(reader_, text);
    while (reader_.accept("body")) body(group);
    group.text = std::make_shared<const KernelText>(std::move(text));
    result_.kernels.push_back(std::move(group));
  }

  KernelKind kind() {
    uint32_t begin = reader_.position();
    std::string word = reader_.word("the kernel's kind");
    for (int i = 0; i <= static_cast<int>(KernelKind::scan); ++i) {
      if (spelling(static_cast<KernelKind>(i)) == word) return static_cast<KernelKind>(i);
    }
    std::vector<std::string> kinds;
    for (int i = 0; i <= static_cast<int>(KernelKind::scan); ++i) {
      kinds.emplace_back(spelling(static_cast<KernelKind>(i)));
    }
    std::string near = nearest(word, kinds);
    reader_.fail_at(begin,
                    fmt::format("there is no kind of kernel '{}'; the kinds are {}", word, fmt::join(kinds, ", ")),
                    near.empty() ? "" : fmt::format("did you mean '{}'?", near));
  }

  NodeId node(std::vector<Range>& places) {
    uint32_t begin = reader_.position();
    reader_.expect("%");
    std::string name = reader_.word("a node's name");
    auto found = nodes_.find(name);
    if (found == nodes_.end()) reader_.fail_at(begin, fmt::format("the graph has no node '%{}'", name));
    places.push_back(reader_.taken_since(begin));
    return found->second;
  }

  /// Names of variables, up to what can only begin something else.
  void updates(KernelGroup& group, KernelText& text) {
    while (!reader_.at_end() && reader_.peek() != '}') {
      if (reader_.peek() != '"' && at_keyword()) return;
      uint32_t begin = reader_.position();
      std::string name = reader_.name("a variable's name");
      const std::vector<Result>& results = result_.graph.results;
      auto found = std::find_if(results.begin(), results.end(),
                                [&](const Result& r) { return r.kind == ResultKind::update && r.name == name; });
      if (found == results.end()) reader_.fail_at(begin, fmt::format("the graph updates no '{}'", name));
      text.updates.push_back(reader_.taken_since(begin));
      group.updates.push_back(static_cast<uint32_t>(found - results.begin()));
    }
  }

  /// Whether one of these words stands here; a variable of such a name is written in quotes.
  bool at_keyword() {
    std::string_view rest = text_.substr(reader_.position());
    for (std::string_view word : {"kernel", "border", "schedule", "body"}) {
      if (!rest.starts_with(word)) continue;
      char after = rest.size() > word.size() ? rest[word.size()] : ' ';
      if (after == ' ' || after == '\n' || after == '\r' || after == '\t') return true;
    }
    return false;
  }

  void body(KernelGroup& group) {
    uint32_t begin = reader_.position();
    if (depth_ == kMaxDepth) reader_.fail("partitions are nested too deeply");
    reader_.expect("{");
    size_t end = end_of_braces(text_, begin);
    if (end >= text_.size() && (text_.empty() || text_.back() != '}'))
      reader_.fail_at(begin, "this brace is not closed");
    std::string inner = only(text_, begin + 1, end - 1);
    group.bodies.push_back(PartitionParser(inner, file_, depth_ + 1).parse());
    reader_.advance_to(static_cast<uint32_t>(end));
  }

  std::string_view text_;
  std::shared_ptr<const SourceFile> file_;
  int depth_;
  size_t graph_end_;
  TextReader reader_;
  Partition result_;
  PartitionText places_;
  std::unordered_map<std::string, NodeId> nodes_;
};

}  // namespace

Partition parse_partition(std::string_view text, const std::string& name) {
  if (text.size() > UINT32_MAX / 2) throw Failure(ExitCode::wrong_program, name + ": error: the text is too long");
  Partition partition = PartitionParser(text, std::make_shared<const SourceFile>(name, std::string(text)), 0).parse();
  try {
    verify(partition);
  } catch (const PartitionFault& fault) {
    throw Failure(ExitCode::wrong_program, fault.in_the_text());
  } catch (const InternalError& error) {
    throw Failure(ExitCode::wrong_program, fmt::format("{}: error: {}", name, error.what()));
  }
  return partition;
}

}  // namespace nnc
