// Forward derivatives without types: the checks, one direction, all directions.
#include "frontend/transform/derivative.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "compiler/transform/jvp.h"
#include "frontend/math/primitives.h"
#include "frontend/transform/control_flow.hpp"
#include "frontend/transform/replay.h"

namespace brainpy::math {
OperandList::OperandList(std::initializer_list<Operand> operands, Site site) : operands_(operands), site_(site) {}
OperandList::OperandList(const OperandList&) = default;
OperandList& OperandList::operator=(const OperandList&) = default;
OperandList::~OperandList() = default;
}  // namespace brainpy::math

namespace brainpy::math::detail {

namespace {

/// Arguments of up to this many elements get a Jacobian without a loop.
constexpr std::int64_t largest_unrolled = 8;

void check_float(const char* function, const char* role, std::size_t number, DType dtype, const Site& site,
                 const char* hint) {
  if (runtime::is_float(dtype)) return;
  throw DTypeError({.what = fmt::format("{}: {} {} is not a float", function, role, number),
                    .where = location_of(site),
                    .values = std::string("it is ") + runtime::numpy_name(dtype),
                    .hint = hint});
}

void check_argument(const char* function, std::size_t number, const Array& argument, const Site& site) {
  check_float(function, "argument", number, argument.dtype(), site,
              "only floats have derivatives: convert it with .astype(bm::float32), or let the function capture it");
}

/// A function together with its derivative along directions of some of its arguments.
class Derivative {
 public:
  Derivative(const char* name, const Function& f, const Arrays& arguments, const Site& site)
      : site_(site), recorded_(transform::record_part(f, arguments, site)), operands_(arguments) {
    operands_.insert(operands_.end(), recorded_.captured.begin(), recorded_.captured.end());
    for (const compiler::ir::Value* v : recorded_.program->body.terminator()->operands) {
      check_float(name, "result", types_.size(), v->type.dtype, site,
                  "only floats have derivatives: convert it, or let the function return the floats alone");
      types_.push_back(v->type);
    }
  }

  /// The types of the results.
  const std::vector<Type>& types() const { return types_; }

  /// Chooses the arguments that have tangents.
  void differentiate_by(const std::vector<std::size_t>& arguments) {
    std::vector<bool> flags(static_cast<std::size_t>(recorded_.program->parameters), false);
    for (const std::size_t k : arguments) flags[k] = true;
    program_ = compiler::transform::jvp(*recorded_.program, flags);
  }

  /// Results, then their tangents, for tangents of the chosen arguments.
  Arrays along(const Arrays& tangents) const {
    Arrays all = operands_;
    all.insert(all.end(), tangents.begin(), tangents.end());
    return transform::apply_program(*program_, all, site_);
  }

