// What a runner feeds into a model before each step.
// In: a target Variable by path and a value. Out: Input records.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "frontend/transform/structure.hpp"

namespace brainpy {

/// {"E.input", 20.0}                    the same value at every step, added
/// {"E.input", currents, "iter"}        row k at step k of a run
/// {"E.input", [] { return ...; }}      computed at each step (bp::share.t() is the time)
/// and as last part "+" (the default) or "=".
class Input {
 public:
  enum class Kind : std::uint8_t { constant, iterated, computed };

  Input(std::string target, const math::Operand& value, const char* kind = "fix", const char* operation = "+",
        math::Site site = math::Site::current());
  template <class F>
  requires std::invocable<F&> Input(std::string target, F function, const char* operation = "+",
                                    math::Site site = math::Site::current())
      : Input(std::move(target), transform::own_function<0>(std::move(function)), operation, site) {}
  Input(const Input&);
  Input(Input&&) noexcept;
  Input& operator=(const Input&);
  Input& operator=(Input&&) noexcept;
  ~Input();

  std::string target;
  Kind kind;
  bool replaces;  ///< "=": the target's value is replaced, else added to
  std::shared_ptr<const math::Operand> value;
  std::shared_ptr<const transform::Function> function;
  math::Site site;

 private:
  Input(std::string target, transform::FunctionPtr function, const char* operation, math::Site site);
};

}  // namespace brainpy
