// A translated page has its original's parts, one to one: the same headings, programs, commands, outputs and pictures,
// and in each paragraph the same names and numbers. So what documents_test.cpp runs of the original holds for both.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace nnc {
namespace {

/// A heading, block, picture, item, row or paragraph of a page, and of it what stays as it is in every language.
struct Part {
  int line = 0;
  std::string text;
  std::string kept;
};

/// Code, the marks of the examples and numbers with a point, in any order: sentences are built otherwise elsewhere.
std::string kept_words(const std::string& text) {
  static const std::regex word("`[^`]*`|\\([A-Z][0-9]+\\)|[0-9]+\\.[0-9]+");
  const std::set<std::string> words(std::sregex_token_iterator(text.begin(), text.end(), word), {});
  std::string kept;
  for (const std::string& found : words) kept += " " + found;
  return kept;
}

/// What a line begins, if it begins something, with what of that its translation must have too.
std::string kind_of(const std::string& line) {
  std::smatch found;
  static const std::regex heading("^#+ ([0-9]+\\.)?"), picture("^!\\[.*\\](\\(.*\\))$");
  if (std::regex_search(line, found, heading)) return "heading " + found.str();
  if (std::regex_search(line, found, picture)) return "picture " + found.str(1);
  if (line.starts_with("```")) return "block";
  if (line.starts_with("|")) return "row";
  if (line.starts_with("- ")) return "item";
  return "paragraph";
}

std::vector<Part> parts_of(std::istream& page) {
  std::vector<Part> parts;
  bool block = false, begins = true;
  int number = 0;
  for (std::string line; std::getline(page, line);) {
    ++number;
    if (block) {
      parts.back().text += "\n" + line;
      block = !line.starts_with("```");
      begins = !block;
    } else if (line.empty()) {
      begins = true;
    } else if (const std::string kind = kind_of(line); begins || kind != "paragraph") {
      parts.push_back({number, line, kind});
      block = kind == "block";
      begins = kind.starts_with("heading") || kind.starts_with("picture");
    } else {
      parts.back().text += "\n" + line;
    }
  }
  for (Part& part : parts) part.kept += part.kept == "block" ? part.text : kept_words(part.text);
  return parts;
}

std::vector<Part> parts_of(const std::string& page) {
  std::ifstream file(NNC_SOURCE_DIR "/" + page);
  EXPECT_TRUE(file.good()) << page;
  return parts_of(file);
}

/// The parts of both that stand outside their longest common sequence: what `a` lacks, then what `b` lacks.
std::pair<std::vector<Part>, std::vector<Part>> lacking(const std::vector<Part>& a, const std::vector<Part>& b) {
  std::vector<std::vector<int>> common(a.size() + 1, std::vector<int>(b.size() + 1));
  for (size_t i = a.size(); i-- > 0;) {
    for (size_t j = b.size(); j-- > 0;) {
      common[i][j] = a[i].kept == b[j].kept ? common[i + 1][j + 1] + 1 : std::max(common[i + 1][j], common[i][j + 1]);
    }
  }
  std::pair<std::vector<Part>, std::vector<Part>> lacks;
  size_t i = 0, j = 0;
  while (i < a.size() || j < b.size()) {
    if (i < a.size() && j < b.size() && a[i].kept == b[j].kept) {
      ++i, ++j;
    } else if (j == b.size() || (i < a.size() && common[i + 1][j] >= common[i][j + 1])) {
      lacks.second.push_back(a[i++]);
    } else {
      lacks.first.push_back(b[j++]);
    }
  }
  return lacks;
}

void expect_none(const std::vector<Part>& lacks, const std::string& page, const std::string& other) {
  for (const Part& part : lacks) {
    ADD_FAILURE() << page << " lacks what stands in " << other << ":" << part.line << "\n"
                  << part.text
                  << "\nthe same in every language: " << (part.kept.starts_with("block") ? "all of it" : part.kept);
  }
}

std::vector<Part> parts_of_text(const std::string& text) {
  std::istringstream page(text);
  return parts_of(page);
}

TEST(Documents, ATranslationLacksWhatOnlyTheOriginalHas) {
  const std::vector<Part> english = parts_of_text(
      "# One\n\n## 1. Two\n\n**A line (N1).** Its slope\nis `a`, 2.5.\n\n```\n$ nnc\n\n3\n```\n![a](p.svg)\n");
  const std::vector<Part> same =
      parts_of_text("# Eins\n\n## 1. Zwei\n\n2.5 ist `a` (N1).\n\n```\n$ nnc\n\n3\n```\n![b](p.svg)\n");
  const std::vector<Part> other =
      parts_of_text("# Eins\n\n## 1. Zwei\n\n2.4 ist `a` (N1).\n\n```\n$ nnc\n\n3\n```\n\nMehr.\n");
  ASSERT_EQ(english.size(), 5u);
  EXPECT_TRUE(lacking(same, english).first.empty());
  EXPECT_TRUE(lacking(same, english).second.empty());
  const auto [translation, original] = lacking(other, english);
  ASSERT_EQ(translation.size(), 2u);
  EXPECT_EQ(translation[0].line, 5);
  EXPECT_EQ(translation[1].text, "![a](p.svg)");
  ASSERT_EQ(original.size(), 2u);
  EXPECT_EQ(original[1].text, "Mehr.");
}

TEST(Documents, TheKoreanCourseHasThePartsOfTheEnglishOne) {
  const std::string original = "docs/lectures.md", translation = "docs/lectures.ko.md";
  const std::vector<Part> english = parts_of(original), korean = parts_of(translation);
  ASSERT_GE(english.size(), 120u);
  const auto [korean_lacks, english_lacks] = lacking(korean, english);
  expect_none(korean_lacks, translation, original);
  expect_none(english_lacks, original, translation);
  EXPECT_EQ(english.at(1).text, "[한국어](lectures.ko.md)");
  EXPECT_EQ(korean.at(1).text, "[English](lectures.md)");
}

/// The name by which a link finds a heading: letters and digits, small, with "-" for spaces.
std::string anchor_of(const std::string& heading) {
  std::string anchor;
  for (const char c : heading.substr(heading.find(' ') + 1)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80 || std::isalnum(byte) != 0 || c == '-') anchor += static_cast<char>(std::tolower(byte));
    if (c == ' ') anchor += '-';
  }
  return anchor;
}

TEST(Documents, TheContentsOfTheCourseLeadToItsSections) {
  for (const std::string page : {"docs/lectures.md", "docs/lectures.ko.md"}) {
    std::set<std::string> sections;
    int links = 0;
    const std::vector<Part> parts = parts_of(page);
    for (const Part& part : parts) {
      if (part.kept.starts_with("heading")) sections.insert(anchor_of(part.text));
    }
    for (const Part& part : parts) {
      const size_t begin = part.text.find("](#");
      if (part.kept.starts_with("block") || begin == std::string::npos) continue;
      const std::string anchor = part.text.substr(begin + 3, part.text.find(')', begin) - begin - 3);
      EXPECT_EQ(sections.count(anchor), 1u) << page << ":" << part.line << ": no section #" << anchor;
      ++links;
    }
    EXPECT_GE(links, 6) << page;
  }
}

}  // namespace
}  // namespace nnc
