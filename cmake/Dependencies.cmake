# Everything nnc needs comes from Debian; a missing package is named, not guessed at.

# LLVM's version file answers to "19.1", not to "19".
find_package(LLVM 19.1 CONFIG QUIET)
if(NOT LLVM_FOUND)
  message(FATAL_ERROR "nnc needs LLVM 19, which was not found: install the package llvm-19-dev (or run './dev setup').")
endif()
if(NOT LLVM_VERSION_MAJOR EQUAL 19)
  message(FATAL_ERROR "nnc needs LLVM 19, but found ${LLVM_PACKAGE_VERSION}: install the package llvm-19-dev (or run './dev setup').")
endif()

macro(nnc_need package debian)
  find_package(${package} QUIET)
  if(NOT ${package}_FOUND)
    message(FATAL_ERROR "nnc needs ${package}, which was not found: install the package ${debian} (or run './dev setup').")
  endif()
endmacro()

nnc_need(fmt libfmt-dev)
nnc_need(GTest libgtest-dev)
nnc_need(CLI11 libcli11-dev)
nnc_need(nlohmann_json nlohmann-json3-dev)
nnc_need(benchmark libbenchmark-dev)
nnc_need(Threads libc6-dev)
nnc_need(ZLIB zlib1g-dev)  # the tests pack with it

# Only runtime/data/byte_stream.cpp includes it; Debian's package has no CMake configuration.
find_library(NNC_ISAL isal)
find_path(NNC_ISAL_HEADERS isa-l/igzip_lib.h)
if(NOT NNC_ISAL OR NOT NNC_ISAL_HEADERS)
  message(FATAL_ERROR "nnc needs ISA-L, which was not found: install the package libisal-dev (or run './dev setup').")
endif()
add_library(nnc_isal INTERFACE)
target_include_directories(nnc_isal SYSTEM INTERFACE ${NNC_ISAL_HEADERS})
target_link_libraries(nnc_isal INTERFACE ${NNC_ISAL})

# Only runtime/explain/picture.cpp includes it. Debian's package has no CMake configuration. Its two plugins are linked rather
# than found at run time, as that file says.
find_library(NNC_GVC gvc)
find_library(NNC_CGRAPH cgraph)
find_library(NNC_GVC_DOT gvplugin_dot_layout PATH_SUFFIXES graphviz)
find_library(NNC_GVC_CORE gvplugin_core PATH_SUFFIXES graphviz)
find_path(NNC_GRAPHVIZ_HEADERS graphviz/gvc.h)
if(NOT NNC_GVC OR NOT NNC_CGRAPH OR NOT NNC_GVC_DOT OR NOT NNC_GVC_CORE OR NOT NNC_GRAPHVIZ_HEADERS)
  message(FATAL_ERROR "nnc needs Graphviz, which was not found: install the package libgraphviz-dev (or run './dev setup').")
endif()
add_library(nnc_graphviz INTERFACE)
target_include_directories(nnc_graphviz SYSTEM INTERFACE ${NNC_GRAPHVIZ_HEADERS} ${NNC_GRAPHVIZ_HEADERS}/graphviz)
target_link_libraries(nnc_graphviz INTERFACE ${NNC_GVC} ${NNC_CGRAPH} ${NNC_GVC_DOT} ${NNC_GVC_CORE})

# Only codegen/ links this, and only codegen/ may include LLVM's headers.
add_library(nnc_llvm INTERFACE)
target_include_directories(nnc_llvm SYSTEM INTERFACE ${LLVM_INCLUDE_DIRS})
target_compile_definitions(nnc_llvm INTERFACE ${LLVM_DEFINITIONS_LIST})
target_link_libraries(nnc_llvm INTERFACE LLVM)
target_link_directories(nnc_llvm INTERFACE ${LLVM_LIBRARY_DIRS})
