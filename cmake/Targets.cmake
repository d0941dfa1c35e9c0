# How a folder of the house becomes a library, and its folder under tests/ a test program.

set(NNC_WARNINGS -Wall -Wextra -Wpedantic -Werror)
# Values in the interpreters must be rounded after every operation, as the kernels' are.
set(NNC_FLAGS ${NNC_WARNINGS} -ffp-contract=off)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 warns falsely of std::optional and std::string once it has inlined them.
  list(APPEND NNC_FLAGS -Wno-maybe-uninitialized -Wno-restrict)
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

function(nnc_library folder)
  cmake_parse_arguments(ARG "" "" "LINK;PRIVATE_LINK" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/${folder}/*.cpp")
  if(sources)
    add_library(nnc_${folder} STATIC ${sources})
    target_include_directories(nnc_${folder} PUBLIC "${CMAKE_SOURCE_DIR}")
    target_compile_options(nnc_${folder} PRIVATE ${NNC_FLAGS})
    target_link_libraries(nnc_${folder} PUBLIC ${ARG_LINK} PRIVATE ${ARG_PRIVATE_LINK})
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
  add_test(NAME ${folder} COMMAND ${folder}_tests)
  # Environment, not a link option, so that the nnc that a test starts has it too.
  set_tests_properties(${folder} PROPERTIES ENVIRONMENT
    "LSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/tests/leak_suppressions.txt:print_suppressions=0")
endfunction()
