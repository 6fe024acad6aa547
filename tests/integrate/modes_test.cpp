// One hash for each kind of integrator and element type over all ways to run: compiled on one, three and all threads,
// interpreted, side by side, eagerly; and over two ways to have rows: one run for each, or all at once by bm::vmap.
#include <cmath>
#include <functional>
#include <memory>
#include <set>

#include "delay/modes.h"
#include "frontend/math/call.hpp"
#include "runtime/hash.h"
#include "runtime/options.h"

namespace bp = brainpy;
namespace bm = brainpy::math;
using namespace test_support;

namespace {

constexpr double dt = 0.1;
constexpr int rows = 3, units = 5;

using Pair = std::tuple<bm::Array, bm::Array>;
struct Model;

/// Which sizes of a population the equation may couple: whole Jacobians are for a few units.
enum class Coupled : std::uint8_t { never, few_units, always };

/// Where the rows of a batch are: bm::vmap around the step; in the derivative, where the integrator owns a past, of
/// which bm::vmap would need one for each row; or nowhere.
enum class Batch : std::uint8_t { step, derivative, none };

struct Kind {
  std::string name;
  std::function<bp::Integrator<2>(Model&)> make;
  Coupled coupled = Coupled::always;
  Batch batch = Batch::step;
  bool draws = false;  ///< from Model::stream
};

/// FitzHugh and Nagumo's units, driven, and coupled through their mean.
Pair units_of(const bm::Array& x, const bm::Array& y, const bm::Array& t, bool coupled) {
  bm::Array dx = x - x * x * x / 3.0 - y + 0.5 + 0.2 * bm::cos(t);
  if (coupled) dx = dx + 0.3 * bm::mean(bm::sin(x));
  return {dx, 0.3 * (x + 0.7 - 0.8 * y)};
}

/// A population, or `rows` of them at once.
struct Model : bp::BrainPyObject {
  const Kind& kind;
  std::optional<int> row;  ///< none: all
  bool coupled;
  bm::Variable x, y;
  bm::RandomState stream{5}, keys{5};
  std::vector<std::shared_ptr<void>> parts;
  bp::Integrator<2> integral;

  Model(const Kind& k, std::optional<int> r, int count)
      : kind(k),
        row(r),
        coupled(k.coupled == Coupled::always || (k.coupled == Coupled::few_units && count == units)),
        x(variable("x", start(1.3, count))),
        y(variable("y", start(0.7, count))),
        integral(k.make(*this)) {}

  bm::Array start(double frequency, int count) const {
    const bm::Array all = bm::sin(bm::arange(static_cast<double>(rows * count)) * frequency).reshape({rows, count});
    return row ? all[*row] : all;
  }

  template <class T, class... A>
  T& keep(A&&... arguments) {
    auto made = std::make_shared<T>(std::forward<A>(arguments)...);
    parts.push_back(made);
    return *made;
  }

  Pair derivative(const bm::Array& x, const bm::Array& y, const bm::Array& t) const {
    const auto f = [&](bm::Array x, bm::Array y) { return units_of(x, y, t, coupled); };
    return row || kind.batch == Batch::step ? f(x, y) : bm::vmap(f)(x, y);
  }
  Pair delayed(const bm::Array& x, const bm::Array& y, const bm::Array& t, const bm::Array& past) const {
    auto [dx, dy] = derivative(x, y, t);
    return {dx + 0.4 * bm::tanh(past), dy};
  }

