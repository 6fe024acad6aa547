// A ring of rows and a bank of exponentials, written with the operations that every model has.
#include "frontend/integrate/fractional_history.h"

#include <algorithm>
#include <cmath>

#include "frontend/math/linear_algebra.hpp"
#include "frontend/math/math.hpp"
#include "frontend/math/primitives.h"

namespace brainpy::integrate {

using math::Array;
using math::DType;
using math::Operand;
using math::Site;
using math::Variable;

namespace {

/// Host numbers as an array of the float type.
Array numbers_of(const std::vector<double>& values, const math::Shape& shape, DType dtype) {
  if (dtype == DType::f64) return math::host_array(values, shape);
  return math::host_array(std::vector<float>(values.begin(), values.end()), shape);
}

Array zeros_of(DType dtype, const math::Shape& shape) { return Array(runtime::make_tensor({dtype, shape})); }

/// weights [m] times rows [m, n], as one row of the shape.
Array weighted_sum(const Array& weights, const Array& rows, const math::Shape& shape, const Site& site) {
  const Array line = math::reshape_to(weights, {1, weights.size()}, site);
  return math::reshape_to(math::apply("matmul", {line, rows}, {}, site), shape, site);
}

/// The row as [1, n], repeated where the function gave a scalar.
Array line_of(const Array& row, const math::Type& type, const Site& site) {
  return math::reshape_to(math::broadcast_array(row, type.shape, site), {1, type.size()}, site);
}

Array integer(std::int64_t value) { return math::number(DType::i64, value); }

class Window final : public History {
 public:
  Window(BrainPyObject& owner, MakeVariable make, const HistorySpec& spec, std::int64_t length)
      : type_(spec.type),
        length_(length),
        rows_(make(owner, spec.name + "_past", zeros_of(type_.dtype, {length, type_.size()}))) {
    for (LagWeight kind : spec.kinds) {
      // Twice around, newest first at any place: entry i is the weight of lag (length - 1 - i) mod length + 1.
      std::vector<double> around(static_cast<std::size_t>(2 * length - 1));
      for (std::int64_t lag = 1; lag <= length; ++lag) {
        const double weight = lag_weight(kind, spec.alpha, static_cast<double>(lag));
        around[static_cast<std::size_t>(length - lag)] = weight;
        if (lag > 1) around[static_cast<std::size_t>(2 * length - lag)] = weight;
        if (lag == length) last_.push_back(weight);
      }
      weights_.push_back(numbers_of(around, {2 * length - 1}, type_.dtype));
    }
    if (std::ranges::find(spec.kinds, LagWeight::trapezoid) == spec.kinds.end()) return;
    std::vector<double> corrections;
    for (std::int64_t n = 1; n <= length; ++n)
      corrections.push_back(first_node_correction(spec.alpha, static_cast<double>(n)));
    corrections_ = numbers_of(corrections, {length}, type_.dtype);
  }

  Array sum(std::size_t kind, const Array& pushed, const Site& site) const override {
    const Array newest = math::map("remainder", {decrement(pushed, site), integer(length_)}, site);
    const Array start = math::map("sub", {integer(length_ - 1), newest}, site);
    const Array weights =
        math::apply("dynamic_slice", {weights_[kind], start}, {{"sizes", math::Extents{length_}}}, site);
    return weighted_sum(weights, rows_.value(), type_.shape, site);
  }

  Array push(const Array& row, const Array& pushed, const Site& site) override {
    const Array place = math::map("remainder", {pushed, integer(length_)}, site), rows = rows_.value();
    const Array old =
        math::apply("dynamic_slice", {rows, place, integer(0)}, {{"sizes", math::Extents{1, type_.size()}}}, site);
    const Array line = line_of(row, type_, site);
    rows_ = Operand(math::apply("dynamic_update_slice", {rows, line, place, integer(0)}, {}, site), site);
    return math::reshape_to(old, type_.shape, site);
  }

