#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "runtime/io/quantity.h"
#include "runtime/report/profile.h"
#include "support/diagnostics.h"

namespace nnc {

namespace {

constexpr size_t kColumns = 11;
using Row = std::array<std::string, kColumns>;

/// One for a whole table, so that its figures can be compared at a glance.
struct TimeUnit {
  const char* name;
  double nanoseconds;
  int decimals;
};

TimeUnit unit_of(double step) {
  if (step < 1e4) return {"ns", 1, 0};
  if (step < 1e7) return {"µs", 1e3, 2};
  return {"ms", 1e6, 3};
}

std::string in_unit(const TimeUnit& unit, double nanoseconds) {
  return fmt::format("{:.{}f}", nanoseconds / unit.nanoseconds, unit.decimals);
}

/// "7.84 M", three digits.
std::string amount(double count) {
  constexpr std::array<const char*, 5> kUnits{"", " k", " M", " G", " T"};
  size_t unit = 0;
  while (count >= 999.5 && unit + 1 < kUnits.size()) count /= 1000, ++unit;
  const int decimals = unit == 0 || count >= 99.95 ? 0 : count >= 9.995 ? 1 : 2;
  return fmt::format("{:.{}f}{}", count, decimals, kUnits[unit]);
}

/// Tenths of a percent that add up to exactly 1000: each rounded down, and what is left goes to those that lost most.
std::vector<int> tenths(const std::vector<double>& parts) {
  const double whole = std::accumulate(parts.begin(), parts.end(), 0.0);
  std::vector<int> shares;
  std::vector<size_t> by_loss(parts.size());
  std::iota(by_loss.begin(), by_loss.end(), size_t{0});
  auto exact = [&](size_t i) { return whole > 0 ? parts[i] / whole * 1000 : 0; };
  for (size_t i = 0; i < parts.size(); ++i) shares.push_back(static_cast<int>(exact(i)));
  std::stable_sort(by_loss.begin(), by_loss.end(),
                   [&](size_t a, size_t b) { return exact(a) - shares[a] > exact(b) - shares[b]; });
  int left = 1000 - std::accumulate(shares.begin(), shares.end(), 0);
  for (size_t i = 0; left > 0 && whole > 0; --left) ++shares[by_loss[i++ % by_loss.size()]];
  return shares;
}

std::string percent(int tenths) { return fmt::format("{}.{} %", tenths / 10, tenths % 10); }

/// "mnist.nn:6, 9": without the folder of the program, and without its name where all lines are its own.
std::string places(const std::vector<Origin>& origins) {
  constexpr size_t kMost = 6;
  std::string text, file;
  for (size_t i = 0; i < std::min(origins.size(), kMost); ++i) {
    const std::string name = origins[i].file.substr(origins[i].file.rfind('/') + 1);
    const std::string before = text.empty() ? "" : ", ";
    text += before + (name == file ? "" : escape_for_terminal(name) + ":") + std::to_string(origins[i].line);
    file = name;
  }
  return origins.size() > kMost ? text + ", …" : text;
}

std::string reached(const KernelProfile& kernel) {
  if (kernel.bound.empty()) return "-";
  return fmt::format("{:.0f} % of {}", kernel.of_bound * 100, kernel.bound);
}

size_t width_of(const std::string& text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

/// Figures to the right, words to the left; nothing behind the last word of a line.
/// The last `totals` rows stand below a line.
std::string table(const std::vector<Row>& rows, size_t totals) {
  constexpr std::array<bool, kColumns> kRight{true, false, true, true, true, true, true, true, true, false, false};
  std::array<size_t, kColumns> widths{};
  for (const Row& row : rows) {
    for (size_t i = 0; i < kColumns; ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  std::string text;
  for (size_t r = 0; r < rows.size(); ++r) {
    std::string line;
    for (size_t i = 0; i < kColumns; ++i) {
      if (widths[i] == 0) continue;
      const std::string space(widths[i] - width_of(rows[r][i]), ' ');
      line += (line.empty() ? "" : "  ") + (kRight[i] ? space + rows[r][i] : rows[r][i] + space);
    }
    line.resize(line.find_last_not_of(' ') + 1);
    text += line + "\n";
    const size_t ruled = std::accumulate(widths.begin(), widths.end(), 2 * (kColumns - 1));
    if (r == 0 || r + totals + 1 == rows.size()) text += std::string(std::min<size_t>(ruled, 100), '-') + "\n";
  }
  return text;
}

std::string speeds_text(const Profile& profile) {
  std::string peaks, bandwidths;
  for (const MachineSpeed& speed : profile.speeds) {
    const bool peak = speed.name.ends_with("peak");
    std::string& into = peak ? peaks : bandwidths;
    into += into.empty() ? "" : ", ";
    into += fmt::format("{} {}{}", speed.name, amount(speed.a_second), peak ? "FLOP/s" : "B/s");
  }
  if (peaks.empty() || bandwidths.empty()) return peaks + bandwidths;
  return peaks + "; bandwidth " + bandwidths;
}

}  // namespace

std::string profile_text(const Profile& profile) {
  const TimeUnit unit = unit_of(profile.nanoseconds());
  std::vector<double> parts;
  for (const KernelProfile& kernel : profile.kernels) parts.push_back(kernel.nanoseconds);
  const bool team = profile.threads > 1;
  if (team) parts.push_back(profile.barriers);
  parts.push_back(profile.outside);
  const std::vector<int> shares = tenths(parts);
  std::vector<size_t> slowest_first(profile.kernels.size());
  std::iota(slowest_first.begin(), slowest_first.end(), size_t{0});
  std::stable_sort(slowest_first.begin(), slowest_first.end(), [&](size_t a, size_t b) { return parts[a] > parts[b]; });

  std::vector<Row> rows{{"#", "kernel", "calls", unit.name, "share", team ? "busy" : "", "FLOP", "bytes", "reaches",
                         "source", "schedule"}};
  int64_t calls = 0, flops = 0, bytes = 0;
  for (size_t i : slowest_first) {
    const KernelProfile& kernel = profile.kernels[i];
    rows.push_back({std::to_string(kernel.place), escape_for_terminal(kernel.name), std::to_string(kernel.calls),
                    in_unit(unit, kernel.nanoseconds), percent(shares[i]),
                    kernel.workers > 1 ? fmt::format("{:.0f} %", kernel.busy * 100) : "",
                    amount(static_cast<double>(kernel.work.flops())), amount(static_cast<double>(kernel.work.bytes())),
                    reached(kernel), places(kernel.origins), escape_for_terminal(kernel.schedule)});
    calls += kernel.calls;
    flops += kernel.work.flops();
    bytes += kernel.work.bytes();
  }
  auto total = [&](const char* name, const std::string& calls, double nanoseconds, int share, const std::string& flop,
                   const std::string& moved) {
    rows.push_back({"", name, calls, in_unit(unit, nanoseconds), percent(share), "", flop, moved, "", "", ""});
  };
  if (team) total("at barriers", "", profile.barriers, shares[shares.size() - 2], "", "");
  total("outside kernels", "", profile.outside, shares.back(), "", "");
  total("step", std::to_string(calls), profile.nanoseconds(), 1000, amount(static_cast<double>(flops)),
        amount(static_cast<double>(bytes)));
  const char* kind = profile.variant == "train" ? "A training" : "An evaluation";
  std::string text = fmt::format("{} step of {}: {} on {}{}, {} measured\n\n", kind,
                                 escape_for_terminal(profile.program), counted(profile.rows, "row"), profile.target,
                                 team ? ", " + counted(profile.threads, "thread") : "", counted(profile.steps, "step"));
  text += table(rows, team ? 3 : 2);
  text += fmt::format("\n#: the first call's place in the step. Without time stamps the step takes {} {}.\n",
                      in_unit(unit, profile.undisturbed), unit.name);
  if (team) {
    text +=
        "busy: of the time that the longest thread takes for the kernel, the part in which all work. At barriers: the "
        "first\nthread's, which alone runs the kernels without such a figure.\n";
  }
  if (const std::string speeds = speeds_text(profile); !speeds.empty())
    text += fmt::format("This machine, measured just now: {}.\n", speeds);
  return text;
}

std::string profile_json(const Profile& profile) {
  using Json = nlohmann::ordered_json;
  const double step = profile.nanoseconds();
  Json kernels = Json::array();
  for (const KernelProfile& kernel : profile.kernels) {
    Json sources = Json::array();
    for (const Origin& origin : kernel.origins) sources.push_back({{"file", origin.file}, {"line", origin.line}});
    Json each{{"kernel", kernel.name},
              {"place", kernel.place},
              {"calls", kernel.calls},
              {"nanoseconds", kernel.nanoseconds},
              {"share", step > 0 ? kernel.nanoseconds / step : 0},
              {"flops_f32", kernel.work.flops_f32},
              {"flops_f64", kernel.work.flops_f64},
              {"bytes_read", kernel.work.bytes_read},
              {"bytes_written", kernel.work.bytes_written},
              {"threads", kernel.workers},
              {"busy", kernel.busy}};
    each["bound"] = kernel.bound.empty() ? Json() : Json(kernel.bound);
    each["of_bound"] = kernel.bound.empty() ? Json() : Json(kernel.of_bound);
    each["schedule"] = kernel.schedule;
    each["sources"] = std::move(sources);
    kernels.push_back(std::move(each));
  }
  Json speeds = Json::object();
  for (const MachineSpeed& speed : profile.speeds) speeds[speed.name] = speed.a_second;
  Json json{{"program", profile.program},
            {"variant", profile.variant},
            {"target", profile.target},
            {"rows", profile.rows},
            {"steps", profile.steps},
            {"nanoseconds", step},
            {"threads", profile.threads},
            {"nanoseconds_at_barriers", profile.barriers},
            {"nanoseconds_outside", profile.outside},
            {"nanoseconds_without_stamps", profile.undisturbed}};
  json["a_second"] = std::move(speeds);
  json["kernels"] = std::move(kernels);
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace nnc
