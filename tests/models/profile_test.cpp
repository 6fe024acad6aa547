// bp::Profile on models: what is expensive comes first, under its object and its line; counts are exact.
#include <brainpy/brainpy.hpp>
#include <numeric>

#include "runtime/options.h"
#include "support/catch.h"

namespace bp = brainpy;
namespace bm = brainpy::math;
using Catch::Matchers::Contains;

namespace {

class Population : public bp::BrainPyObject {
 public:
  explicit Population(int size) : x(variable("x", bm::full({size}, 0.5))) {}
  bm::Variable x;
  static constexpr unsigned costly_line = __LINE__ + 2, cheap_line = __LINE__ + 3;
  void update() {
    const bm::Array y = bm::tanh(bm::exp(bm::sin(x)) + bm::log(1.0 + x * x));
    x = 0.5 * y;
  }
};

class Net : public bp::BrainPyObject {
 public:
  Population& small = node<Population>("small", 64);
  Population& large = node<Population>("large", 64 * 256);
  void update() {
    small.update();
    large.update();
  }
};

double sum_of_shares(const std::vector<bp::ProfileRow>& rows) {
  return std::accumulate(rows.begin(), rows.end(), 0.0, [](double s, const auto& row) { return s + row.share; });
}

const bp::ProfileRow& row_of(const std::vector<bp::ProfileRow>& rows, const std::string& object, unsigned line) {
  for (const bp::ProfileRow& row : rows)
    if (row.object == object && row.line == line) return row;
  FAIL("no row for " << object << " line " << line);
  return rows[0];
}

bp::RunnerOptions quiet() { return {.dt = 0.1, .progress_bar = false}; }

/// Options as they were, at the end of a test.
struct RestoreOptions {
  brainpy::runtime::Options before = brainpy::runtime::options();
  ~RestoreOptions() { brainpy::runtime::options() = before; }
};

}  // namespace

TEST_CASE("the expensive object and line come first, under their names") {
  Net net;
  bp::DSRunner runner(net, quiet());
  const bp::Profile profile = bp::profile(runner, 20.0);
  INFO(profile.table());

  const auto objects = profile.by_object();
  REQUIRE(objects.size() >= 2);
  CHECK(objects[0].object == "Net.large");
  CHECK(objects[0].calls == 200);
  CHECK(row_of(objects, "Net.small", 0).calls == 200);
  CHECK(sum_of_shares(objects) == Approx(1.0));

  const auto rows = profile.rows();
  CHECK(rows[0].object == "Net.large");
  CHECK(rows[0].line == Population::costly_line);
  CHECK_THAT(rows[0].file, Contains("profile_test.cpp"));
  CHECK_THAT(rows[0].operations, Contains("tanh"));
  CHECK(rows[0].calls == 200);
  CHECK(row_of(rows, "Net.large", Population::cheap_line).seconds < rows[0].seconds);
  CHECK(row_of(rows, "Net.small", Population::costly_line).calls == 200);
  CHECK(sum_of_shares(rows) == Approx(1.0));
  CHECK(std::is_sorted(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.seconds > b.seconds; }));
  for (const bp::ProfileRow& row : rows) {
    CHECK(row.seconds >= 0);
    if (row.line > 0) CHECK_THAT(row.file, Contains("profile_test.cpp"));
  }

  double seconds = 0;
  for (const bp::ProfileRow& row : rows) seconds += row.seconds;
  CHECK(seconds == Approx(profile.compiled_seconds()));
  CHECK(profile.compiled_seconds() <= profile.whole_seconds());
}

TEST_CASE("the table names objects, lines, operations and what is outside") {
  Net net;
  auto step = bp::jit(net, &Net::update);
  step();  // compiled without clocks before the profile
  const std::string table = bp::profile(step).table();
  INFO(table);
  CHECK_THAT(table, Contains("ms in compiled code, 1 launch\n"));
  CHECK_THAT(table, Contains("Net.large"));
  CHECK_THAT(table, Contains("profile_test.cpp:" + std::to_string(Population::costly_line)));
  CHECK_THAT(table, Contains("outside of compiled code"));
  CHECK(table.find("Net.large") < table.find("Net.small"));
  const std::string first = bp::profile(step).table(1);
  CHECK_THAT(first, Contains("other lines\n"));
  CHECK_THAT(first, !Contains("Net.small"));
}