  Array first_node(const Array& n, const Site& site) const override {
    const Array last = math::map("minimum", {n, integer(length_)}, site);
    const Array one =
        math::apply("dynamic_slice", {corrections_, decrement(last, site)}, {{"sizes", math::Extents{1}}}, site);
    return math::reshape_to(one, {}, site);
  }

  double last_weight(std::size_t kind) const override { return last_[kind]; }

 private:
  static Array decrement(const Array& n, const Site& site) { return math::map("sub", {n, integer(1)}, site); }

  math::Type type_;
  std::int64_t length_;
  Variable rows_;  ///< [length, n]
  std::vector<Array> weights_;
  std::vector<double> last_;
  Array corrections_;
};

class ExponentialBank final : public History {
 public:
  ExponentialBank(BrainPyObject& owner, MakeVariable make, const HistorySpec& spec, double horizon, double tolerance)
      : ExponentialBank(owner, make, spec, exponentials_of(spec.kinds, spec.alpha, horizon, tolerance)) {}

  ExponentialBank(BrainPyObject& owner, MakeVariable make, const HistorySpec& spec, const Exponentials& sum)
      : type_(spec.type),
        count_(static_cast<std::int64_t>(sum.rates.size())),
        newest_(make(owner, spec.name + "_newest", zeros_of(type_.dtype, {1, type_.size()}))),
        sums_(make(owner, spec.name + "_sums", zeros_of(type_.dtype, {count_, type_.size()}))),
        rates_(math::host_array(sum.rates, {count_})),
        first_node_(math::host_array(sum.first_node, {count_})) {
    std::vector<double> decays;
    for (double rate : sum.rates) decays.push_back(std::exp(-rate));
    decays_ = numbers_of(decays, {count_, 1}, type_.dtype);
    for (std::size_t k = 0; k < spec.kinds.size(); ++k) {
      weights_.push_back(numbers_of(sum.factors[k], {count_}, type_.dtype));
      nearest_.push_back(lag_weight(spec.kinds[k], spec.alpha, 1));
    }
  }

  Array sum(std::size_t kind, const Array&, const Site& site) const override {
    const Array far = weighted_sum(weights_[kind], sums_.value(), type_.shape, site);
    const Array near = math::reshape_to(newest_.value(), type_.shape, site);
    return Operand(near, site) * Operand(nearest_[kind], site) + Operand(far, site);
  }

  Array push(const Array& row, const Array&, const Site& site) override {
    const Array decayed = Operand(sums_.value(), site) * Operand(decays_, site);
    sums_ = Operand(Operand(decayed, site) + Operand(newest_.value(), site), site);
    newest_ = Operand(line_of(row, type_, site), site);
    return Array();
  }

  Array first_node(const Array& n, const Site& site) const override {
    const Array lag = math::convert(n, DType::f64, site);
    const Array passed = Operand(1.0, site) - Operand(lag, site);
    const Array decay = math::exp(Operand(Operand(rates_, site) * Operand(passed, site), site));
    const Array terms = Operand(first_node_, site) * Operand(decay, site);
    return math::convert(math::sum(Operand(terms, site)), type_.dtype, site);
  }

  double last_weight(std::size_t) const override { return 0; }

 private:
  math::Type type_;
  std::int64_t count_;
  Variable newest_, sums_;  ///< [1, n] and [exponentials, n]
  Array rates_, first_node_, decays_;
  std::vector<Array> weights_;
  std::vector<double> nearest_;
};

}  // namespace

std::unique_ptr<History> make_window(BrainPyObject& owner, MakeVariable make, const HistorySpec& spec,
                                     std::int64_t length) {
  return std::make_unique<Window>(owner, make, spec, length);
}

std::unique_ptr<History> make_exponentials(BrainPyObject& owner, MakeVariable make, const HistorySpec& spec,
                                           double horizon, double tolerance) {
  return std::make_unique<ExponentialBank>(owner, make, spec, horizon, tolerance);
}

}  // namespace brainpy::integrate
