// What is checked of every equation and at every step, whichever method it is solved by.
#include "frontend/integrate/integrator.hpp"

#include <fmt/format.h>

#include "frontend/math/array_data.h"
#include "frontend/object/share.hpp"

namespace brainpy::integrate {

namespace {

void check_names(const Equation& equation, const std::vector<std::string>& names, std::size_t count, const char* what) {
  if (names.empty() || names.size() == count) return;
  throw ValueError(
      {.what = fmt::format("{}: the number of {} names is not the number of {}s", equation.family, what,
                           what == std::string("variable") ? "state" : what),
       .where = math::location_of(equation.site),
       .values = fmt::format("{} names, {} {}s", names.size(), count, what == std::string("variable") ? "state" : what),
       .hint = "the derivative returns one value for each state and takes the states, then t, then the "
               "parameters"});
}

}  // namespace

Stepper::Stepper(Equation equation) : equation_(std::move(equation)) {
  Equation& e = equation_;
  if (e.dt < 0 || e.dt != e.dt)
    throw ValueError({.what = fmt::format("{}: the time step is not above zero", e.family),
                      .where = math::location_of(e.site),
                      .values = fmt::format("dt = {}", e.dt),
                      .hint = "give dt in ms, or leave it out to use bp::share.dt()"});
  const std::size_t parameters = e.arguments - e.states - 1;
  check_names(e, e.variables, e.states, "variable");
  check_names(e, e.parameters, parameters, "parameter");
  for (std::size_t k = e.variables.size(); k < e.states; ++k) e.variables.push_back(fmt::format("x{}", k));
  for (std::size_t k = e.parameters.size(); k < parameters; ++k) e.parameters.push_back(fmt::format("p{}", k));
}

Stepper::~Stepper() = default;
std::vector<BrainPyObject*> Stepper::memories() const { return {}; }

double Stepper::dt() const { return equation_.dt > 0 ? equation_.dt : share.dt(); }

Arrays Stepper::step(std::initializer_list<math::Operand> arguments) const {
  Arrays arrays;
  for (const math::Operand& argument : arguments) arrays.push_back(argument.array());
  return step(arrays, arguments.begin()->site());
}

Arrays Stepper::step(const Arrays& arguments, const math::Site& site) const {
  if (arguments.size() != equation_.arguments)
    throw ValueError({.what = "integrator: wrong number of arguments",
                      .where = math::location_of(site),
                      .values = fmt::format("the derivative takes {} ({} states, t, parameters), given {}",
                                            equation_.arguments, equation_.states, arguments.size()),
                      .hint = "call it as the derivative is declared: states, then t, then parameters"});
  const math::AttributedTo attributed(site);
  Arrays floats;
  for (std::size_t k = 0; k < arguments.size(); ++k)
    floats.push_back(k <= equation_.states ? math::convert(arguments[k], math::to_float(arguments[k].dtype()), site)
                                           : arguments[k]);
  Arrays next = advance(floats, site);
  if (next.size() != equation_.states)
    throw ValueError({.what = "integrator: the method returns a wrong number of states",
                      .where = math::location_of(site),
                      .values = fmt::format("{} states, {} values", equation_.states, next.size()),
                      .hint = "a method returns one array for each state"});
  for (std::size_t k = 0; k < equation_.states; ++k)
    if (!(next[k].type() == floats[k].type()))
      throw ShapeError({.what = fmt::format("integrator: the method changes the type of state {}", k),
                        .where = math::location_of(site),
                        .values = fmt::format("the state '{}' is {}, one step later {}", equation_.variables[k],
                                              to_string(floats[k].type()), to_string(next[k].type())),
                        .hint = "a method returns each state with its shape and element type"});
  return next;
}

Arrays call_equation(const Equation& equation, const Function& function, const Arrays& arguments, const char* what,
                     const math::Site& site) {
  Arrays values = function(arguments);
  if (values.size() != equation.states)
    throw ValueError({.what = fmt::format("{}: the {} returns a wrong number of values", equation.family, what),
                      .where = math::location_of(equation.site),
                      .values = fmt::format("{} states, {} values", equation.states, values.size()),
                      .hint = "return one value for each state, in the order of the states"});
  for (std::size_t k = 0; k < equation.states; ++k) {
    const runtime::Type &state = arguments[k].type(), &value = values[k].type();
    if (value.shape != state.shape && !value.shape.is_scalar())
      throw ShapeError({.what = fmt::format("{}: the {} of state {} has another shape", equation.family, what, k),
                        .where = math::location_of(site),
                        .values = fmt::format("the state '{}' is {}, its {} {}", equation.variables[k],
                                              to_string(state), what, to_string(value)),
                        .hint = "return one value for each element of the state, in the order of the states"});
    // A slope in another float type would change the type of the state.
    values[k] = math::convert(values[k], state.dtype, site);
  }
  return values;
}

}  // namespace brainpy::integrate
