// The generator, compiled for this test program.
#include "tests/fuzz/random_program.cpp"
#include "tests/fuzz/random_shape.cpp"
