// The epochs of a run, as they are kept and as `NAME.history.csv` holds them beside the weights.
#pragma once

#include <string>
#include <vector>

#include "runtime/train/epoch_report.h"

namespace nnc {

/// At most 10 000 epochs, evenly: every one at first; when they grow too many every second is dropped and only every
/// second is kept from then on. The first epoch and the last one added are always among them, whenever the run ends.
class History {
 public:
  static constexpr size_t kRows = 10'000;

  /// Whether an epoch (from 1) stays if it is not the last one.
  bool wants(int64_t epoch) const { return (epoch - 1) % stride_ == 0; }
  /// Adds the next epoch; it replaces the last one if that stood there only for being the last.
  void add(EpochReport report);
  const std::vector<EpochReport>& rows() const { return rows_; }
  /// Marks the epoch whose weights are put back; it stays whatever it is.
  void restore(EpochReport report);
  std::vector<EpochReport> take() { return std::move(rows_); }

 private:
  std::vector<EpochReport> rows_;
  int64_t stride_ = 1;
};

/// "models/xor.history.csv" of "models/xor.safetensors".
std::string history_file(const std::string& weights_file);

/// The file's text: `epoch`, `train.loss` and the metrics of train and valid as "train.NAME" and "valid.NAME",
/// `seconds` since the start; where weights were put back also `restored`, 1 for the epoch that they are of, else 0. A
/// value that an epoch lacks is an empty field; numbers have the digits that give their bits back.
std::string history_csv(const std::vector<EpochReport>& rows);

/// Writes it at once or not at all; returns "", or the warning to print where the file cannot be written.
std::string write_history(const std::string& path, const std::vector<EpochReport>& rows);

}  // namespace nnc
