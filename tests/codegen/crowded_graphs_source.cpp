// The graphs are shared with the passes' tests.
#include "tests/passes/crowded_graphs.cpp"
