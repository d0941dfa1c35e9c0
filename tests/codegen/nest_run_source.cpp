// The runner of the passes' tests, which machine code is held against.
#include "tests/passes/nest_run.cpp"
