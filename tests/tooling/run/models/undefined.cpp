#include <brainpy/brainpy.hpp>

int helper(double x);

int main() { return helper(1.0); }
