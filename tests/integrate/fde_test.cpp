#include <brainpy/brainpy.hpp>
#include <cmath>
#include "support/catch.h"
namespace bp = brainpy;
namespace bm = brainpy::math;
TEST_CASE("try") {
  bm::enable_x64();
  for (const char* method : {"l1", "l1-corrected", "gl", "euler", "abm"})
    for (double dt : {0.02, 0.01, 0.005}) {
      auto relax = bp::fdeint([](bm::Array x, bm::Array) { return -x; },
                              {.alpha = 0.5, .method = method, .num_memory = 1000, .inits = {1.0}, .dt = dt});
      bp::IntegratorRunner r(relax, {.inits = {{"x0", 1.0}}, .monitors = {"x0"}});
      r.run(1.0);
      const auto x = r.mon["x0"].to_vector<double>();
      r.reset();
      r.run(1.0);
      CHECK(x == r.mon["x0"].to_vector<double>());
      fmt::print("{} {} {} {}\n", method, dt, x.back(), x.back() - 0.427583576155807);
      auto e = bp::fdeint(
          [](bm::Array x, bm::Array) { return -x; },
          {.alpha = 0.5, .method = method, .inits = {1.0}, .dt = dt, .memory = "exponentials", .horizon = 1});
      bp::IntegratorRunner re(e, {.inits = {{"x0", 1.0}}, .monitors = {"x0"}});
      re.run(1.0);
      fmt::print("   exp {} \n", re.mon["x0"].to_vector<double>().back() - x.back());
    }
}
