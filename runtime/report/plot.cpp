#include "runtime/report/plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <set>

#include "runtime/data/csv.h"
#include "runtime/data/number_text.h"
#include "runtime/explain/run_program.h"
#include "support/diagnostics.h"
#include "support/error.h"

namespace nnc {

namespace {

struct Run {
  std::string title;
  std::vector<std::string> names;
  std::vector<std::vector<double>> columns;  ///< by name, NaN where a field holds no number

  const std::vector<double>* find(const std::string& name) const {
    auto found = std::find(names.begin(), names.end(), name);
    return found == names.end() ? nullptr : &columns[static_cast<size_t>(found - names.begin())];
  }
};

Run read_run(const std::string& file) {
  CsvReader reader = file == "-" ? CsvReader(InputFile::standard_input()) : CsvReader(file);
  Run run;
  run.names = reader.header();
  if (!reader.find("epoch") && !reader.find("step")) {
    throw file_failure(
        file == "-" ? "<stdin>" : file,
        fmt::format("no history: none of its columns is 'epoch' or 'step'; they are {}", listed(reader.header(), 8)),
        "'nnc train' writes NAME.history.csv beside the weights");
  }
  run.columns.resize(run.names.size());
  std::string scratch;
  reader.each_row([&](std::span<const CsvField> fields, const CsvScanner& scanner) {
    for (size_t i = 0; i < fields.size(); ++i) {
      std::string_view text = fields[i].unquoted(scratch);
      ParsedNumber number = parse_number(text);
      bool missing = number.fault == NumberFault::empty || number.fault == NumberFault::not_finite;
      if (number.fault != NumberFault::none && !missing) {
        throw text_failure(scanner.place(i), complain(text, number.fault).message, complain(text, number.fault).help);
      }
      run.columns[i].push_back(missing ? std::numeric_limits<double>::quiet_NaN() : number.value);
    }
  });
  return run;
}

/// Short names where they tell the files apart, else the paths.
void name_runs(std::vector<Run>& runs, const std::vector<std::string>& files) {
  std::set<std::string> names;
  for (size_t i = 0; i < runs.size(); ++i) {
    std::string name = std::filesystem::path(files[i]).filename().string();
    for (std::string_view ending : {".csv", ".history"}) {
      if (name.ends_with(ending)) name.resize(name.size() - ending.size());
    }
    runs[i].title = name;
    names.insert(name);
  }
  if (names.size() == runs.size()) return;
  for (size_t i = 0; i < runs.size(); ++i) runs[i].title = files[i];
}

std::string last_word(const std::string& column) {
  size_t dot = column.find('.');
  return dot == std::string::npos ? column : column.substr(dot + 1);
}

bool is_measure(const std::string& column) {
  return column != "epoch" && column != "step" && column != "seconds" && column != "restored";
}

PlotPanel panel_of(const std::string& wanted, const std::vector<Run>& runs, const std::string& x_name) {
  PlotPanel panel{wanted, {}};
  for (size_t r = 0; r < runs.size(); ++r) {
    for (const std::string& column : runs[r].names) {
      if (column != wanted && (last_word(column) != wanted || !is_measure(column))) continue;
      std::string title = runs.size() == 1 ? column : runs[r].title + " " + column;
      panel.series.push_back({column, title, r, *runs[r].find(x_name), *runs[r].find(column)});
    }
  }
  return panel;
}

/// A name as gnuplot's single-quoted string, in which nothing is special but the quote itself.
std::string quoted(const std::string& text) {
  std::string result = "'";
  for (char character : escape_for_terminal(text)) result += character == '\'' ? "''" : std::string(1, character);
  return result + "'";
}

std::string data_block(const PlotSeries& series, const std::string& name) {
  std::string text = "$" + name + " << END_OF_DATA\n";
  for (size_t i = 0; i < series.x.size(); ++i) {
    text += std::isfinite(series.y[i]) ? fmt::format("{} {}\n", series.x[i], series.y[i])
                                       : fmt::format("{} NaN\n", series.x[i]);
  }
  return text + "END_OF_DATA\n";
}

std::string terminal(const Plot& plot, const PlotStyle& style) {
  if (style.svg) {
    return fmt::format(
        "set terminal svg size 800,{} dynamic noenhanced background 'white' font 'sans-serif,14'\n"
        "set multiplot layout {},1\nset grid\n",
        60 + 400 * plot.panels.size(), plot.panels.size());
  }
  return fmt::format("set terminal dumb size {},{} noenhanced {}\n", style.width, style.height,
                     style.colours ? "ansi" : "mono");
}

/// Without the blanks and blank lines that gnuplot puts around a picture of characters.
std::string trimmed(const std::string& picture) {
  std::string text, line;
  for (char character : picture) {
    if (character == '\f') continue;
    if (character != '\n') {
      line += character;
      continue;
    }
    line.resize(line.find_last_not_of(' ') + 1);
    if (!text.empty() || !line.empty()) text += line + "\n";
    line.clear();
  }
  text.resize(text.find_last_not_of('\n') + 1);
  return text + "\n";
}

std::string look(const PlotSeries& series, size_t index, size_t runs, const PlotStyle& style) {
  std::string how = series.x.size() == 1 ? "points" : "lines";
  if (!style.svg) return fmt::format("with {} lt {}", how, index + 1);
  bool valid = series.column.starts_with("valid.");
  if (runs == 1) return fmt::format("with {} lt {} lw 2", how, index + 1);
  // Several runs: a colour each, the validation dashed.
  return fmt::format("with {} lt {} lw 2{}", how, series.run + 1, valid && how == "lines" ? " dt 2" : "");
}

}  // namespace

Plot read_plot(const std::vector<std::string>& files, const std::vector<std::string>& columns) {
  std::vector<Run> runs;
  for (const std::string& file : files) runs.push_back(read_run(file));
  name_runs(runs, files);
  Plot plot;
  bool steps = std::all_of(runs.begin(), runs.end(), [](const Run& run) { return run.find("step") != nullptr; });
  plot.x_name = steps ? "step" : "epoch";
  for (size_t i = 0; i < runs.size(); ++i) {
    if (runs[i].find(plot.x_name) != nullptr) continue;
    throw file_failure(files[i], "it counts steps where other files count epochs: these make no one picture");
  }
  std::vector<std::string> known;
  for (const Run& run : runs) {
    for (const std::string& column : run.names) {
      if (!is_measure(column)) continue;
      for (const std::string& name : {last_word(column), column}) {
        if (std::find(known.begin(), known.end(), name) == known.end()) known.push_back(name);
      }
    }
  }
  std::vector<std::string> wanted = columns;
  if (wanted.empty()) wanted.emplace_back("loss");
  for (const std::string& name : wanted) {
    plot.panels.push_back(panel_of(name, runs, plot.x_name));
    if (!plot.panels.back().series.empty()) continue;
    std::string near = nearest(name, known);
    throw file_failure(files.front(), fmt::format("no column {}; the columns are {}", in_quotes(name), listed(known)),
                       near.empty() ? "" : fmt::format("did you mean {}?", in_quotes(near)));
  }
  for (const std::string& name : known) {
    bool is_drawn = std::any_of(wanted.begin(), wanted.end(),
                                [&](const std::string& drawn) { return last_word(drawn) == last_word(name); });
    if (!is_drawn && name == last_word(name)) plot.other_columns.push_back(name);
  }
  return plot;
}

std::string plot_script(const Plot& plot, const PlotStyle& style) {
  size_t runs = 0;
  std::string text = "set encoding utf8\nset datafile missing 'NaN'\n" + terminal(plot, style);
  if (style.logarithmic) text += "set logscale y\n";
  text += fmt::format("set format y '%g'\nset xlabel '{}'\nset key {}\n", plot.x_name,
                      style.svg ? "outside below" : "outside bottom center");
  int block = 0;
  for (const PlotPanel& panel : plot.panels) {
    for (const PlotSeries& series : panel.series) {
      text += data_block(series, fmt::format("data{}", block++));
      runs = std::max(runs, series.run + 1);
    }
  }
  block = 0;
  for (const PlotPanel& panel : plot.panels) {
    text += "set title " + quoted(panel.name) + "\nplot ";
    for (size_t i = 0; i < panel.series.size(); ++i) {
      text += fmt::format("{}$data{} using 1:2 title {} {}", i == 0 ? "" : ", ", block++, quoted(panel.series[i].title),
                          look(panel.series[i], i, runs, style));
    }
    text += '\n';
  }
  return text + (style.svg ? "unset multiplot\n" : "");
}

std::string draw(const Plot& plot, const PlotStyle& style) {
  // -d: no start-up files of the user's, which could draw elsewhere.
  ProgramResult result = run_program({"gnuplot", "-d", "-"}, plot_script(plot, style));
  if (!result.found) {
    throw Failure(ExitCode::system_refused,
                  "nnc: error: pictures are drawn by gnuplot, which is not installed\n"
                  " help: install the package gnuplot-nox (Debian, Ubuntu: apt install gnuplot-nox)");
  }
  if (result.status != 0 || result.output.empty()) {
    throw Failure(ExitCode::system_refused, fmt::format("nnc: error: gnuplot ended with {} and said: {}", result.status,
                                                        escape_for_terminal(result.errors.substr(0, 500))));
  }
  return style.svg ? result.output : trimmed(result.output);
}

}  // namespace nnc
