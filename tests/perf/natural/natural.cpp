// What natural style costs: Hodgkin-Huxley populations, rewritten by the source tool and written by hand, in turn.
// In: rounds. Out: for each size CPU nanoseconds a neuron and step of both, and their ratio. Fails when a bit differs.
#include <fmt/format.h>

#include <cstdlib>

#include "cells.h"
#include "runtime/options.h"

int main(int argc, char** argv) {
  using namespace brainpy::perf;
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 9;
  brainpy::runtime::options().threads = 1;
  bool same = true;
  fmt::print("{:>10} {:>12} {:>12} {:>8}\n", "neurons", "natural [ns]", "written [ns]", "ratio");
  for (const int count : {100, 10'000, 100'000}) {
    const double milliseconds = count < 1000 ? 200.0 : count < 50'000 ? 22.0 : 20.5;
    const auto natural = natural_cells(count), written = written_cells(count);
    std::vector<double> ours, theirs;
    for (int round = 0; round < rounds; ++round) {
      ours.push_back(natural->seconds_of(milliseconds));
      theirs.push_back(written->seconds_of(milliseconds));
      // The first run compiles.
      if (round == 0 && rounds > 1) ours.clear(), theirs.clear();
    }
    const double steps = milliseconds / 0.01 * count * 1e-9;
    fmt::print("{:>10} {:>12.3f} {:>12.3f} {:>8.3f}\n", count, median(ours) / steps, median(theirs) / steps,
               median(ours) / median(theirs));
    same = same && natural->bits() == written->bits();
  }
  if (!same) fmt::print(stderr, "the states differ\n");
  return same ? 0 : 1;
}
