// The generator and the runner are shared by several test programs; each compiles them once.
#include "tests/fuzz/random_graph.cpp"
#include "tests/fuzz/random_inputs.cpp"
#include "tests/fuzz/random_overflow.cpp"
#include "tests/fuzz/random_shape.cpp"
