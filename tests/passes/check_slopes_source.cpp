// Inputs of networks are made as in the tests of gradients.
#include "tests/gradients/check_slopes.cpp"
