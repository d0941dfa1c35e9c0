# The standard library of the language, frontend/library/*.nn, as text inside the binary: `library_files()`.

function(nnc_embed_library target)
  file(GLOB files CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/frontend/library/*.nn")
  set(entries "")
  foreach(path ${files})
    get_filename_component(name "${path}" NAME)
    file(READ "${path}" text)
    string(APPEND entries "      {\"${name}\", R\"nn(${text})nn\"},\n")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${path}")
  endforeach()
  set(output "${CMAKE_BINARY_DIR}/library_text.cpp")
  file(CONFIGURE OUTPUT "${output}" CONTENT "// Made by CMake from frontend/library/*.nn.
#include \"frontend/definitions.h\"

namespace nnc {

std::vector<LibraryFile> library_files() {
  return {
@entries@  };
}

}  // namespace nnc
" @ONLY)
  target_sources(${target} PRIVATE "${output}")
endfunction()
