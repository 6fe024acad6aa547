// A program outside the repository: every installed header compiles, and the library works.
#include <cstdio>

#include "compiler/ops/op_def.h"
#include "runtime/io.h"

#if __has_include("brainpy/brainpy.hpp")
#include "brainpy/brainpy.hpp"
#endif

using namespace brainpy::runtime;

int main(int, char** arguments) {
  Tensor tensor = make_tensor({DType::f32, {3}});
  tensor.as<float>()[2] = 1.5f;
  save(arguments[1], {{"x", tensor}});
  const Tensor loaded = load(arguments[1]).at(0).tensor;
  const bool same = loaded.type == tensor.type && loaded.as<float>()[2] == 1.5f;
  std::printf("%s\n", same ? "the installed library works" : "the array came back different");
  return same ? 0 : 1;
}