  void update() {
    const bm::Array t = bp::share.t();
    if (row && kind.draws)  // as row `row` of bm::vmap draws
      stream.key() = bm::call("random_fold", {keys.split_key(), bm::full({}, *row, bm::uint64)});
    if (row || kind.batch == Batch::derivative) std::tie(x, y) = integral(x, y, t);
    else std::tie(x, y) = bm::vmap([&](bm::Array x, bm::Array y) { return integral(x, y, t); })(x, y);
  }
};

auto without_past(Model& m) {
  return [&m](bm::Array x, bm::Array y, bm::Array t) { return m.derivative(x, y, t); };
}

Kind ode(const std::string& method, Coupled coupled = Coupled::always) {
  return {"odeint, " + method, [=](Model& m) { return bp::odeint(without_past(m), {.method = method, .dt = dt}); },
          coupled};
}

Kind adaptive(const std::string& method, bp::ErrorNorm norm) {
  const bool each = norm == bp::ErrorNorm::element;
  return {"odeint, adaptive " + method + (each ? ", each element" : ", system"),
          [=](Model& m) {
            return bp::odeint(without_past(m),
                              {.method = method, .dt = dt, .adaptive = true, .tolerance = 1e-5, .error_norm = norm});
          },
          each ? Coupled::never : Coupled::always};
}

Kind sde(const std::string& method, bp::Interpretation sense, bool on_path) {
  return {"sdeint, " + method + (on_path ? ", path" : ", keys"),
          [=](Model& m) {
            bp::SdeOptions options{.method = method, .interpretation = sense, .dt = dt};
            if (on_path) options.path = bp::BrownianPath{.seed = 3, .dt = dt / 2};
            else options.random = &m.stream;
            const auto noise = [](bm::Array x, bm::Array y, bm::Array t) {
              return std::tuple(0.2 * bm::cos(x) * (1.0 + t), 0.1 * y);
            };
            return bp::sdeint(without_past(m), noise, options);
          },
          Coupled::always, Batch::step, !on_path};
}

Kind fde(const std::string& method, const std::string& memory) {
  return {
      "fdeint, " + method + ", " + memory,
      [=](Model& m) -> bp::Integrator<2> {
        bp::FdeOptions options{.alpha = {0.8, 0.95}, .method = method, .inits = {m.x, m.y}, .dt = dt, .memory = memory};
        if (memory == "window") options.num_memory = 10;
        else options.horizon = 4;
        return bp::fdeint(without_past(m), options);
      },
      Coupled::always, Batch::derivative};
}

bm::TimeDelay& delay_of_x(Model& m, const char* interpolation) {
  return m.keep<bm::TimeDelay>(
      m.x, bm::TimeDelayOptions{.delay = 0.8, .dt = dt, .before_t0 = 0.3, .interpolation = interpolation});
}

bp::Integrator<2> with_time_delay(Model& m) {
  auto& past = delay_of_x(m, "cubic");
  return bp::odeint([&](bm::Array x, bm::Array y, bm::Array t) { return m.delayed(x, y, t, past(t - 0.73)); },
                    {.method = "rk4", .dt = dt, .variables = {"x", "y"}, .delays = {{"x", past}}});
}

bp::Integrator<2> with_length_delay(Model& m) {
  auto& past = m.keep<bm::LengthDelay>(m.x, bm::LengthDelayOptions{.length = 7, .init = 0.3});
  return bp::odeint([&](bm::Array x, bm::Array y, bm::Array t) { return m.delayed(x, y, t, past.retrieve(7)); },
                    {.method = "rk4", .dt = dt, .variables = {"x", "y"}, .delays = {{"x", past}}});
}

bp::Integrator<2> neutral(Model& m) {
  auto& past = delay_of_x(m, "cubic");
  return bp::odeint([&](bm::Array x, bm::Array y,
                        bm::Array t) { return m.delayed(x, y, t, 0.5 * past.derivative(t - 0.7) + past(t - 0.45)); },
                    {.method = "rk4", .dt = dt, .variables = {"x", "y"}, .delays = {{"x", past}}});
}

bp::Integrator<2> delayed_sde(Model& m) {
  auto& past = delay_of_x(m, "");
  return bp::sdeint(
      [&](bm::Array x, bm::Array y, bm::Array t) { return m.delayed(x, y, t, past(t - 0.73)); },
      [&](bm::Array, bm::Array y, bm::Array t) { return std::tuple(0.2 * past(t - 0.4), 0.1 * y); },
      {.method = "euler", .dt = dt, .variables = {"x", "y"}, .random = &m.stream, .delays = {{"x", past}}});
}

bp::Integrator<2> delayed_fde(Model& m) {
  auto& past = delay_of_x(m, "");
  return bp::fdeint([&](bm::Array x, bm::Array y, bm::Array t) { return m.delayed(x, y, t, past(t - 0.73)); },
                    {.alpha = 0.9,
                     .method = "abm",
                     .num_memory = 10,
                     .inits = {m.x, m.y},
                     .dt = dt,
                     .variables = {"x", "y"},
                     .delays = {{"x", past}}});
}

std::vector<Kind> all_kinds() {
  std::vector<Kind> kinds{ode("rk4"),
                          ode("symplectic_euler"),
                          ode("rodas4", Coupled::few_units),
                          ode("trapezoid", Coupled::few_units),
                          ode("exp_auto", Coupled::few_units),
                          ode("exp_rk2", Coupled::few_units),
                          adaptive("rkdp", bp::ErrorNorm::system),
                          adaptive("bs", bp::ErrorNorm::element)};
  for (const bool on_path : {true, false}) {
    for (const char* method : {"euler", "milstein", "srk1w1"}) kinds.push_back(sde(method, bp::Ito, on_path));
    kinds.push_back(sde("heun", bp::Stratonovich, on_path));
  }
  for (const char* method : {"l1", "euler", "abm", "short-memory"}) kinds.push_back(fde(method, "window"));
  for (const char* method : {"l1", "abm"}) kinds.push_back(fde(method, "exponentials"));
  kinds.push_back({"odeint, TimeDelay", with_time_delay, Coupled::always, Batch::derivative});
  kinds.push_back({"odeint, LengthDelay", with_length_delay, Coupled::always, Batch::derivative});
  kinds.push_back({"odeint, neutral", neutral, Coupled::always, Batch::derivative});
  // Elements of a batch that shares one past have noise of their own: no row is as it is alone.
  kinds.push_back({"sdeint, TimeDelay", delayed_sde, Coupled::always, Batch::none, true});
  kinds.push_back({"fdeint, TimeDelay", delayed_fde, Coupled::always, Batch::derivative});
  return kinds;
}

/// The threads that compiled programs have, while it lives.
struct Threads {
  int before = brainpy::runtime::options().threads;
  explicit Threads(int count) { brainpy::runtime::options().threads = count; }
  ~Threads() { brainpy::runtime::options().threads = before; }
  Threads(const Threads&) = delete;
};

void append(std::string& bytes, const bm::Array& a) {
  bytes.append(reinterpret_cast<const char*>(a.tensor().as<std::byte>()), static_cast<std::size_t>(a.type().bytes()));
}

/// Steps the model; the bytes of its states after each step, row by row.
void run(Model& model, int steps, std::vector<std::string>& trajectories) {
  auto step = bp::jit(model, &Model::update);
  for (int n = 0; n < steps; ++n) {
    bp::share.save("i", n);
    bp::share.set_t(n * dt);
    step();
    for (const bm::Variable* state : {&model.x, &model.y}) {
      if (model.row) append(trajectories[0], state->value());
      for (int r = 0; r < rows && !model.row; ++r) append(trajectories[static_cast<std::size_t>(r)], (*state)[r]);
    }
  }
  for (const bm::Variable* state : {&model.x, &model.y}) CHECK(bm::all(bm::isfinite(state->value())).item<bool>());
}

std::string hash_of(const std::vector<std::string>& trajectories) {
  std::string all;
  for (const std::string& t : trajectories) all += t;
  return brainpy::runtime::to_hex(brainpy::runtime::hash128(all));
}

/// Each row in a run of its own.
std::string hash_of_rows(const Kind& kind, int steps, int count = units) {
  std::vector<std::string> all;
  for (int r = 0; r < rows; ++r) {
    std::vector<std::string> one(1);
    Model model(kind, r, count);
    run(model, steps, one);
    all.push_back(one[0]);
  }
  CHECK(all[0] != all[1]);
  return hash_of(all);
}

/// All rows in one run.
std::string hash_of_batch(const Kind& kind, int steps) {
  std::vector<std::string> all(rows);
  Model model(kind, std::nullopt, units);
  run(model, steps, all);
  return hash_of(all);
}

}  // namespace

