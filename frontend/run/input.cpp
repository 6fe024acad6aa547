// What a runner feeds into a model: kinds of inputs, from the words that users give.
#include "frontend/run/input.hpp"

#include <cstring>

#include "frontend/math/array_data.h"
#include "runtime/error.h"

namespace brainpy {

using math::Operand;
using math::Site;

namespace {

bool parse_operation(const char* operation, const Site& site) {
  if (std::strcmp(operation, "=") == 0) return true;
  if (std::strcmp(operation, "+") == 0) return false;
  throw ValueError({.what = "input: unknown operation",
                    .where = math::location_of(site),
                    .values = std::string("got '") + operation + "'",
                    .hint = "use \"+\" or \"=\""});
}

}  // namespace

Input::Input(std::string name, const Operand& given, const char* how, const char* operation, Site where)
    : target(std::move(name)), kind(Kind::constant), value(std::make_shared<Operand>(given)), site(where) {
  if (std::strcmp(how, "iter") == 0) kind = Kind::iterated;
  else if (std::strcmp(how, "=") == 0 || std::strcmp(how, "+") == 0) operation = how;
  else if (std::strcmp(how, "fix") != 0)
    throw ValueError(
        {.what = "input: unknown kind",
         .where = math::location_of(site),
         .values = std::string("got '") + how + "'",
         .hint = "use \"fix\" for a constant, \"iter\" for one row per step; give a function for the rest"});
  replaces = parse_operation(operation, site);
}

Input::Input(std::string name, std::shared_ptr<const transform::Function> computed, const char* operation, Site where)
    : target(std::move(name)),
      kind(Kind::computed),
      replaces(parse_operation(operation, where)),
      function(std::move(computed)),
      site(where) {}

Input::Input(const Input&) = default;
Input::Input(Input&&) noexcept = default;
Input& Input::operator=(const Input&) = default;
Input& Input::operator=(Input&&) noexcept = default;
Input::~Input() = default;

}  // namespace brainpy
