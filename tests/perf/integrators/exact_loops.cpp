#include "integrators/loops.h"

template <>
ByHand<float> exact_loops() {
  return loops<float>();
}
template <>
ByHand<double> exact_loops() {
  return loops<double>();
}