TEST_CASE("every kind of integrator has one hash over all modes, threads, and rows alone or at once") {
  const TimeStep step(dt);
  std::set<std::string> hashes;
  std::size_t kinds = 0;
  for (const bool wide : {false, true}) {
    const Precision precision(wide);
    for (const Kind& kind : all_kinds()) {
      std::string expected;
      for (const auto& [mode, threads] :
           {std::pair{"jit", 0}, {"jit", 1}, {"jit", 3}, {"interp", 0}, {"shadow", 0}, {"eager", 0}}) {
        INFO(kind.name << (wide ? ", f64, " : ", f32, ") << mode << ", " << threads << " threads");
        const Mode how(mode);
        const Threads on(threads);
        const std::string hash = hash_of_rows(kind, 25);
        if (expected.empty()) expected = hash;
        CHECK(hash == expected);
        if (kind.batch != Batch::none) CHECK(hash_of_batch(kind, 25) == expected);
      }
      hashes.insert(expected);
      ++kinds;
    }
  }
  CHECK(hashes.size() == kinds);  // no two kinds or types took the same numbers
  bp::share.clear();
}

TEST_CASE("threads that share a wide population do not show in the hash") {
  const TimeStep step(dt);
  for (const bool wide : {false, true}) {
    const Precision precision(wide);
    for (const Kind& kind : all_kinds()) {
      std::string expected;
      for (const int threads : {1, 3}) {
        INFO(kind.name << (wide ? ", f64, " : ", f32, ") << threads << " threads");
        const Threads on(threads);
        const std::string hash = hash_of_rows(kind, 2, 20000);
        if (expected.empty()) expected = hash;
        CHECK(hash == expected);
      }
    }
  }
  bp::share.clear();
}

