# Texts that the binary carries: the standard library of the language, frontend/library/*.nn (`library_files()`), and the
# long answers of `nnc explain`, frontend/explanations/*.md (`explanation()`).

# Writes `output`: `head`, one `{"name", text}` a file that `pattern` finds, and `tail`. The name is NAME or NAME_WE,
# without its ending.
function(nnc_embed_texts target output pattern part head tail)
  file(GLOB files CONFIGURE_DEPENDS "${pattern}")
  set(entries "")
  foreach(path ${files})
    get_filename_component(name "${path}" ${part})
    file(READ "${path}" text)
    string(APPEND entries "      {\"${name}\", R\"nn(${text})nn\"},\n")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${path}")
  endforeach()
  file(CONFIGURE OUTPUT "${output}" CONTENT "// Made by CMake from ${pattern}.
@head@@entries@@tail@" @ONLY)
  target_sources(${target} PRIVATE "${output}")
endfunction()

function(nnc_embed_library target)
  nnc_embed_texts(${target} "${CMAKE_BINARY_DIR}/library_text.cpp" "${CMAKE_SOURCE_DIR}/frontend/library/*.nn" NAME
    "#include \"frontend/syntax/definitions.h\"

namespace nnc {

std::vector<LibraryFile> library_files() {
  return {
" "  };
}

}  // namespace nnc
")
  nnc_embed_texts(${target} "${CMAKE_BINARY_DIR}/explanation_text.cpp" "${CMAKE_SOURCE_DIR}/frontend/explanations/*.md"
    NAME_WE "#include \"frontend/syntax/explanation.h\"

namespace nnc {

namespace {

struct Page {
  Code code;
  std::string_view text;
};

constexpr Page kPages[] = {
" "};
static_assert(std::size(kPages) == kCodeRecords.size(), \"every code has a page: frontend/explanations/CODE.md\");

}  // namespace

std::string_view explanation(Code code) {
  for (const Page& page : kPages) {
    if (page.code == code) return page.text;
  }
  return \"\";
}

}  // namespace nnc
")
endfunction()