TEST_CASE("a profiled run gives the same bits, and the next one is plain again") {
  Net plain, profiled;
  bp::DSRunner one(plain, quiet()), other(profiled, quiet());
  one.run(10.0);
  {
    const bp::Profile profile;
    other.run(5.0);
    CHECK(profile.by_object()[0].calls == 50);
  }
  other.run(5.0);
  CHECK(plain.large.x.to_vector<float>() == profiled.large.x.to_vector<float>());
  CHECK(plain.small.x.to_vector<float>() == profiled.small.x.to_vector<float>());
}

TEST_CASE("calls are counted through loops, branches and single numbers") {
  unsigned loop_line = 0, branch_line = 0, number_line = 0;
  auto f = bp::jit([&](bm::Array x, bm::Array n) {
    number_line = __LINE__ + 1;
    const bm::Array k = n * 2.0 + 1.0;
    loop_line = __LINE__ + 1;
    const bm::Array rows = bm::for_loop([&](bm::Array i) { return bm::sin(x) * i; }, bm::arange(5));
    branch_line = __LINE__ + 1;
    const auto taken = [&] { return bm::cos(x); };
    const bm::Array y = bm::cond(k > 4.0, taken, [&] { return x; });
    return bm::sum(rows) + bm::sum(y) + k;
  });
  const bm::Array x = bm::linspace(0.0, 1.0, 100);
  f(x, bm::array(1.0f));
  bp::Profile profile;
  for (int i = 0; i < 7; ++i) f(x, bm::array(i < 4 ? 1.0f : 2.0f));
  profile.stop();
  f(x, bm::array(2.0f));
  INFO(profile.table());
  const auto rows = profile.rows();
  CHECK(row_of(rows, "", number_line).calls == 7);
  CHECK(row_of(rows, "", loop_line).calls == 35);
  CHECK_THAT(row_of(rows, "", loop_line).operations, Contains("sin") && Contains("record"));
  const bp::ProfileRow& branch = row_of(rows, "", branch_line);
  CHECK_THAT(branch.operations, Contains("cos"));
  CHECK(branch.calls == 3);
  CHECK(sum_of_shares(rows) == Approx(1.0));
}

TEST_CASE("profiles may be nested; each sees what runs while it is open") {
  auto f = bp::jit([](bm::Array x) { return bm::exp(x); });
  const bm::Array x = bm::linspace(0.0, 1.0, 1000);
  bp::Profile outer;
  f(x);
  {
    bp::Profile inner;
    f(x);
    f(x);
    CHECK(inner.rows().at(0).calls == 2);
  }
  f(x);
  CHECK(outer.rows().at(0).calls == 4);
  CHECK(outer.rows().size() == 1);
}

TEST_CASE("two objects of one class and those above them keep their names") {
  class Layer : public bp::BrainPyObject {
   public:
    Population& a = node<Population>("a", 16);
    Population& b = node<Population>("b", 16);
    bm::Variable gain = variable("gain", bm::ones({16}));
    void update() {
      a.update();
      b.update();
      gain = gain * 0.5 + a.x;
    }
  };
  class Model : public bp::BrainPyObject {
   public:
    Layer& first = node<Layer>("first");
    Layer& second = node<Layer>("second");
    void update() {
      first.update();
      second.update();
    }
  } model;
  auto step = bp::jit(model, &Model::update);
  std::vector<std::string> names;
  for (const bp::ProfileRow& row : bp::profile(step).by_object()) names.push_back(row.object);
  std::ranges::sort(names);
  CHECK(names == std::vector<std::string>{"Model.first", "Model.first.a", "Model.first.b", "Model.second",
                                          "Model.second.a", "Model.second.b"});
}

