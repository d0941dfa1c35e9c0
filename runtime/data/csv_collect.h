// How the values of one requested column are kept while a CSV file is read: in blocks, so that nothing is copied while
// it grows, joined to one piece at the end, block by block.
#pragma once

#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "runtime/data/csv.h"

namespace nnc {

/// Values in blocks of constant size. `join` moves them into a column, releasing each block once it is copied.
template <typename T>
class Blocks {
 public:
  void push(T value) {
    if (left_ == 0) {
      left_ = kBlock;
      blocks_.emplace_back().reserve(kBlock);
    }
    blocks_.back().push_back(value);
    --left_;
  }
  void join(std::span<T> into) {
    size_t at = 0;
    for (std::vector<T>& block : blocks_) {
      std::copy(block.begin(), block.end(), into.begin() + static_cast<std::ptrdiff_t>(at));
      at += block.size();
      std::vector<T>().swap(block);  // gives its memory back
    }
    blocks_.clear();
  }

 private:
  static constexpr size_t kBlock = 16384;
  std::vector<std::vector<T>> blocks_;
  size_t left_ = 0;
};

class CsvCollector {
 public:
  CsvCollector(const CsvRequest& request, const CsvFormat& format, const CsvLimits& limits);

  /// Takes this column's fields from the scanner's current record; the header's names are for messages.
  void add_row(const CsvScanner& scanner, const std::vector<std::string>& header);
  Column finish(int64_t rows);

 private:
  double number(const CsvScanner& scanner, size_t field, const std::vector<std::string>& header);
  void require_whole(double value, const CsvScanner& scanner, size_t field,
                     const std::vector<std::string>& header) const;
  int32_t word(const CsvScanner& scanner, size_t field);

  CsvRequest request_;
  CsvFormat format_;
  CsvLimits limits_;
  std::vector<size_t> fields_;  ///< of a record, in the order wanted
  std::variant<Blocks<double>, Blocks<float>, Blocks<int32_t>> blocks_;
  std::unordered_map<std::string, int32_t> numbers_of_words_;
  std::vector<std::string> words_;
  std::string scratch_;
};

}  // namespace nnc
