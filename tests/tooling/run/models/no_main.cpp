#include <brainpy/brainpy.hpp>

int helper() { return 1; }
