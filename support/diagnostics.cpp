#include "support/diagnostics.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace nnc {

Diagnostic& Diagnostic::label(Range where, std::string text) {
  labels.push_back({where, std::move(text)});
  return *this;
}

Diagnostic& Diagnostic::note(std::string text) {
  notes.push_back({std::move(text), {}, false});
  return *this;
}

Diagnostic& Diagnostic::note(Range where, std::string text) {
  notes.push_back({std::move(text), where, true});
  return *this;
}

Diagnostic& Diagnostic::suggest(std::string text) {
  help = std::move(text);
  return *this;
}

Diagnostic& Diagnostic::change(Range where, std::string text) {
  changes.push_back({where, std::move(text)});
  return *this;
}

Diagnostic& Diagnostic::blame(std::string of_command_line) {
  argument = std::move(of_command_line);
  return *this;
}

void Diagnostics::blame_at(Range place, std::string argument) { arguments_.emplace_back(place, std::move(argument)); }

bool Diagnostics::only_arguments_are_wrong() const {
  return has_errors() && std::all_of(diagnostics_.begin(), diagnostics_.end(), [](const Diagnostic& diagnostic) {
           return diagnostic.severity != Severity::error || !diagnostic.argument.empty();
         });
}

Diagnostic& Diagnostics::add(Severity severity, Code code, Range range, std::string message) {
  Diagnostic diagnostic{severity, code, range, std::move(message)};
  bool reported = std::any_of(diagnostics_.begin(), diagnostics_.end(), [&](const Diagnostic& other) {
    return other.severity == severity && other.range.begin == range.begin;
  });
  auto sets_it = [&](const auto& argument) { return severity == Severity::error && argument.first == range; };
  auto only = std::find_if(arguments_.begin(), arguments_.end(), sets_it);
  bool one = only != arguments_.end() && std::none_of(only + 1, arguments_.end(), sets_it);
  if (one) diagnostic.argument = only->second;
  if (reported) return dropped_.emplace(std::move(diagnostic));
  if (severity == Severity::error) ++errors_;
  diagnostics_.push_back(std::move(diagnostic));
  return diagnostics_.back();
}

Diagnostic& Diagnostics::error(Code code, Range range, std::string message) {
  return add(Severity::error, code, range, std::move(message));
}

Diagnostic& Diagnostics::warning(Code code, Range range, std::string message) {
  return add(Severity::warning, code, range, std::move(message));
}

namespace {

char small(char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter; }
bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

bool differs_in_case_only(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return small(x) == small(y); });
}

/// In a name of two letters a wrong first one leaves too little of it.
bool begins_otherwise(std::string_view name, std::string_view candidate) {
  return name.size() <= 2 && !candidate.empty() && small(name[0]) != small(candidate[0]);
}

}  // namespace

std::string nearest(std::string_view name, const std::vector<std::string>& candidates) {
  for (const std::string& candidate : candidates) {
    if (candidate != name && differs_in_case_only(name, candidate)) return candidate;
  }
  size_t allowed = name.size() <= 5 ? 1 : name.size() <= 8 ? 2 : name.size() / 3;
  std::string best;
  size_t best_distance = allowed + 1;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > name.size() + allowed || name.size() > candidate.size() + allowed) continue;
    size_t columns = candidate.size() + 1;
    std::vector<size_t> before(columns), last(columns), row(columns);
    std::iota(last.begin(), last.end(), 0);
    for (size_t i = 1; i <= name.size(); ++i) {
      row[0] = i;
      for (size_t j = 1; j < columns; ++j) {
        size_t cost = name[i - 1] == candidate[j - 1] ? 0 : is_digit(name[i - 1]) == is_digit(candidate[j - 1]) ? 1 : 2;
        row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + cost});
        bool swapped = i > 1 && j > 1 && name[i - 1] == candidate[j - 2] && name[i - 2] == candidate[j - 1];
        if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
      }
      before = std::exchange(last, row);
    }
    if (begins_otherwise(name, candidate)) continue;
    if (last.back() < best_distance && last.back() < std::max(name.size(), candidate.size())) {
      best_distance = last.back();
      best = candidate;
    }
  }
  return best;
}

}  // namespace nnc
