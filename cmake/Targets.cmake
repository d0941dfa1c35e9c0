# How a folder of the house becomes a library, and its folder under tests/ a test program.
#   nnc_library(FOLDER LINK … PRIVATE_LINK … OPTIMIZE LEVEL PRECOMPILE HEADERS… | FROM TARGET)

set(NNC_WARNINGS -Wall -Wextra -Wpedantic -Werror)
# Values in the interpreters must be rounded after every operation, as the kernels' are.
set(NNC_FLAGS ${NNC_WARNINGS} -ffp-contract=off)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 warns falsely of std::optional and std::string once it has inlined them.
  list(APPEND NNC_FLAGS -Wno-maybe-uninitialized -Wno-restrict -Wno-stringop-overflow)
endif()
if(NNC_SANITIZE)
  list(APPEND NNC_FLAGS -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()
if(NNC_FUZZ)
  # Clang warns of what GCC's own headers do inside std::stable_sort; GCC's warnings are the gate.
  list(APPEND NNC_FLAGS -fsanitize=fuzzer-no-link -Wno-error)
endif()
if(NNC_MUTANTS)
  add_compile_definitions(NNC_MUTANTS=1)
endif()

# Optimizing is half of compiling. What runs once a program, or prints text, gets `level` instead of the preset's.
function(nnc_optimize target)
  foreach(level ${ARGN})
    target_compile_options(${target} PRIVATE $<$<NOT:$<CONFIG:Debug>>:${level}>)
  endforeach()
endfunction()

# Files of a library whose level is lower that keep -O2. They can't share its precompiled headers, which have one level.
function(nnc_fast_files pattern)
  file(GLOB files CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/${pattern}")
  set_source_files_properties(${files} PROPERTIES COMPILE_OPTIONS "$<$<NOT:$<CONFIG:Debug>>:-O2>"
                              SKIP_PRECOMPILE_HEADERS ON)
endfunction()

# Precompiles the headers that most files include, and others named. Parsing them is a third of compiling a small file.
# Targets of one optimization level can share: `nnc_precompile(ir FROM support)`.
set(NNC_COMMON_HEADERS <fmt/format.h> <fmt/ranges.h> <algorithm> <array> <cmath> <cstdint> <cstring> <functional> <limits>
    <map> <memory> <numeric> <optional> <set> <span> <string> <string_view> <unordered_map> <utility> <variant> <vector>)
function(nnc_precompile target)
  cmake_parse_arguments(ARG "" "FROM" "" ${ARGN})
  if(NNC_PRECOMPILE AND ARG_FROM)
    target_precompile_headers(${target} REUSE_FROM ${ARG_FROM})
  elseif(NNC_PRECOMPILE)
    target_precompile_headers(${target} PRIVATE ${NNC_COMMON_HEADERS} ${ARG_UNPARSED_ARGUMENTS})
  endif()
  if(NNC_PRECOMPILE)
    target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)  # for ccache
  endif()
endfunction()

function(nnc_library folder)
  cmake_parse_arguments(ARG "" "OPTIMIZE" "LINK;PRIVATE_LINK;PRECOMPILE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/${folder}/*.cpp")
  if(sources)
    add_library(nnc_${folder} STATIC ${sources})
    target_include_directories(nnc_${folder} PUBLIC "${CMAKE_SOURCE_DIR}")
    target_compile_options(nnc_${folder} PRIVATE ${NNC_FLAGS})
    target_link_libraries(nnc_${folder} PUBLIC ${ARG_LINK} PRIVATE ${ARG_PRIVATE_LINK})
    nnc_optimize(nnc_${folder} ${ARG_OPTIMIZE})
    nnc_precompile(nnc_${folder} ${ARG_PRECOMPILE})
  else()
    add_library(nnc_${folder} INTERFACE)
    target_include_directories(nnc_${folder} INTERFACE "${CMAKE_SOURCE_DIR}")
    target_link_libraries(nnc_${folder} INTERFACE ${ARG_LINK})
  endif()
endfunction()

# One GoogleTest program a folder: tests/<folder>/**/*.cpp, linked against that folder's library.
function(nnc_tests folder)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/${folder}/*.cpp")
  if(NOT sources)
    return()
  endif()
  add_executable(${folder}_tests ${sources})
  target_include_directories(${folder}_tests PRIVATE "${CMAKE_SOURCE_DIR}")
  target_compile_options(${folder}_tests PRIVATE ${NNC_FLAGS})
  target_compile_definitions(${folder}_tests PRIVATE NNC_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  target_link_libraries(${folder}_tests PRIVATE ${ARG_LINK} GTest::gtest_main)
  target_compile_options(${folder}_tests PRIVATE -O0)  # the code under test is optimized, its tests need not be
  if(NNC_SANITIZE)  # nor be watched for undefined behaviour, which takes a third of the time that they compile in
    target_compile_options(${folder}_tests PRIVATE -fno-sanitize=undefined)
  endif()
  if(folder STREQUAL "support")
    nnc_precompile(support_tests <gtest/gtest.h>)
  else()
    nnc_precompile(${folder}_tests FROM support_tests)
  endif()
  add_test(NAME ${folder} COMMAND ${folder}_tests)
  # Environment, not a link option, so that the nnc that a test starts has it too.
  set_tests_properties(${folder} PROPERTIES ENVIRONMENT
    "LSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/tests/leak_suppressions.txt:print_suppressions=0")
endfunction()
