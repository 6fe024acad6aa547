// Calls of creation, shapes, joining, indexing, search.
#include <stdexcept>

#include "case.h"

namespace numpy_test {

namespace {

using bm::Index;
using bm::IndexList;
using bm::none;
using bm::slice;

/// The index expressions of array_cases.py, by name.
IndexList index_of(const Case& c) {
  const bm::Array &i = c.in[1], &j = c.in[2], &mask = c.in[3], &wide_mask = c.in[4], &k = c.in[5];
  const std::map<std::string, IndexList> expressions = {
      {"integer", {2}},
      {"negative", {-1, -2}},
      {"slice", {slice(1, 4)}},
      {"step", {bm::all_of(), slice(none, none, 2)}},
      {"backwards", {slice(none, none, -1), slice(4, 1, -2)}},
      {"empty", {slice(3, 1)}},
      {"beyond", {slice(-100, 100), slice(2, 50)}},
      {"newaxis", {bm::newaxis, bm::all_of(), bm::newaxis}},
      {"ellipsis", {bm::ellipsis, 1}},
      {"mixed", {0, bm::ellipsis, slice(1, 3), bm::newaxis}},
      {"array", {i}},
      {"array_second", {bm::all_of(), i}},
      {"arrays", {i, bm::all_of(), j}},
      {"pair", {i, i}},
      {"array_integer_apart", {0, bm::all_of(), j}},
      {"array_integer", {i, 1}},
      {"slice_array", {slice(1, 4), j, slice(none, none, 2)}},
      {"broadcast_pair", {bm::all_of(), i, j}},
      {"mask", {mask}},
      {"mask_second", {wide_mask, 1}},
      {"mask_two", {wide_mask}},
      {"scalar_array", {k}},
      {"scalar_array_last", {bm::ellipsis, k}},
  };
  return expressions.at(c.text("which"));
}

Arrays update(const Case& c) {
  const bm::IndexedUpdate part(c.in[0], index_of(c), bm::Site::current());
  const bm::Array& value = c.in[6];
  const std::string& how = c.text("how");
  if (how == "set") return {part.set(value)};
  if (how == "add") return {part.add(value)};
  if (how == "multiply") return {part.multiply(value)};
  if (how == "min") return {part.min(value)};
  return {part.max(value)};
}

bm::DType dtype_named(const std::string& name) {
  for (bm::DType t : {bm::float32, bm::float64, bm::int32, bm::int64, bm::bool_})
    if (name == numpy_name(t)) return t;
  throw std::runtime_error("unknown dtype " + name);
}

/// The case brings NumPy's text in hexadecimal.
Arrays print(const Case& c) {
  std::string expected;
  const std::string& hex = c.text("text");
  for (std::size_t i = 0; i < hex.size(); i += 2)
    expected += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  const std::string got = c.in[0].to_string();
  if (got != expected) throw std::runtime_error("\n" + got + "\ninstead of\n" + expected);
  return {};
}

void add_creation_calls(Table& table) {
  table["zeros"] = [](const Case& c) { return Arrays{bm::zeros(c.list("shape"))}; };
  table["ones"] = [](const Case& c) { return Arrays{bm::ones(c.list("shape"))}; };
  table["full"] = [](const Case& c) { return Arrays{bm::full(c.list("shape"), c.real("value"))}; };
  table["zeros_like"] = [](const Case& c) { return Arrays{bm::zeros_like(c.in[0])}; };
  table["ones_like"] = [](const Case& c) { return Arrays{bm::ones_like(c.in[0])}; };
  table["full_like"] = [](const Case& c) { return Arrays{bm::full_like(c.in[0], 1)}; };
  table["arange_integers"] = [](const Case& c) {
    return Arrays{bm::arange(c.integer("start"), c.integer("stop"), c.integer("step"))};
  };
  table["arange_floats"] = [](const Case& c) {
    return Arrays{bm::arange(c.real("start"), c.real("stop"), c.real("step"))};
  };
  table["linspace"] = [](const Case& c) {
    return Arrays{bm::linspace(c.real("start"), c.real("stop"), c.integer("count"), c.flag("end"))};
  };
  table["logspace"] = [](const Case& c) {
    return Arrays{bm::logspace(c.real("start"), c.real("stop"), c.integer("count"), c.flag("end"))};
  };
  table["geomspace"] = [](const Case& c) {
    return Arrays{bm::geomspace(c.real("start"), c.real("stop"), c.integer("count"))};
  };
  table["eye"] = [](const Case& c) { return Arrays{bm::eye(c.integer("rows"), c.integer("columns"), c.integer("k"))}; };
  table["tri"] = [](const Case& c) { return Arrays{bm::tri(c.integer("rows"), c.integer("columns"), c.integer("k"))}; };
  table["identity"] = [](const Case& c) { return Arrays{bm::identity(c.integer("n"))}; };
  table["diag"] = [](const Case& c) { return Arrays{bm::diag(c.in[0], c.integer("k"))}; };
  table["diagflat"] = [](const Case& c) { return Arrays{bm::diagflat(c.in[0], c.integer("k"))}; };
  table["diagonal"] = [](const Case& c) { return Arrays{bm::diagonal(c.in[0], c.integer("offset"))}; };
  table["tril"] = [](const Case& c) { return Arrays{bm::tril(c.in[0], c.integer("k"))}; };
  table["triu"] = [](const Case& c) { return Arrays{bm::triu(c.in[0], c.integer("k"))}; };
  table["vander"] = [](const Case& c) { return Arrays{bm::vander(c.in[0], c.integer("n"))}; };
  table["meshgrid"] = [](const Case& c) { return bm::meshgrid(c.in, c.text("indexing")); };
  table["indices"] = [](const Case& c) { return Arrays{bm::indices(c.list("shape"))}; };
}

void add_shape_calls(Table& table) {
  table["reshape"] = [](const Case& c) { return Arrays{c.in[0].reshape(c.list("shape"))}; };
  table["ravel"] = [](const Case& c) { return Arrays{c.in[0].ravel()}; };
  table["flatten"] = [](const Case& c) { return Arrays{c.in[0].flatten()}; };
  table["transpose"] = [](const Case& c) {
    return Arrays{c.has("axes") ? c.in[0].transpose(c.short_list("axes")) : c.in[0].T()};
  };
  table["swapaxes"] = [](const Case& c) { return Arrays{c.in[0].swapaxes(c.integer("first"), c.integer("second"))}; };
  table["moveaxis"] = [](const Case& c) {
    return Arrays{bm::moveaxis(c.in[0], c.integer("first"), c.integer("second"))};
  };
  table["expand_dims"] = [](const Case& c) { return Arrays{bm::expand_dims(c.in[0], c.integer("axis"))}; };
  table["squeeze"] = [](const Case& c) { return Arrays{bm::squeeze(c.in[0], c.axis())}; };
  table["atleast_1d"] = [](const Case& c) { return Arrays{bm::atleast_1d(c.in[0])}; };
  table["atleast_2d"] = [](const Case& c) { return Arrays{bm::atleast_2d(c.in[0])}; };
  table["atleast_3d"] = [](const Case& c) { return Arrays{bm::atleast_3d(c.in[0])}; };
  table["broadcast_to"] = [](const Case& c) { return Arrays{bm::broadcast_to(c.in[0], c.list("shape"))}; };
  table["broadcast_arrays"] = [](const Case& c) { return bm::broadcast_arrays(c.in); };
  table["concatenate"] = [](const Case& c) { return Arrays{bm::concatenate(c.in, c.integer("axis"))}; };
  table["stack"] = [](const Case& c) { return Arrays{bm::stack(c.in, c.integer("axis"))}; };
  table["append"] = [](const Case& c) { return Arrays{bm::append(c.in[0], c.in[1], c.axis())}; };
  table["vstack"] = [](const Case& c) { return Arrays{bm::vstack(c.in)}; };
  table["hstack"] = [](const Case& c) { return Arrays{bm::hstack(c.in)}; };
  table["dstack"] = [](const Case& c) { return Arrays{bm::dstack(c.in)}; };
  table["column_stack"] = [](const Case& c) { return Arrays{bm::column_stack(c.in)}; };
  table["split"] = [](const Case& c) {
    if (c.has("places")) return bm::split(c.in[0], c.list("places"), c.integer("axis"));
    return bm::split(c.in[0], c.integer("sections"), c.integer("axis"));
  };
  table["array_split"] = [](const Case& c) {
    return bm::array_split(c.in[0], c.integer("sections"), c.integer("axis"));
  };
  table["hsplit"] = [](const Case& c) { return bm::hsplit(c.in[0], c.integer("sections")); };
  table["vsplit"] = [](const Case& c) { return bm::vsplit(c.in[0], c.integer("sections")); };
  table["remove"] = [](const Case& c) { return Arrays{bm::remove(c.in[0], c.list("places"), c.integer("axis"))}; };
  table["tile"] = [](const Case& c) { return Arrays{bm::tile(c.in[0], c.list("counts"))}; };
  table["repeat"] = [](const Case& c) {
    if (c.has("counts")) return Arrays{bm::repeat(c.in[0], c.list("counts"), c.axis())};
    return Arrays{bm::repeat(c.in[0], c.integer("count"), c.axis())};
  };
  table["roll"] = [](const Case& c) { return Arrays{bm::roll(c.in[0], c.integer("shift"), c.axis())}; };
  table["flip"] = [](const Case& c) {
    return Arrays{bm::flip(c.in[0], c.has("axes") ? c.short_list("axes") : std::vector<int>{})};
  };
  table["fliplr"] = [](const Case& c) { return Arrays{bm::fliplr(c.in[0])}; };
  table["flipud"] = [](const Case& c) { return Arrays{bm::flipud(c.in[0])}; };
  table["rot90"] = [](const Case& c) { return Arrays{bm::rot90(c.in[0], c.integer("turns"))}; };
  table["pad"] = [](const Case& c) {
    const std::vector<std::int64_t> w = c.list("widths");
    return Arrays{bm::pad(c.in[0], {{w[0], w[1]}, {w[2], w[3]}}, c.text("mode"))};
  };
  table["take"] = [](const Case& c) { return Arrays{bm::take(c.in[0], c.in[1], c.axis())}; };
  table["take_along_axis"] = [](const Case& c) {
    return Arrays{bm::take_along_axis(c.in[0], c.in[1], c.integer("axis"))};
  };
  table["choose"] = [](const Case& c) { return Arrays{bm::choose(c.in[0], {c.in[1], c.in[2]})}; };
  table["astype"] = [](const Case& c) { return Arrays{c.in[0].astype(dtype_named(c.text("dtype")))}; };
  table["index"] = [](const Case& c) {
    return Arrays{bm::IndexedUpdate(c.in[0], index_of(c), bm::Site::current()).get()};
  };
  table["update"] = update;
  table["print"] = print;
}

void add_search_calls(Table& table) {
  table["sort"] = [](const Case& c) { return Arrays{bm::sort(c.in[0], c.axis())}; };
  table["argsort"] = [](const Case& c) { return Arrays{bm::argsort(c.in[0], c.axis())}; };
  table["searchsorted"] = [](const Case& c) { return Arrays{bm::searchsorted(c.in[0], c.in[1], c.text("side"))}; };
  table["digitize"] = [](const Case& c) { return Arrays{bm::digitize(c.in[0], c.in[1], c.flag("right"))}; };
  table["unique"] = [](const Case& c) { return Arrays{bm::unique(c.in[0])}; };
  table["unique_all"] = [](const Case& c) {
    const auto [values, indices, inverse, counts] = bm::unique_all(c.in[0]);
    return Arrays{values, indices, inverse, counts};
  };
  table["nonzero"] = [](const Case& c) { return bm::nonzero(c.in[0]); };
  table["flatnonzero"] = [](const Case& c) { return Arrays{bm::flatnonzero(c.in[0])}; };
  table["argwhere"] = [](const Case& c) { return Arrays{bm::argwhere(c.in[0])}; };
  table["extract"] = [](const Case& c) { return Arrays{bm::extract(c.in[0], c.in[1])}; };
  table["isin"] = [](const Case& c) { return Arrays{bm::isin(c.in[0], c.in[1])}; };
  table["bincount"] = [](const Case& c) {
    return Arrays{
        bm::bincount(c.in[0], c.has("length") ? std::optional<std::int64_t>(c.integer("length")) : std::nullopt)};
  };
  table["bincount_weights"] = [](const Case& c) { return Arrays{bm::bincount(c.in[0], {}, c.in[1])}; };
  table["histogram"] = [](const Case& c) {
    const auto [counts, edges] = bm::histogram(c.in[0], c.integer("bins"));
    return Arrays{counts, edges};
  };
  table["histogram_range"] = [](const Case& c) {
    return Arrays{bm::histogram(c.in[0], c.integer("bins"), c.real("low"), c.real("high")).counts};
  };
  table["histogram_edges"] = [](const Case& c) { return Arrays{bm::histogram(c.in[0], c.in[1]).counts}; };
}

}  // namespace

void add_array_calls(Table& table) {
  add_creation_calls(table);
  add_shape_calls(table);
  add_search_calls(table);
}

}  // namespace numpy_test
