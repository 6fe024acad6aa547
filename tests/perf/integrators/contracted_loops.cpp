#include "integrators/loops.h"

template <>
ByHand<float> contracted_loops() {
  return loops<float>();
}
template <>
ByHand<double> contracted_loops() {
  return loops<double>();
}