 private:
  const Site& site_;
  transform::RecordedPart recorded_;
  std::unique_ptr<compiler::ir::Program> program_;
  Arrays operands_;
  std::vector<Type> types_;
};

Shape joined(const Shape& a, const Shape& b) {
  Extents extents = extents_of(a);
  for (const std::int64_t n : b) extents.push_back(n);
  return Shape(extents);
}

/// 1 at one element, 0 elsewhere.
Array unit(const Type& type, std::int64_t element) {
  runtime::Tensor t = runtime::make_tensor(type);
  if (type.dtype == DType::f32) t.as<float>()[element] = 1;
  else t.as<double>()[element] = 1;
  return Array(std::move(t));
}

/// The Jacobians of all results with respect to one argument: row i of `columns` is what direction i gives.
Arrays jacobian_by(Derivative& derivative, const Array& argument, std::size_t number, const Site& site) {
  derivative.differentiate_by({number});
  const auto results = static_cast<std::ptrdiff_t>(derivative.types().size());
  const auto along = [&](const Array& direction) {
    const Arrays all = derivative.along({direction});
    return Arrays(all.begin() + results, all.end());
  };
  const std::int64_t count = argument.size();
  Arrays jacobians;
  if (count == 0) {
    for (const Type& t : derivative.types())
      jacobians.push_back(filled(joined(t.shape, argument.shape()), math::number(t.dtype, 0.0), site));
    return jacobians;
  }
  std::vector<Arrays> columns;
  if (count <= largest_unrolled) {
    for (std::int64_t i = 0; i < count; ++i) columns.push_back(along(unit(argument.type(), i)));
    for (std::size_t r = 0; r < derivative.types().size(); ++r) {
      Arrays parts;
      for (const Arrays& column : columns) parts.push_back(insert_axis(column[r], 0, site));
      jacobians.push_back(parts.size() == 1 ? parts[0] : join(parts, 0, site));
    }
  } else {
    const Array places = count_up(count, site);
    auto body = [&](const Array& i) {
      const Array here = convert(apply("eq", {places, i}, {}, site), argument.dtype(), site);
      return along(reshape_to(here, argument.shape(), site));
    };
    jacobians = for_loop(transform::FunctionOf<decltype(body), 1>(body), {places}, {}, site);
  }
  for (std::size_t r = 0; r < jacobians.size(); ++r)
    jacobians[r] =
        reshape_to(move_to_end(jacobians[r], {0}, site), joined(derivative.types()[r].shape, argument.shape()), site);
  return jacobians;
}

/// The arguments of the call: one primal and one tangent for each argument of the function, of the same types.
struct Directions {
  Arrays primals, tangents;
};

Directions check_directions(const char* function, std::size_t count, const OperandList& primals,
                            const OperandList& tangents) {
  const Site& site = primals.site();
  if (primals.operands().size() != count || tangents.operands().size() != count)
    throw ValueError({.what = fmt::format("{}: the numbers of arguments and tangents do not fit", function),
                      .where = location_of(site),
                      .values = fmt::format("the function takes {}, got {} primals and {} tangents", count,
                                            primals.operands().size(), tangents.operands().size()),
                      .hint = "give one primal and one tangent for each argument: {x, y} and {dx, dy}"});
  Directions out;
  for (std::size_t k = 0; k < count; ++k) {
    const Operand &x = primals.operands()[k], &dx = tangents.operands()[k];
    out.primals.push_back(array_of(x));
    const Array& primal = out.primals.back();
    check_argument(function, k, primal, site);
    out.tangents.push_back(dx.is_number() ? dx.array(primal.dtype()) : array_of(dx));
    const Array& tangent = out.tangents.back();
    if (primal.type() == tangent.type()) continue;
    const bool dtypes = primal.dtype() != tangent.dtype();
    runtime::ErrorParts parts{
        .what = fmt::format("{}: tangent {} has another {} than its argument", function, k,
                            dtypes ? "element type" : "shape"),
        .where = location_of(tangents.site()),
        .values = "the argument is " + to_string(primal.type()) + ", the tangent " + to_string(tangent.type()),
        .hint = dtypes
                    ? std::string("convert the tangent with .astype(bm::") + runtime::numpy_name(primal.dtype()) + ")"
                    : "a tangent is a direction: it has one number for each element of its argument"};
    if (dtypes) throw DTypeError(std::move(parts));
    throw ShapeError(std::move(parts));
  }
  return out;
}

std::vector<std::size_t> all_of(std::size_t count) {
  std::vector<std::size_t> numbers;
  for (std::size_t k = 0; k < count; ++k) numbers.push_back(k);
  return numbers;
}

}  // namespace

void check_argnums(int argnums, std::size_t count, const Site& site) {
  if (argnums >= 0 && static_cast<std::size_t>(argnums) < count) return;
  throw IndexError({.what = fmt::format("jacfwd: argnums {} is not an argument of the function", argnums),
                    .where = location_of(site),
                    .values = fmt::format("the function takes {}", count),
                    .hint = "arguments are counted from 0"});
}

std::pair<Arrays, Arrays> jvp(const Function& f, std::size_t count, const OperandList& primals,
                              const OperandList& tangents) {
  const Directions at = check_directions("jvp", count, primals, tangents);
  Derivative derivative("jvp", f, at.primals, primals.site());
  derivative.differentiate_by(all_of(count));
  const Arrays all = derivative.along(at.tangents);
  const auto middle = all.begin() + static_cast<std::ptrdiff_t>(derivative.types().size());
  return {{all.begin(), middle}, {middle, all.end()}};
}

Arrays jacobian(const Function& f, const Arrays& arguments, const std::vector<int>& argnums, const Site& site) {
  for (const int a : argnums)
    check_argument("jacfwd", static_cast<std::size_t>(a), array_of({arguments[static_cast<std::size_t>(a)], site}),
                   site);
  Derivative derivative("jacfwd", f, arguments, site);
  std::vector<Arrays> by_argument;
  for (const int a : argnums) {
    const auto number = static_cast<std::size_t>(a);
    by_argument.push_back(jacobian_by(derivative, arguments[number], number, site));
  }
  Arrays jacobians;
  for (std::size_t r = 0; r < derivative.types().size(); ++r)
    for (const Arrays& list : by_argument) jacobians.push_back(list[r]);
  return jacobians;
}

Arrays hvp(const Function& f, std::size_t count, const OperandList& primals, const OperandList& tangents) {
  const Site& site = primals.site();
  const Directions at = check_directions("hvp", count, primals, tangents);
  /// The derivative of f along the tangents, as a function of the point.
  struct Along final : Function {
    const Function& f;
    const Directions& at;
    const Site& site;
    Along(const Function& function, const Directions& directions, const Site& s)
        : f(function), at(directions), site(s) {}
    Arrays operator()(const Arrays& point) const override {
      Derivative derivative("hvp", f, point, site);
      const std::vector<Type>& types = derivative.types();
      if (types.size() != 1 || !types[0].shape.is_scalar()) {
        std::string returned;
        for (const Type& t : types) returned += (returned.empty() ? "" : ", ") + to_string(t);
        throw ShapeError({.what = "hvp: the function does not return one number",
                          .where = location_of(site),
                          .values = "it returns " + (returned.empty() ? "nothing" : returned),
                          .hint = "sum its result, or take bm::hessian of it"});
      }
      derivative.differentiate_by(all_of(point.size()));
      return {derivative.along(at.tangents)[1]};
    }
  };
  std::vector<int> argnums(count);
  for (std::size_t k = 0; k < count; ++k) argnums[k] = static_cast<int>(k);
  return jacobian(Along(f, at, site), at.primals, argnums, site);
}

}  // namespace brainpy::math::detail