TEST_CASE("equations, inputs, connections and monitors are under the user's lines") {
  class Rate : public bp::BrainPyObject {
   public:
    bm::Variable x = variable("x", bm::full({100}, 0.1));
    bm::Variable input = variable("input", bm::zeros({100}));
    bm::CSR synapses = bp::conn::FixedProb(0.2, {.seed = 1}).csr(100, 100);
    double tau = 10.0;
    unsigned equation_line = __LINE__ + 2;
    bp::Integrator<1> integral =
        bp::odeint([this](bm::Array x, bm::Array, bm::Array I) { return (bm::tanh(I) - x) / tau; }, {.method = "rk4"});
    void update() {
      x = integral(x, bp::share.t(), bm::Array(input) + bm::sparse::csrmv(0.1, synapses, x));
      input = 0.0;
    }
  };
  class Two : public bp::BrainPyObject {
   public:
    Rate& a = node<Rate>("a");
    Rate& b = node<Rate>("b");
    void update() {
      a.update();
      b.update();
    }
  } two;
  const auto all_here = [](const std::vector<bp::ProfileRow>& rows) {
    return std::ranges::all_of(rows, [](const bp::ProfileRow& r) {
      return r.line == 0 || r.file.find("profile_test.cpp") != std::string::npos;
    });
  };
  bp::DSRunner runner(two, {.monitors = {"a.x", {"mean", [&] { return bm::mean(two.b.x); }}},
                            .inputs = {{"a.input", 1.0}, {"b.input", bm::ones({50, 100}), "iter"}},
                            .dt = 0.1,
                            .progress_bar = false});
  const bp::Profile profile = bp::profile(runner, 5.0);
  INFO(profile.table());
  CHECK(all_here(profile.rows()));
  CHECK(row_of(profile.rows(), "Two.a", two.a.equation_line).calls == 50);
  CHECK(row_of(profile.rows(), "Two.b", two.b.equation_line).calls == 50);
  for (const bp::ProfileRow& row : profile.rows()) CHECK((row.line != two.a.equation_line || !row.object.empty()));

  const auto decay = bp::odeint([](bm::Array y, bm::Array, bm::Array k) { return -y * k; }, {.parameters = {"k"}});
  bp::IntegratorRunner equation(decay,
                                {.inits = {{"x0", bm::ones({10})}}, .args = {{"k", 0.5}}, .progress_bar = false});
  const bp::Profile other = bp::profile(equation, 5.0);
  INFO(other.table());
  CHECK(all_here(other.rows()));
}

TEST_CASE("a profile in which no compiled code ran says so, and why") {
  const RestoreOptions restore;
  bp::Profile empty;
  CHECK(empty.rows().empty());
  CHECK(empty.by_object().empty());
  CHECK_THAT(empty.table(), Contains("no compiled code ran") && Contains("hint: run a runner or a jitted callable"));

  auto f = bp::jit([](bm::Array x) { return bm::exp(x) + 1.0; });
  const bm::Array x = bm::linspace(0.0, 1.0, 10);
  {
    const bp::NoJit eager;
    f(x);
  }
  CHECK_THAT(empty.table(), Contains("no compiled code ran") && Contains("bp::NoJit"));
  bp::set_run_mode("interp");
  f(x);
  CHECK_THAT(empty.table(), Contains("not measured: 1 launch that was interpreted"));
  CHECK(empty.rows().empty());
  bp::set_run_mode("shadow");
  f(x);
  CHECK(empty.rows().at(0).calls == 1);
}

TEST_CASE("a profile inside of a traced function is refused") {
  auto f = bp::jit([](bm::Array x) {
    const bp::Profile profile;
    return x + 1.0;
  });
  try {
    f(bm::ones({3}));
    FAIL("not refused");
  } catch (const bp::TraceError& e) {
    CHECK_THAT(e.parts().what, Contains("profile: a profile does not measure inside of a traced function"));
    CHECK_THAT(e.parts().where.file, Contains("profile_test.cpp"));
    CHECK_FALSE(e.parts().values.empty());
    CHECK_THAT(e.parts().hint, Contains("outside, around the run"));
  }
}
