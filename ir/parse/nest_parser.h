// Reading the text of loop nests. One class; its parts lie in parse_nests.cpp (program, buffers, stages),
// parse_nest_kernel.cpp (parameters, registers, statements) and parse_nest_exprs.cpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ir/nest/nest_program.h"
#include "ir/parse/text_reader.h"

namespace nnc {

class NestParser {
 public:
  NestParser(std::string_view text, const std::string& name) : reader_(text, name) {}
  NestProgram parse();

 private:
  /// An expression as written: what it is, and where constants still lack a type.
  struct Written {
    Expr expr;
    std::vector<size_t> operands;  ///< in written_
    std::optional<size_t> when;    ///< the condition of a load
    bool untyped = false;          ///< a bare number
    bool infers = true;            ///< its type follows from itself
    int depth = 0;
    uint32_t begin = 0;
  };

  // program
  void header();
  void buffer();
  std::vector<Stage> stages(int depth);
  Call call();
  std::string known_name(const char* what, const std::unordered_map<std::string, uint32_t>& names, uint32_t& id);

  // kernel
  void kernel();
  Parameter parameter();
  void details();
  void origin();
  void loop_names();
  void reg();
  Block block(int depth);
  Loop loop(LoopKind kind, int depth);
  LoopBound bound();
  void definition();
  Statement store();
  Statement assign();

  // shared by kernel and program
  int64_t small(std::string_view what, int64_t least, int64_t most);
  int64_t limited();  ///< a whole number within ±2^36
  std::vector<int64_t> integers();
  std::vector<int64_t> strides(const Shape& shape);
  NestType nest_type();
  Affine affine();
  void affine_term(int64_t sign, Affine& into);
  std::pair<Place, int> place(std::optional<size_t>& when);
  RegisterRef register_reference();

  // expressions
  size_t expression(int level = 0);
  size_t primary();
  size_t named(const std::string& word, uint32_t begin);
  size_t call_of(const std::string& word, uint32_t begin);
  size_t write(Written written);
  std::optional<NestType> typed_word(const std::string& word) const;
  ExprId resolve(size_t written, std::optional<NestType> expected);
  ExprId resolve_apply(const Written& written, std::optional<NestType> expected);
  std::optional<ExprId> resolve_condition(const std::optional<size_t>& when, int lanes);

  TextReader reader_;
  NestProgram program_;
  Kernel kernel_;
  std::unordered_map<std::string, uint32_t> buffers_, kernels_, parameters_, registers_, loops_;
  std::vector<bool> loop_used_;
  bool loops_listed_ = false;
  std::unordered_map<int64_t, ExprId> definitions_;  ///< "%1", until the statement that they stand before
  std::vector<Written> written_;                     ///< of the statement being read
  int nesting_ = 0;
};

}  // namespace nnc