TEST_CASE("bm::vmap refuses steps whose past the rows would share") {
  const TimeStep step(dt);
  for (const Kind& kind : all_kinds()) {
    if (kind.batch == Batch::step) continue;
    for (const char* mode : modes) {
      INFO(kind.name << ", " << mode);
      const Mode how(mode);
      Model model(kind, 0, units);
      const bm::Array all = bm::sin(bm::arange(1.0 * rows * units)).reshape({rows, units});
      const auto batched = [&] {
        bm::vmap([&](bm::Array x, bm::Array y) { return model.integral(x, y, 0.0); })(all, all);
      };
      const std::string text = text_of<bp::ValueError>(batched);
      CHECK_THAT(text, Catch::Matchers::StartsWith("vmap: the shared Variable '") &&
                           Catch::Matchers::Contains("' is assigned a value of one row\n  at modes_test.cpp:") &&
                           Catch::Matchers::Contains(", and each row has a value for it\n  hint: "));
      // Its Variables have no axis for rows that batched_variables could name.
      for (brainpy::BrainPyObject* memory : model.integral.stepper_pointer()->memories()) {
        const auto named = bm::vmap([&](bm::Array x, bm::Array y) { return model.integral(x, y, 0.0); },
                                    {.batched_variables = memory->vars()});
        CHECK_THROWS_AS(named(all, all), bp::ShapeError);
      }
      // Nothing was written.
      for (int n = 0; n < 2; ++n) {
        bp::share.set_t(n * dt);
        CHECK_NOTHROW(model.update());
      }
    }
  }
  bp::share.clear();
}
