# Texts that the binary carries: the standard library of the language, frontend/library/*.nn (`library_files()`), and the
# long answers of `nnc explain`, frontend/explanations/*.md (`explanation()`).

# Writes `output`: `head`, one `{"name", text}` a file that `pattern` finds, and `tail`.
function(nnc_embed_texts target output pattern head tail)
  file(GLOB files CONFIGURE_DEPENDS "${pattern}")
  set(entries "")
  foreach(path ${files})
    get_filename_component(name "${path}" NAME)
    file(READ "${path}" text)
    string(APPEND entries "      {\"${name}\", R\"nn(${text})nn\"},\n")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${path}")
  endforeach()
  file(CONFIGURE OUTPUT "${output}" CONTENT "// Made by CMake from ${pattern}.
@head@@entries@@tail@" @ONLY)
  target_sources(${target} PRIVATE "${output}")
endfunction()

function(nnc_embed_library target)
  nnc_embed_texts(${target} "${CMAKE_BINARY_DIR}/library_text.cpp" "${CMAKE_SOURCE_DIR}/frontend/library/*.nn"
    "#include \"frontend/syntax/definitions.h\"

namespace nnc {

std::vector<LibraryFile> library_files() {
  return {
" "  };
}

}  // namespace nnc
")
  nnc_embed_texts(${target} "${CMAKE_BINARY_DIR}/explanation_text.cpp" "${CMAKE_SOURCE_DIR}/frontend/explanations/*.md"
    "#include \"frontend/syntax/error_codes.h\"

namespace nnc {

std::string_view explanation(std::string_view code) {
  static constexpr ErrorCode kPages[] = {
" "  };
  for (const ErrorCode& page : kPages) {
    if (page.code.substr(0, page.code.size() - 3) == code) return page.meaning;
  }
  return \"\";
}

}  // namespace nnc
")
endfunction()
