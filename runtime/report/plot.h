// Pictures of histories: what files hold, as a script for gnuplot, as SVG or as characters for a terminal.
#pragma once

#include <string>
#include <vector>

namespace nnc {

/// A column of one file over its epochs (or steps, of a --log file).
struct PlotSeries {
  std::string column;        ///< "valid.loss"
  std::string title;         ///< "xor.seed7 valid.loss", or "valid.loss" where there is one run
  size_t run = 0;            ///< which file
  std::vector<double> x, y;  ///< y is NaN where the file has no number
};

/// What one set of axes shows: every run's and split's column of one name.
struct PlotPanel {
  std::string name;  ///< "loss"
  std::vector<PlotSeries> series;
};

struct Plot {
  std::string x_name;  ///< "epoch" or "step"
  std::vector<PlotPanel> panels;
  std::vector<std::string> other_columns;  ///< that could have been drawn: "accuracy", "mae"
};

/// Reads the files (CSV with a column `epoch` or `step`) and takes the columns asked for: a whole name ("valid.loss")
/// or its last word ("loss"), which takes those of every split; none asked for: "loss". A file that is no history, or a
/// column that no file has, is an error (exit 1) that lists what there is.
Plot read_plot(const std::vector<std::string>& files, const std::vector<std::string>& columns);

struct PlotStyle {
  bool svg = false;
  bool logarithmic = false;     ///< the vertical axis
  int width = 79, height = 24;  ///< of a terminal, in characters, for each panel
  bool colours = false;         ///< in the terminal
};

/// The script: data as here-documents, every name escaped, nothing of the user's ever read as a command.
std::string plot_script(const Plot& plot, const PlotStyle& style);

/// Runs gnuplot on the script and returns the picture. Not installed or failing: a Failure (exit 3) that says what to
/// do.
std::string draw(const Plot& plot, const PlotStyle& style);

}  // namespace nnc
