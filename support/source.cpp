#include "support/source.h"

#include <algorithm>

namespace nnc {

namespace {
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

constexpr size_t kBlock = 256;  ///< bytes

bool continues_code_point(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

uint32_t code_points(std::string_view text) {
  return static_cast<uint32_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !continues_code_point(c); }));
}
}  // namespace

Range Range::cover(Range a, Range b) { return {std::min(a.begin, b.begin), std::max(a.end, b.end)}; }

SourceFile::SourceFile(std::string name, std::string text) : text_(std::move(text)) {
  parts_.push_back({std::move(name), {0, static_cast<uint32_t>(text_.size())}});
  index();
}

size_t SourceFile::append(std::string name, std::string_view text) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  text_ += '\n';
  const auto begin = static_cast<uint32_t>(text_.size());
  text_ += text;
  parts_.push_back({std::move(name), {begin, static_cast<uint32_t>(text_.size())}});
  index();
  return parts_.size() - 1;
}

SourceFile SourceFile::with_text(std::string_view text) const {
  SourceFile changed(name(), std::string(text));
  for (size_t i = 1; i < parts_.size(); ++i) changed.append(parts_[i].name, this->text(i));
  for (size_t i = 0; i < parts_.size(); ++i) changed.parts_[i].imports = parts_[i].imports;
  return changed;
}

const SourceFile::Part& SourceFile::part_at(uint32_t offset) const {
  auto next = std::upper_bound(parts_.begin(), parts_.end(), offset,
                               [](uint32_t at, const Part& part) { return at < part.range.begin; });
  return *(next - 1);
}

void SourceFile::index() {
  line_starts_ = {0};
  code_points_.clear();
  for (size_t i = 0; i < text_.size(); ++i) {
    bool crlf = text_[i] == '\r' && i + 1 < text_.size() && text_[i + 1] == '\n';
    if (text_[i] == '\n' || (text_[i] == '\r' && !crlf)) line_starts_.push_back(static_cast<uint32_t>(i + 1));
  }
  uint32_t count = 0;
  for (size_t i = 0; i <= text_.size(); i += kBlock) {
    code_points_.push_back(count);
    count += code_points(std::string_view(text_).substr(i, kBlock));
  }
}

uint32_t SourceFile::code_points_before(uint32_t offset) const {
  if (code_points_.empty()) return 0;
  const size_t block = offset / kBlock;
  return code_points_[block] + code_points(std::string_view(text_).substr(block * kBlock, offset - block * kBlock));
}

std::string_view SourceFile::slice(Range range) const {
  size_t begin = std::min<size_t>(range.begin, text_.size());
  size_t end = std::clamp<size_t>(range.end, begin, text_.size());
  return std::string_view(text_).substr(begin, end - begin);
}

uint32_t SourceFile::line_begin(uint32_t offset) const {
  return *(std::upper_bound(line_starts_.begin(), line_starts_.end(), offset) - 1);
}

LineColumn SourceFile::locate(uint32_t offset) const {
  offset = std::min<uint32_t>(offset, static_cast<uint32_t>(text_.size()));
  uint32_t start = line_begin(offset);
  auto number = [&](uint32_t begin) { return std::lower_bound(line_starts_.begin(), line_starts_.end(), begin); };
  const auto line = number(start) - number(part_at(offset).range.begin);
  if (start == 0 && text_.starts_with(kByteOrderMark)) {
    start = std::min<uint32_t>(static_cast<uint32_t>(kByteOrderMark.size()), offset);
  }
  const int column = 1 + static_cast<int>(code_points_before(offset) - code_points_before(start));
  return {static_cast<int>(line) + 1, column};
}

Origin SourceFile::origin(uint32_t offset, std::string note) const {
  const LineColumn at = locate(offset);
  return {part_at(offset).name, at.line, at.column, std::move(note)};
}

uint32_t SourceFile::line_start(int line) const {
  return line_starts_[static_cast<size_t>(std::clamp(line, 1, line_count()) - 1)];
}

std::string_view SourceFile::line_at(uint32_t offset) const {
  const uint32_t begin = line_begin(offset);
  std::string_view view = slice({begin, part_at(offset).range.end});
  view = view.substr(0, view.find_first_of("\r\n"));
  if (begin == 0 && view.starts_with(kByteOrderMark)) view.remove_prefix(kByteOrderMark.size());
  return view;
}

}  // namespace nnc
