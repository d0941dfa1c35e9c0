// Data declarations: sources, splits, tables and the fields' types.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "frontend/program/program_elaborator.h"
#include "frontend/program/source_kinds.h"
#include "frontend/syntax/names.h"
#include "frontend/syntax/vocabulary.h"
#include "frontend/syntax/walk.h"

namespace nnc {

using ast::Expr;
using ast::ExprKind;

const DataField* DataDeclaration::field(const std::string& name) const {
  for (const DataField& field : fields) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

const RawSource* DataDeclaration::source(const std::string& name) const {
  for (const RawSource& source : info.sources) {
    if (source.name == name) return &source;
  }
  return nullptr;
}

const DataDeclaration* CheckedProgram::find_data(const std::string& name) const {
  for (const DataDeclaration& declaration : data) {
    if (declaration.info.name == name) return &declaration;
  }
  return nullptr;
}

namespace {

struct DataCheck {
  CheckedProgram& program;
  Elaborator& elaborator;
  DataDeclaration& data;
  const ast::Item& item;

  [[noreturn]] void fail(Code code, Range range, const std::string& message, const std::string& help = "") {
    elaborator.fail(code, range, message, help);
  }

  void run() {
    data.item = &item;
    data.info.name = item.name.text;
    data.info.origin = program.source->origin(item.name.range.begin);
    if (item.imported) {
      const std::string& file = data.info.origin.file;
      const size_t slash = file.rfind('/');
      data.info.folder = slash == std::string::npos ? "." : file.substr(0, slash);
    }
    data.wrong_source = true;
    source(*item.value);
    data.wrong_source = false;
    if (item.entries.empty())
      fail("E0601", item.name.range, fmt::format("the data '{}' has no fields", item.name.text));
    for (const ast::Entry& entry : item.entries) {
      try {
        field(entry);
      } catch (const Abandoned&) {
        continue;
      }
    }
  }

  void source(const Expr& expr) {
    const Expr& head = expr.kind == ExprKind::call ? *expr.operands[0] : expr;
    std::string word = head.kind == ExprKind::name ? head.text : "";
    if (word == "table" && expr.kind == ExprKind::name) return;
    if (word == "table") fail("E0603", expr.range, "a table takes no arguments: its rows are its fields", "table");
    const SourceKind* kind = find_source_kind(word);
    if (kind == nullptr) refuse_source(expr, head, word);
    data.info.kind = word;
    for (const ast::Argument& argument : expr.arguments) {
      refuse_twice(expr, argument);
      if (argument.name.empty()) {
        Item path = elaborator.eval(*argument.value);
        if (path.as<Text>() == nullptr) fail("E0603", argument.value->range, "the path of the data is a string");
        data.info.files.push_back({std::string(kind->lone), path.as<Text>()->text});
      } else if (kind->parts.empty() && argument.name.text == "split") {
        split(*argument.value);
      } else if (kind->parts.empty() && argument.name.text == "seed") {
        Number seed = elaborator.number_of(*argument.value);
        if (!seed.known || *seed.known < 0 || *seed.known != std::floor(*seed.known)) {
          fail("E0604", argument.value->range, "a seed is a whole number from 0");
        }
        data.info.split_seed = static_cast<uint64_t>(*seed.known);
      } else if (kind->take == nullptr || !kind->take(elaborator, argument, data.info)) {
        kind->refuse(elaborator, expr, argument);
      }
    }
    if (kind->check != nullptr) kind->check(elaborator, expr, data.info);
    for (const DataFile& file : data.info.files) {
      if (file.path.empty()) data.info.files.clear();
    }
    if (data.info.files.empty()) fail("E0603", expr.range, fmt::format("'{}' needs a path: {}", word, kind->form));
  }

  [[noreturn]] void refuse_source(const Expr& expr, const Expr& head, const std::string& word) {
    std::vector<std::string> words, forms;
    for (const SourceKind& kind : source_kinds()) {
      words.emplace_back(kind.word);
      forms.emplace_back(kind.form);
    }
    if (word == "images") {
      fail("E0210", head.range, fmt::format("the source '{}' is reserved and not there yet", word),
           joined(words, " or "));
    }
    std::string near = nearest(word, words);
    fail("E0603", near.empty() ? expr.range : head.range, "a source is " + joined(forms, " or "),
         near.empty() ? "" : fmt::format("did you mean '{}'?", near));
  }

  /// "a, b or c"
  static std::string joined(const std::vector<std::string>& words, std::string_view before_last) {
    std::string text;
    for (size_t i = 0; i < words.size(); ++i) {
      text += i == 0 ? "" : i + 1 == words.size() ? before_last : ", ";
      text += words[i];
    }
    return text;
  }

  void refuse_twice(const Expr& expr, const ast::Argument& argument) {
    for (const ast::Argument& before : expr.arguments) {
      if (&before == &argument) return;
      if (before.name.text != argument.name.text) continue;
      if (argument.name.empty()) {
        const Expr& value = *argument.value;
        const bool separates = value.kind == ExprKind::string && value.text.size() == 1;
        fail("E0603", value.range, "a source reads one path",
             separates ? "separator: " + separator_text(value.text[0]) : "");
      }
      fail("E0325", argument.name.range, fmt::format("'{}' is given twice", argument.name.text));
    }
  }

  void split(const Expr& expr) {
    if (expr.kind != ExprKind::record) fail("E0604", expr.range, "a split is a record: {train: 0.8, valid: 0.2}");
    double sum = 0;
    for (const ast::Argument& part : expr.arguments) {
      const std::string& name = part.name.text;
      if (name != "train" && name != "valid" && name != "test") {
        fail("E0604", part.name.range, fmt::format("a split has the parts train, valid and test, not '{}'", name),
             meaning_of(WordPlace::split, name, {"train", "valid", "test"}).help());
      }
      for (const auto& [other, share] : data.info.split) {
        if (other == name) fail("E0604", part.name.range, fmt::format("'{}' is given twice", name));
      }
      Number share = elaborator.number_of(*part.value);
      if (!share.known || !(*share.known >= 0 && *share.known <= 1))
        fail("E0604", part.value->range, "a share lies in 0..1");
      if (name == "train" && *share.known == 0) fail("E0604", part.value->range, "no row is left to train on");
      data.info.split.emplace_back(name, *share.known);
      sum += *share.known;
    }
    if (std::fabs(sum - 1) > 1e-9) fail("E0604", expr.range, fmt::format("the shares add up to {:.6g}, not 1", sum));
    if (data.info.split.empty() || std::none_of(data.info.split.begin(), data.info.split.end(),
                                                [](const auto& part) { return part.first == "train"; })) {
      fail("E0604", expr.range, "the split has no part 'train'");
    }
  }

  void field(const ast::Entry& entry) {
    if (const DataField* twice = data.field(entry.name.text)) {
      elaborator.report("E0307", entry.name.range, fmt::format("the field '{}' is declared twice", entry.name.text))
          .note(twice->entry->name.range, "first declared here");
      throw Abandoned{};
    }
    DataField field;
    field.name = entry.name.text;
    field.entry = &entry;
    Frame frame;
    frame.source = program.source;
    for (const ast::AxisExpr& axis : entry.type->axes) {
      if (axis.size && axis.size->kind == ExprKind::name) undecided(*axis.size, frame);
    }
    for (const ast::BaseExpr& base : entry.type->bases) {
      if (base.classes && base.classes->kind == ExprKind::name) counted(*base.classes, frame);
    }
    {
      Enter enter(elaborator, frame);
      field.type = elaborator.type(*entry.type);
      if (field.type.is(Base::label) && field.type.classes.number() == 0) {
        fail("E0320", entry.type->range, "class(0) has no class");
      }
      Axes of_rows = field.type.axes;
      of_rows.insert(of_rows.begin(), {Size::symbol("B"), "B", false});
      elaborator.require_limits(of_rows, entry.type->range);
    }
    if (kind_of(data.info).rows_are_fields)
      table(field, entry);
    else
      sources(*entry.value, field, field.type.is(Base::label));
    if (field.sources.empty()) {
      if (auto [misspelt, near] = misspelt_source(*entry.value); misspelt != nullptr) {
        fail("E0601", misspelt->range, fmt::format("the field '{}' reads nothing of the source", field.name),
             fmt::format("did you mean '{}'?", near));
      }
      fail("E0601", entry.value->range, fmt::format("the field '{}' reads nothing of the source", field.name),
           what_is_there());
    }
    field.direct = kind_of(data.info).rows_are_fields || is_source(*entry.value);
    if (field.direct) take_whole(field);
    field.scaling_only = field.sources.size() == 1 && scaling(*entry.value);
    data.info.fields.push_back(field.name);
    data.info.field_origins[field.name] = program.source->origin(entry.name.range.begin);
    data.fields.push_back(std::move(field));
  }

  /// What a field may read.
  std::string what_is_there() const {
    if (kind_of(data.info).has_columns) return "column(\"name\") or columns(\"first\"..\"last\")";
    std::vector<std::string> names = array_names(data.info);
    for (std::string& name : names) name = fmt::format("'{}'", name);
    return fmt::format("{} {} what {} gives", joined(names, " and "), names.size() == 1 ? "is" : "are", data.info.kind);
  }

  bool is_array(const std::string& name) const {
    const std::vector<std::string> names = array_names(data.info);
    return std::find(names.begin(), names.end(), name) != names.end();
  }

  /// `column(…)`, `columns(…)`, `image`, `label`: the raw source and nothing else.
  bool is_source(const Expr& expr) const {
    if (!kind_of(data.info).has_columns) return expr.kind == ExprKind::name;
    bool call = expr.kind == ExprKind::call && expr.operands[0]->kind == ExprKind::name;
    return call && (expr.operands[0]->text == "column" || expr.operands[0]->text == "columns");
  }

  /// A field of whole numbers asks of its source that they are; u8 asks more than i32.
  void take_whole(const DataField& field) {
    if (!field.type.is(Base::i32) && !field.type.is(Base::u8)) return;
    for (RawSource& source : data.info.sources) {
      if (source.name != field.sources[0] || source.whole == Element::u8) continue;
      source.whole = field.type.is(Base::u8) ? Element::u8 : Element::i32;
    }
  }

  /// A name of the expression that probably is a word for a source, and that word; null where there is none.
  std::pair<const Expr*, std::string> misspelt_source(const Expr& expr) const {
    std::vector<std::string> words = array_names(data.info);
    if (kind_of(data.info).has_columns) words = {"column", "columns"};
    std::pair<const Expr*, std::string> found{nullptr, ""};
    for_each_name(&expr, [&](const Expr& name) {
      if (found.first != nullptr) return;
      if (std::string near = nearest(name.text, words); !near.empty()) found = {&name, near};
    });
    return found;
  }

  /// A capital that names no option is a size that the data decides, and so is what the source calls its own.
  void undecided(const Expr& name, Frame& frame) {
    if (!name.text.empty() && name.text == kind_of(data.info).size) return decided_by_data(name, frame);
    if (name.text.empty() || name.text[0] < 'A' || name.text[0] > 'Z' || elaborator.look_up(name.text)) return;
    elaborator.refuse_nothing(name, "",
                              "a field's type is that of one row, without an axis of rows; a size that the data "
                              "decides has a name, such as F");
    decided_by_data(name, frame);
  }

  /// The number of classes: of a source that counts them itself it has that source's name for it.
  void counted(const Expr& name, Frame& frame) {
    const std::string_view own = kind_of(data.info).size;
    if (own.empty()) return undecided(name, frame);
    if (name.text == own) return decided_by_data(name, frame);
    if (elaborator.look_up(name.text)) return;
    fail("E0302", name.range, fmt::format("there is no '{}' here", name.text),
         fmt::format("'{}' is how many classes {} finds: class({})", own, data.info.kind, own));
  }

  void decided_by_data(const Expr& name, Frame& frame) {
    frame.axes[name.text] = {{Size::symbol(data.info.name + "." + name.text), name.text, false}};
    if (std::find(data.sizes.begin(), data.sizes.end(), name.text) == data.sizes.end()) data.sizes.push_back(name.text);
  }

  bool scaling(const Expr& expr) const {
    switch (expr.kind) {
      case ExprKind::number:
      case ExprKind::name: return true;
      case ExprKind::negate: return scaling(*expr.operands[0]);
      case ExprKind::chain:
        return std::all_of(expr.operands.begin(), expr.operands.end(),
                           [&](const auto& operand) { return scaling(*operand); });
      default: return false;
    }
  }

  RawSource& add_source(RawSource source, DataField& field, Range range) {
    if (std::find(field.sources.begin(), field.sources.end(), source.name) == field.sources.end())
      field.sources.push_back(source.name);
    for (RawSource& known : data.info.sources) {
      if (known.name == source.name) {
        known.is_class = known.is_class || source.is_class;
        if (!known.classes) known.classes = source.classes;
        return known;
      }
    }
    source.origin = program.source->origin(range.begin);
    data.info.sources.push_back(std::move(source));
    return data.info.sources.back();
  }

  std::optional<int64_t> declared_classes(const DataField& field, bool direct) const {
    return direct ? field.type.classes.number() : std::nullopt;
  }

  /// Raw sources in order of appearance. `direct`: this value is the field's class itself.
  void sources(const Expr& expr, DataField& field, bool direct) {
    if (expr.kind == ExprKind::name && is_array(expr.text)) {
      RawSource source;
      source.name = expr.text;
      source.is_class = direct || kind_of(data.info).windows;
      source.classes = declared_classes(field, direct);
      add_source(source, field, expr.range);
      return;
    }
    bool call = expr.kind == ExprKind::call && expr.operands[0]->kind == ExprKind::name;
    std::string word = call ? expr.operands[0]->text : "";
    if (word == "column" || word == "columns") {
      if (!kind_of(data.info).has_columns) fail("E0603", expr.range, fmt::format("'{}' reads a csv", word));
      add_source(raw_columns(expr, direct, field), field, expr.range);
      return;
    }
    auto takes_class = [](const Expr& part) {
      const Builtin* builtin = part.kind == ExprKind::name ? find_builtin(part.text) : nullptr;
      return builtin != nullptr && builtin->takes_class;
    };
    const bool given = call && takes_class(*expr.operands[0]);
    const bool piped = expr.kind == ExprKind::chain && expr.operators[0].text == "|>" && takes_class(*expr.operands[1]);
    for_each_part(expr,
                  [&](const Expr& part) { sources(part, field, given || (piped && &part == expr.operands[0].get())); });
  }

  RawSource raw_columns(const Expr& expr, bool direct, const DataField& field) {
    RawSource source;
    source.is_class = direct;
    source.classes = field.type.is(Base::label) ? declared_classes(field, direct) : std::nullopt;
    if (expr.arguments.empty()) fail("E0324", expr.range, "which column? column(\"name\")");
    for (const ast::Argument& argument : expr.arguments) {
      const Expr& value = *argument.value;
      std::vector<std::optional<std::string>> names;
      bool range = value.kind == ExprKind::range && expr.arguments.size() == 1;
      for (const auto& end : value.operands) {
        if (range) names.push_back(column_name(elaborator, *end));
      }
      if (!range) names.push_back(column_name(elaborator, value));
      source.is_range = range;
      for (const auto& name : names) {
        if (!name) {
          fail("E0603", value.range, "a column is named by a string", "column(\"name\"), columns(\"first\"..\"last\")");
        }
        source.columns.push_back(*name);
      }
    }
    if (expr.operands[0]->text == "column" && (source.is_range || source.columns.size() != 1)) {
      fail("E0603", expr.range, "'column' reads one column", "columns(…) reads several");
    }
    for (const std::string& column : source.columns)
      source.name += (source.name.empty() ? "" : source.is_range ? ".." : ",") + column;
    return source;
  }

  void table(DataField& field, const ast::Entry& entry) {
    RawSource source;
    source.name = field.name;
    source.is_class = field.type.is(Base::label);
    source.classes = declared_classes(field, source.is_class);
    add_source(source, field, entry.name.range);
    if (entry.value->kind != ExprKind::list)
      fail("E0605", entry.value->range, "a table's field is a list of rows: [[0, 1], [1, 0]]");
    std::vector<std::vector<double>>& rows = data.info.table[field.name];
    for (const auto& row : entry.value->operands) {
      std::vector<double> values;
      std::vector<Size> shape;
      flatten(*row, values, shape, 0);
      Axes axes;
      for (const Size& size : shape) axes.push_back({size, "", false});
      if (axes != field.type.axes && product(axes) != product(field.type.axes)) {
        fail("E0606", row->range,
             fmt::format("a row of '{}' is declared as {}, and this one has {} {}", field.name, to_string(field.type),
                         values.size(), values.size() == 1 ? "number" : "numbers"));
      }
      if (values.empty()) fail("E0606", row->range, fmt::format("a row of '{}' without a number", field.name));
      if (field.type.is(Base::label)) {
        for (double value : values) {
          std::optional<int64_t> classes = field.type.classes.number();
          bool valid = value >= 0 && value == std::floor(value) && (!classes || value < static_cast<double>(*classes));
          if (valid) continue;
          fail("E0606", row->range, fmt::format("{} is no class of {}", value, to_string(field.type)),
               "classes are whole numbers that count from 0");
        }
      }
      bool byte = field.type.is(Base::u8);
      for (double value : values) {
        bool whole = value == std::floor(value) && value >= (byte ? 0 : INT32_MIN) && value <= (byte ? 255 : INT32_MAX);
        if (whole || !(byte || field.type.is(Base::i32))) continue;
        fail("E0606", row->range, fmt::format("{} is no number of {}", value, to_string(field.type)),
             byte ? "u8 holds whole numbers from 0 to 255" : "i32 holds whole numbers; f32 holds any");
      }
      rows.push_back(std::move(values));
    }
    if (rows.empty()) fail("E0605", entry.value->range, "the table has no rows");
    const auto& first = *data.info.table.begin();
    const std::vector<std::vector<double>>& other =
        data.fields.empty() ? rows : data.info.table.at(data.fields[0].name);
    if (other.size() != rows.size()) {
      fail("E0606", entry.value->range,
           fmt::format("'{}' has {} rows, '{}' has {}", field.name, rows.size(),
                       data.fields.empty() ? first.first : data.fields[0].name, other.size()));
    }
  }

  void flatten(const Expr& expr, std::vector<double>& values, std::vector<Size>& shape, size_t depth) {
    if (expr.kind == ExprKind::tuple) {
      fail("E0605", expr.range, "a row of a table is a list",
           fmt::format("[{}]", elaborator.slice({expr.range.begin + 1, expr.range.end - 1})));
    }
    if (expr.kind != ExprKind::list) {
      Number value = elaborator.number_of(expr);
      if (!value.known) fail("E0605", expr.range, "a table holds numbers");
      values.push_back(*value.known);
      return;
    }
    auto count = static_cast<int64_t>(expr.operands.size());
    if (shape.size() <= depth)
      shape.emplace_back(count);
    else if (shape[depth] != Size(count))
      fail("E0606", expr.range, "the rows of a table have one shape");
    for (const auto& operand : expr.operands) flatten(*operand, values, shape, depth + 1);
  }
};

}  // namespace

void check_data(CheckedProgram& program, Diagnostics& diagnostics) {
  OptionScope scope(program, diagnostics);
  for (const ast::Item& item : program.file.items) {
    if (item.kind != ast::ItemKind::data) continue;
    DataDeclaration declaration;
    try {
      DataCheck{program, scope.elaborator, declaration, item}.run();
    } catch (const Abandoned&) {
    } catch (const Refusal& refusal) {
      diagnostics.error(refusal.code, item.value->range, refusal.message);
    }
    for (const std::string& size : declaration.sizes) {
      program.unchecked.push_back(fmt::format("{}.{}: the data decides this size", declaration.info.name, size));
    }
    program.data.push_back(std::move(declaration));
  }
}

}  // namespace nnc
