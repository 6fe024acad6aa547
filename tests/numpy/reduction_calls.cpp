// Calls of the reductions, cumulative functions and statistics.
#include "case.h"

namespace numpy_test {

void add_reduction_calls(Table& table) {
  using Reduction = bm::Array (*)(const bm::Operand&, const bm::Axes&, bool);
  const std::pair<const char*, Reduction> reductions[] = {
      {"sum", bm::sum},       {"prod", bm::prod},       {"mean", bm::mean},
      {"min", bm::min},       {"max", bm::max},         {"amin", bm::amin},
      {"amax", bm::amax},     {"ptp", bm::ptp},         {"median", bm::median},
      {"any", bm::any},       {"all", bm::all},         {"count_nonzero", bm::count_nonzero},
      {"nansum", bm::nansum}, {"nanprod", bm::nanprod}, {"nanmean", bm::nanmean},
      {"nanmin", bm::nanmin}, {"nanmax", bm::nanmax},   {"logsumexp", bm::logsumexp},
  };
  for (const auto& [name, function] : reductions)
    table[name] = [function = function](const Case& c) {
      return Arrays{function(c.in[0], c.axes(), c.flag("keepdims"))};
    };

  using Spread = bm::Array (*)(const bm::Operand&, const bm::Axes&, bool, int);
  for (const auto& [name, function] : {std::pair<const char*, Spread>{"var", bm::var},
                                       {"std", bm::std},
                                       {"nanvar", bm::nanvar},
                                       {"nanstd", bm::nanstd}})
    table[name] = [function = function](const Case& c) {
      return Arrays{function(c.in[0], c.axes(), c.flag("keepdims"), 0)};
    };
  table["var_ddof"] = [](const Case& c) { return Arrays{bm::var(c.in[0], c.axes(), false, 1)}; };

  using Scan = bm::Array (*)(const bm::Operand&, std::optional<int>);
  for (const auto& [name, function] : {std::pair<const char*, Scan>{"cumsum", bm::cumsum},
                                       {"cumprod", bm::cumprod},
                                       {"nancumsum", bm::nancumsum},
                                       {"cummax", bm::cummax}})
    table[name] = [function = function](const Case& c) { return Arrays{function(c.in[0], c.axis())}; };

  table["argmin"] = [](const Case& c) { return Arrays{bm::argmin(c.in[0], c.axis())}; };
  table["argmax"] = [](const Case& c) { return Arrays{bm::argmax(c.in[0], c.axis())}; };
  table["quantile"] = [](const Case& c) { return Arrays{bm::quantile(c.in[0], c.real("q"), c.axes())}; };
  table["percentile"] = [](const Case& c) { return Arrays{bm::percentile(c.in[0], c.real("q"), c.axes())}; };
  table["average"] = [](const Case& c) { return Arrays{bm::average(c.in[0], c.axes(), c.in[1])}; };
  table["trace"] = [](const Case& c) { return Arrays{bm::trace(c.in[0], c.integer("offset"))}; };
  table["softmax"] = [](const Case& c) { return Arrays{bm::softmax(c.in[0], c.integer("axis"))}; };
  table["log_softmax"] = [](const Case& c) { return Arrays{bm::log_softmax(c.in[0], c.integer("axis"))}; };

  table["cov"] = [](const Case& c) { return Arrays{bm::cov(c.in[0], c.flag("bias"))}; };
  table["corrcoef"] = [](const Case& c) { return Arrays{bm::corrcoef(c.in[0])}; };
  table["corrcoef_pair"] = [](const Case& c) { return Arrays{bm::corrcoef(c.in[0], c.in[1])}; };
  table["gradient"] = [](const Case& c) { return Arrays{bm::gradient(c.in[0], c.real("spacing"), c.integer("axis"))}; };
  table["trapz"] = [](const Case& c) { return Arrays{bm::trapz(c.in[0], c.real("dx"), c.integer("axis"))}; };
  table["trapz_at"] = [](const Case& c) { return Arrays{bm::trapz(c.in[0], c.in[1])}; };
  table["interp"] = [](const Case& c) { return Arrays{bm::interp(c.in[0], c.in[1], c.in[2])}; };
  table["polyval"] = [](const Case& c) { return Arrays{bm::polyval(c.in[0], c.in[1])}; };
  table["convolve"] = [](const Case& c) { return Arrays{bm::convolve(c.in[0], c.in[1], c.text("mode"))}; };
  table["correlate"] = [](const Case& c) { return Arrays{bm::correlate(c.in[0], c.in[1], c.text("mode"))}; };
  table["diff"] = [](const Case& c) { return Arrays{bm::diff(c.in[0], c.integer("n"), c.integer("axis"))}; };
  table["ediff1d"] = [](const Case& c) { return Arrays{bm::ediff1d(c.in[0])}; };
}

}  // namespace numpy_test
