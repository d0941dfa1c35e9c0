// The runner is shared by several test programs; each compiles it once.
#include "tests/passes/nest_run.cpp"
