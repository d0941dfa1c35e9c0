// Each edge runs through a small node of its own that holds its value, a line, and its gradient, so that the layout
// leaves room for both and nothing is written over anything else.
#include "runtime/explain/picture.h"

#include <fmt/format.h>
#include <graphviz/cgraph.h>
#include <graphviz/gvc.h>

#include <algorithm>
#include <array>
#include <memory>

#include "runtime/io/literal.h"
#include "support/error.h"

// What Graphviz' two plugin libraries export; it has no header for them.
extern "C" {
extern gvplugin_library_t gvplugin_dot_layout_LTX_library;
extern gvplugin_library_t gvplugin_core_LTX_library;
}

namespace nnc {

namespace {

constexpr const char* kValueColour = "#1b7f3b";
constexpr const char* kGradientColour = "#b3261e";
constexpr const char* kLineColour = "#5f6b7a";
/// Its letters are all 0.6 em wide, as those of nearly every monospaced font, so that text fits whatever font draws it.
constexpr const char* kMeasuredFont = "Courier";

constexpr std::array<lt_symlist_t, 3> kPlugins{{{"gvplugin_dot_layout_LTX_library", &gvplugin_dot_layout_LTX_library},
                                                {"gvplugin_core_LTX_library", &gvplugin_core_LTX_library},
                                                {nullptr, nullptr}}};

std::string escaped(std::string_view text) {
  std::string result;
  for (char c : text) {
    switch (c) {
      case '&': result += "&amp;"; break;
      case '<': result += "&lt;"; break;
      case '>': result += "&gt;"; break;
      case '"': result += "&quot;"; break;
      default: result += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  }
  return result;
}

/// cgraph's functions take char* and copy what it points to.
char* text(const char* constant) {
  return const_cast<char*>(constant);
}  // NOLINT(cppcoreguidelines-pro-type-const-cast)

/// Of Graphviz only the layout "dot" and the output "svg" take part, so text is as wide as Graphviz' own tables say,
/// not as the fonts of this machine are, and a picture has the same bytes everywhere. (Pango's plugin would measure the
/// fonts here; it also keeps pointers into a context that is gone.)
class Drawing {
 public:
  Drawing() : graph_(agopen(text("walk"), Agdirected, nullptr)), context_(gvContextPlugins(kPlugins.data(), 0)) {
    agseterr(AGMAX);
  }
  ~Drawing() {
    if (laid_out_) gvFreeLayout(context_, graph_);
    agclose(graph_);
    gvFreeContext(context_);
  }
  Drawing(const Drawing&) = delete;
  Drawing& operator=(const Drawing&) = delete;

  void set(const char* name, const std::string& value) { set(graph_, name, value); }
  void defaults(int kind, const char* name, const char* value) { agattr(graph_, kind, text(name), text(value)); }
  Agnode_t* node(const std::string& name) { return agnode(graph_, text(name.c_str()), 1); }
  Agedge_t* edge(Agnode_t* from, Agnode_t* to) { return agedge(graph_, from, to, nullptr, 1); }
  static void set(void* object, const char* name, const std::string& value) {
    agsafeset(object, text(name), text(value.c_str()), text(""));
  }
  void title(const std::string& html) { label(graph_, html); }
  /// `html`: with marks such as <b>.
  void label(void* object, const std::string& html) {
    char* shared = agstrdup_html(graph_, text(html.c_str()));
    agsafeset(object, text("label"), shared, text(""));
    agstrfree(graph_, shared);
  }

  std::string svg() {
    laid_out_ = gvLayout(context_, graph_, "dot") == 0;
    char* data = nullptr;
    unsigned int length = 0;
    bool drawn = laid_out_ && gvRenderData(context_, graph_, "svg", &data, &length) == 0;
    std::unique_ptr<char, void (*)(char*)> owned(data, gvFreeRenderData);
    if (!drawn || data == nullptr) {
      throw Failure(ExitCode::system_refused,
                    "nnc: error: Graphviz could not draw: its 'dot' layout is missing; install the package graphviz");
    }
    return {data, length};
  }

 private:
  Agraph_t* graph_;
  GVC_t* context_;
  bool laid_out_ = false;
};

std::string coloured(const std::string& content, const char* colour) {
  return fmt::format("<FONT COLOR=\"{}\">{}</FONT>", colour, content.empty() ? " " : escaped(content));
}

/// As in the table, but folded sooner and without the range, so that edges stay short.
std::string edge_text(const Tensor& tensor) {
  std::string text = value_text(tensor, 36);
  size_t mean = text.find(" mean ");
  return mean == std::string::npos ? text : text.substr(0, text.find(',', mean));
}

/// The value above a line, the gradient below it.
std::string edge_label(const std::string& value, const std::string& gradient) {
  return fmt::format(
      "<TABLE BORDER=\"0\" CELLBORDER=\"0\" CELLSPACING=\"0\" CELLPADDING=\"3\" COLOR=\"{}\"><TR><TD "
      "HEIGHT=\"20\">{}</TD></TR><HR/><TR><TD HEIGHT=\"20\">{}</TD></TR></TABLE>",
      kLineColour, coloured(value, kValueColour), coloured(gradient, kGradientColour));
}

/// "*" as print has it: "×".
std::string printed_sign(const std::string& symbol) {
  std::string text;
  for (char c : symbol) text += c == '*' ? "×" : c == '/' ? "÷" : c == '-' ? "−" : std::string(1, c);
  return text;
}

class Picture {
 public:
  explicit Picture(const Walkthrough& walk) : walk_(walk) {}

  std::string draw() {
    set_style();
    for (size_t i = 0; i < walk_.values.size(); ++i) nodes_.push_back(value_node(i));
    for (size_t i = 0; i < walk_.values.size(); ++i) {
      for (size_t k = 0; k < walk_.values[i].inputs.size(); ++k) connect(walk_.values[i].inputs[k], i, k);
    }
    for (size_t result : walk_.results) add_result(result);
    return drawing_.svg();
  }

 private:
  void set_style() {
    drawing_.set("rankdir", "LR");
    drawing_.set("nodesep", "0.28");
    drawing_.set("ranksep", "0.22");
    drawing_.set("pad", "0.3");
    drawing_.set("charset", "UTF-8");
    drawing_.set("fontname", kMeasuredFont);
    drawing_.set("bgcolor", "white");
    drawing_.set("labelloc", "t");
    drawing_.defaults(AGNODE, "fontname", kMeasuredFont);
    drawing_.defaults(AGNODE, "fontsize", "13");
    drawing_.defaults(AGNODE, "color", kLineColour);
    drawing_.defaults(AGEDGE, "color", kLineColour);
    drawing_.defaults(AGEDGE, "arrowsize", "0.7");
    drawing_.title(
        fmt::format("<FONT POINT-SIZE=\"15\"><B>{}: {}</B></FONT><BR/><FONT POINT-SIZE=\"12\">{}above each "
                    "edge, {}below</FONT><BR/>",
                    escaped(walk_.file), escaped(walk_.title), coloured("value ", kValueColour),
                    coloured("gradient ", kGradientColour)));
  }

  Agnode_t* value_node(size_t number) {
    const WalkedValue& value = walk_.values[number];
    Agnode_t* node = drawing_.node(fmt::format("{}", number));
    Drawing::set(node, "style", "filled,rounded");
    Drawing::set(node, "shape", "box");
    Drawing::set(node, "height", "0.4");
    if (value.given()) {
      Drawing::set(node, "fillcolor", value.parameter ? "#dbe9fb" : "#eef0f3");
      drawing_.label(node, fmt::format("<B>{}</B>", escaped(value.name)));
      return node;
    }
    bool result = std::find(walk_.results.begin(), walk_.results.end(), number) != walk_.results.end();
    bool named = !value.name.starts_with('#') && !result;  // a result's name stands at its end
    bool sign = value.symbol.size() <= 3 && !named;
    Drawing::set(node, "fillcolor", "#fff4d6");
    Drawing::set(node, "tooltip", fmt::format("{} = {}: {}", value.name, value.formula, value.words));
    if (sign) {
      // Of a fixed size, as Graphviz would take "×" for two letters.
      for (const auto& [key, wanted] : {std::pair{"shape", "circle"}, {"style", "filled"}, {"width", "0.5"}}) {
        Drawing::set(node, key, wanted);
      }
      Drawing::set(node, "fixedsize", "true");
      Drawing::set(node, "fontsize", "15");
      Drawing::set(node, "label", printed_sign(value.symbol));
      return node;
    }
    std::string symbol = fmt::format("<FONT POINT-SIZE=\"15\">{}</FONT>", escaped(printed_sign(value.symbol)));
    drawing_.label(
        node,
        named ? fmt::format("{}<BR/><FONT POINT-SIZE=\"11\"><I>{}</I></FONT>", symbol, escaped(value.name)) : symbol);
    return node;
  }

  Agnode_t* label_node(const std::string& name, const std::string& value, const std::string& gradient) {
    Agnode_t* node = drawing_.node(name);
    Drawing::set(node, "shape", "plain");
    drawing_.label(node, edge_label(value, gradient));
    return node;
  }

  void through(size_t from, Agnode_t* label, Agnode_t* to) {
    Agedge_t* first = drawing_.edge(nodes_[from], label);
    Drawing::set(first, "arrowhead", "none");
    Drawing::set(first, "headport", "w");
    Agedge_t* second = drawing_.edge(label, to);
    Drawing::set(second, "tailport", "e");
  }

  /// Of scalars the gradient on an edge is what flows along it; of tensors the whole gradient of the value.
  void connect(size_t from, size_t to, size_t input) {
    const WalkedValue &source = walk_.values[from], &target = walk_.values[to];
    std::string gradient = source.gradient ? edge_text(*source.gradient) : "";
    if (!target.local.empty() && target.gradient && source.gradient) {
      double flows = target.local[input] * target.gradient->number(0);
      gradient = number_text(flows, source.gradient->type.element);
    }
    Agnode_t* label = label_node(fmt::format("{}-{}", from, to), edge_text(source.value), gradient);
    through(from, label, nodes_[to]);
  }

  void add_result(size_t number) {
    const WalkedValue& value = walk_.values[number];
    Agnode_t* end = drawing_.node(fmt::format("result {}", number));
    Drawing::set(end, "shape", "plaintext");
    drawing_.label(end, fmt::format("<B>{}</B>", escaped(value.name.starts_with('#') ? walk_.title : value.name)));
    std::string gradient = value.gradient ? edge_text(*value.gradient) : "";
    through(number, label_node(fmt::format("{}-result", number), edge_text(value.value), gradient), end);
  }

  const Walkthrough& walk_;
  Drawing drawing_;
  std::vector<Agnode_t*> nodes_;
};

}  // namespace

std::string walkthrough_picture(const Walkthrough& walk) { return Picture(walk).draw(); }

}  // namespace nnc
