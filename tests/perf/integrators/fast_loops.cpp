#include "integrators/loops.h"

template <>
ByHand<float> fast_loops() {
  return loops<float>();
}
template <>
ByHand<double> fast_loops() {
  return loops<double>();
}
