// Products with a sparse matrix in compressed rows (CSR): with spikes (only the rows that fired cost anything) and with
// numbers.
// In: weights (one for all, or one a stored entry), column indices, row pointers, a vector. Out: event_csrmv, csrmv.
//
// Row r holds entries indptr[r] .. indptr[r + 1] - 1 with columns indices[j]. The structure was checked when it was
// made (frontend/math/sparse), so kernels trust it. Sums run in a fixed order: scatters by row and entry, rows in four
// interleaved partial sums. That order holds for every target by itself, so that threads may each do the targets of
// their own. Then each has the entries of its targets in memory of its own: cores that read the same lines wait longer
// for each other than for memory.
#include <algorithm>
#include <cstring>
#include <numeric>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "compiler/ops/map.h"
#include "compiler/ops/scatter_rows.h"
#include "runtime/record.h"
#include "runtime/set_bits.h"

namespace brainpy::compiler {
namespace {

using runtime::SetBits;

struct Structure {
  std::int64_t rows, cols;
  bool transpose;
  const std::int32_t* indices;
  const std::int32_t* indptr;
};

Structure structure_of(const KernelCall& call, bool transpose) {
  const std::int64_t result = call.out_types[0].shape[0], vector = call.in_types[3].shape[0];
  return {call.in_types[2].shape[0] - 1, transpose ? result : vector, transpose, call.input<std::int32_t>(1),
          call.input<std::int32_t>(2)};
}

/// body.operator()<Weights>() for the float type and the kind of weights of the operands.
template <class Body>
auto with_weights(std::span<const Type> operands, Body body) {
  const bool shared = operands[0].shape.is_scalar();
  if (operands[0].dtype == DType::f32)
    return shared ? body.template operator()<SharedWeight<float>>() : body.template operator()<EntryWeights<float>>();
  return shared ? body.template operator()<SharedWeight<double>>() : body.template operator()<EntryWeights<double>>();
}

template <class Weights>
Weights weights_of(const KernelCall& call) {
  using T = typename Weights::Value;
  if constexpr (std::is_same_v<Weights, SharedWeight<T>>) return {*call.input<T>(0)};
  else return {call.input<T>(0)};
}

template <class T>
void clear_result(const KernelCall& call, std::int64_t begin, std::int64_t end) {
  if (!call.result_is_zero)
    std::memset(call.output<T>(0) + begin, 0, static_cast<std::size_t>(end - begin) * sizeof(T));
}

Rows<std::int32_t> rows_of(const Structure& s) { return {s.rows, s.indices, s.indptr}; }

/// Sum of term(j) for j in [begin, end): four partial sums hide the latency of addition.
template <class T, class Term>
T sum_entries(std::int32_t begin, std::int32_t end, Term term) {
  T partial[4] = {};
  std::int32_t j = begin;
  for (; j + 4 <= end; j += 4)
    for (int k = 0; k < 4; ++k) partial[k] += term(j + k);
  for (int k = 0; j < end; ++j, ++k) partial[k] += term(j);
  return (partial[0] + partial[1]) + (partial[2] + partial[3]);
}

/// The bits of the events; those of bools are made here.
const std::uint64_t* words_of(const KernelCall& call, std::int64_t rows) {
  if (call.in_types[3].dtype == DType::u64) return call.input<std::uint64_t>(3);
  thread_local std::vector<std::uint64_t> words;
  words.resize(static_cast<std::size_t>(runtime::bit_words(rows)));
  runtime::pack_bits(call.input<bool>(3), rows, words.data());
  return words.data();
}

template <class Weights>
void scatter_kernel(const KernelCall& call) {
  using T = typename Weights::Value;
  const Structure s = structure_of(call, true);
  clear_result<T>(call, 0, s.cols);
  const auto scatter = [&](const std::int32_t* rows, std::int64_t count) {
    scatter_rows(rows_of(s), weights_of<Weights>(call), rows, count, call.output<T>(0), s.cols);
  };
  if (call.prepared) return scatter(call.prepared + 1, *call.prepared);
  std::int32_t rows[SetBits::room];
  SetBits fired(words_of(call, s.rows), 0, s.rows);
  for (int count = fired.next(rows); count > 0; count = fired.next(rows)) scatter(rows, count);
}

/// Of events [cols].
template <class Weights>
void sum_kernel(const KernelCall& call) {
  using T = typename Weights::Value;
  const Structure s = structure_of(call, false);
  const Weights weights = weights_of<Weights>(call);
  const bool* events = call.input<bool>(3);
  T* out = call.output<T>(0);
  for (std::int64_t r = 0; r < s.rows; ++r)
    out[r] = sum_entries<T>(s.indptr[r], s.indptr[r + 1],
                            [&](std::int32_t j) { return events[s.indices[j]] ? weights[j] : T(0); });
}

KernelPointer event_csrmv_for(std::span<const Type> operands, const Attributes& attributes) {
  if (attributes.flag("transpose"))
    return with_weights(operands, []<class Weights>() -> KernelPointer { return scatter_kernel<Weights>; });
  return with_weights(operands, []<class Weights>() -> KernelPointer { return sum_kernel<Weights>; });
}

void event_csrmv_kernel(const KernelCall& call) { event_csrmv_for(call.in_types, *call.attributes)(call); }

/// The rows that fired among [begin, end), for the parts of a transposed product.
void find_events(const KernelCall& call, std::int64_t begin, std::int64_t end, std::int32_t* list) {
  SetBits events(words_of(call, structure_of(call, true).rows), begin, end);
  std::int32_t* past = list + 1;
  for (int count = events.next(past); count > 0; count = events.next(past)) past += count;
  *list = static_cast<std::int32_t>(past - list - 1);
}

/// The entries whose columns are in one part, in their order. A part is seldom so large that its columns need more than
/// 16 bits when they count from its first.
struct Division {
  bool is_small;               ///< columns are std::uint16_t, otherwise std::int32_t
  bool is_sorted;              ///< every row of the whole is
  runtime::BufferPtr columns;  ///< has room for all entries: what is not used is not touched, and then costs nothing
  runtime::BufferPtr starts;   ///< std::int32_t, of rows
  runtime::BufferPtr places;   ///< std::int32_t: where each was among all, for weights of its own
};

bool is_sorted(const Structure& s) {
  for (std::int64_t r = 0; r < s.rows; ++r) {
    std::int32_t falls = 0;
    for (std::int32_t j = s.indptr[r] + 1; j < s.indptr[r + 1]; ++j) falls += s.indices[j] < s.indices[j - 1];
    if (falls > 0) return false;
  }
  return true;
}

/// Which of the sorted columns [from, to) is the first that is not below the bound, where they are spread evenly over
/// `all`: it is not far from where it would be then.
std::int32_t first_not_below(const std::int32_t* columns, std::int32_t from, std::int32_t to, std::int32_t bound,
                             double all) {
  if (bound <= 0) return from;
  if (bound >= all) return to;
  std::int32_t j = from + static_cast<std::int32_t>((to - from) * (bound / all));
  while (j > from && columns[j - 1] >= bound) --j;
  while (j < to && columns[j] < bound) ++j;
  return j;
}

template <class Index>
void divide_rows(const Structure& s, std::int32_t begin, std::int32_t end, const Division& d) {
  auto *starts = d.starts->as<std::int32_t>(), *places = d.places ? d.places->as<std::int32_t>() : nullptr;
  auto* columns = d.columns->as<Index>();
  std::int32_t k = 0;
  for (std::int64_t r = 0; r < s.rows; ++r) {
    starts[r] = k;
    const std::int32_t first = s.indptr[r], past = s.indptr[r + 1];
    if (d.is_sorted) {
      const auto all = static_cast<double>(s.cols);
      const std::int32_t from = first_not_below(s.indices, first, past, begin, all);
      const std::int32_t found = first_not_below(s.indices, first, past, end, all) - from;
      for (std::int32_t j = 0; j < found; ++j) columns[k + j] = static_cast<Index>(s.indices[from + j] - begin);
      if (places) std::iota(places + k, places + k + found, from);
      k += found;
      continue;
    }
    for (std::int32_t j = first; j < past; ++j) {
      if (s.indices[j] < begin || s.indices[j] >= end) continue;
      columns[k] = static_cast<Index>(s.indices[j] - begin);
      if (places) places[k] = j;
      ++k;
    }
  }
  starts[s.rows] = k;
}

std::shared_ptr<void> divide(const KernelCall& call, std::int64_t begin, std::int64_t end, std::shared_ptr<void> last) {
  constexpr std::int64_t most_of_16_bits = 1 << 16;
  const Structure s = structure_of(call, true);
  const bool is_small = end - begin <= most_of_16_bits;
  auto d = std::static_pointer_cast<Division>(std::move(last));
  if (!d || d->is_small != is_small) {
    const auto room = [](std::int64_t count, std::size_t size) {
      return std::make_shared<runtime::Buffer>(static_cast<std::size_t>(count) * size, runtime::Buffer::Unset{});
    };
    const std::int64_t entries = s.indptr[s.rows];
    d = std::make_shared<Division>();
    d->is_small = is_small;
    d->is_sorted = is_sorted(s);
    d->columns = room(entries, is_small ? sizeof(std::uint16_t) : sizeof(std::int32_t));
    d->starts = room(s.rows + 1, sizeof(std::int32_t));
    if (!call.in_types[0].shape.is_scalar()) d->places = room(entries, sizeof(std::int32_t));
  }
  const auto first = static_cast<std::int32_t>(begin), past = static_cast<std::int32_t>(end);
  if (is_small) divide_rows<std::uint16_t>(s, first, past, *d);
  else divide_rows<std::int32_t>(s, first, past, *d);
  return d;
}

template <class T>
SharedWeight<T> in_division(SharedWeight<T> weight, const Division&) {
  return weight;
}
template <class T>
WeightsElsewhere<T> in_division(EntryWeights<T> weights, const Division& d) {
  return {weights.values, d.places->as<std::int32_t>()};
}

/// body(rows, weights, out) with the part's own entries and elements of the result, which are zero.
template <class Body>
void with_division(const PartCall& part, Body body) {
  const auto& d = *static_cast<const Division*>(part.division);
  const std::int64_t count = structure_of(part.call, true).rows;
  with_weights(part.call.in_types, [&]<class Weights>() {
    using T = typename Weights::Value;
    clear_result<T>(part.call, part.begin, part.end);
    const auto run = [&]<class Index>(const Index* columns) {
      body(Rows<Index>{count, columns, d.starts->as<std::int32_t>()}, in_division(weights_of<Weights>(part.call), d),
           part.call.output<T>(0) + part.begin);
    };
    if (d.is_small) run(d.columns->as<const std::uint16_t>());
    else run(d.columns->as<const std::int32_t>());
  });
}

void event_csrmv_part(const PartCall& part) {
  with_division(part, [&](auto rows, auto weights, auto* out) {
    const auto scatter = [&](const std::int32_t* which, std::int64_t count) {
      scatter_rows(rows, weights, which, count, out, part.end - part.begin);
    };
    // Short lists as one: where a list begins, there is nothing to do yet while its rows are on their way.
    std::int32_t together[SetBits::room];
    std::int64_t size = 0;
    for (const std::int32_t* list : part.lists) {
      if (size + *list > SetBits::room) scatter(together, std::exchange(size, 0));
      if (*list > SetBits::room) scatter(list + 1, *list);
      else size = std::copy_n(list + 1, *list, together + size) - together;
    }
    scatter(together, size);
  });
}

template <class Index, class Weights, class T>
void scatter_numbers(Rows<Index> rows, Weights weights, const T* vector, T* out) {
  for (std::int64_t r = 0; r < rows.count; ++r)
    for (std::int32_t j = rows.starts[r]; j < rows.starts[r + 1]; ++j) out[rows.columns[j]] += weights[j] * vector[r];
}

/// Rows [begin, end) of the product with numbers [cols].
void sum_rows(const KernelCall& call, std::int64_t begin, std::int64_t end) {
  const Structure s = structure_of(call, false);
  with_weights(call.in_types, [&]<class Weights>() {
    using T = typename Weights::Value;
    const Weights weights = weights_of<Weights>(call);
    const T* vector = call.input<T>(3);
    for (std::int64_t r = begin; r < end; ++r)
      call.output<T>(0)[r] = sum_entries<T>(s.indptr[r], s.indptr[r + 1],
                                            [&](std::int32_t j) { return weights[j] * vector[s.indices[j]]; });
  });
}

void csrmv_kernel(const KernelCall& call) {
  if (!call.attributes->flag("transpose")) return sum_rows(call, 0, call.out_types[0].shape[0]);
  const Structure s = structure_of(call, true);
  with_weights(call.in_types, [&]<class Weights>() {
    using T = typename Weights::Value;
    clear_result<T>(call, 0, s.cols);
    scatter_numbers(rows_of(s), weights_of<Weights>(call), call.input<T>(3), call.output<T>(0));
  });
}

void csrmv_part(const PartCall& part) {
  if (!part.call.attributes->flag("transpose")) return sum_rows(part.call, part.begin, part.end);
  with_division(part, [&]<class T>(auto rows, auto weights, T* out) {
    scatter_numbers(rows, weights, part.call.input<T>(3), out);
  });
}

/// Larger structures are not copied for the threads: the copies are as large as they are.
constexpr std::int64_t largest_division = std::int64_t{256} << 20;

bool is_transposed(const ir::Op& op) { return op.attributes.flag("transpose"); }
bool has_parts(const ir::Op& op) {
  return !is_transposed(op) || static_cast<std::int64_t>(op.operands[1]->type.bytes()) <= largest_division;
}
std::vector<int> structure_of_transposed(const ir::Op& op) {
  return is_transposed(op) ? std::vector<int>{1, 2} : std::vector<int>{};
}

double nanoseconds_of_product(const ir::Op& op) {
  constexpr double of_an_entry = 1;
  return of_an_entry * static_cast<double>(op.operands[1]->type.size());
}

/// As if neurons fired at 20 Hz in steps of 0.1 ms.
double nanoseconds_of_events(const ir::Op& op) {
  constexpr double of_an_event = 1.5, fired = 0.002;
  return of_an_event * fired * static_cast<double>(op.operands[1]->type.size());
}

/// Types of both products; `vector_is_bool` for events.
InferFn infer_product(std::string name, bool vector_is_bool) {
  return [=](std::span<const Type> operands, const Attributes& attributes) -> std::vector<Type> {
    std::string types;
    for (const Type& t : operands) types += (types.empty() ? "" : ", ") + to_string(t);
    if (operands.size() != 4)
      throw runtime::ValueError({.what = name + ": four operands are needed",
                                 .values = "operands " + types,
                                 .hint = "give weight, indices, indptr and the vector"});
    const DType number = operands[0].dtype;
    const bool as_bits = vector_is_bool && attributes.flag("transpose") && operands[3].dtype == DType::u64;
    if (!is_float(number) || operands[1].dtype != DType::i32 || operands[2].dtype != DType::i32 ||
        (operands[3].dtype != (vector_is_bool ? DType::bool_ : number) && !as_bits))
      throw runtime::DTypeError(
          {.what = name + ": element types do not fit",
           .values = "operands " + types,
           .hint = std::string("weights are float32 or float64, indices and indptr int32, the vector ") +
                   (vector_is_bool ? "bool (compare the spikes with 0 first)" : "of the weights' type")});
    const std::int64_t rows = attributes.integer("rows"), cols = attributes.integer("cols");
    const bool transpose = attributes.flag("transpose");
    const Shape& indices = operands[1].shape;
    const bool weights_fit = operands[0].shape.is_scalar() || operands[0].shape == indices;
    if (indices.rank() != 1 || !weights_fit || !(operands[2].shape == Shape{rows + 1}) ||
        !(operands[3].shape == Shape{as_bits     ? runtime::bit_words(rows)
                                     : transpose ? rows
                                                 : cols}))
      throw runtime::ShapeError(
          {.what = name + ": shapes do not fit",
           .values = "operands " + types + ", matrix " + runtime::to_string(Shape{rows, cols}) +
                     (transpose ? ", transposed" : ""),
           .hint = "weight [] or [nnz], indices [nnz], indptr [rows + 1], vector [cols] ([rows] when transposed)"});
    return {{number, {transpose ? cols : rows}}};
  };
}

/// A square matrix of n rows with about `degree` sorted columns a row, and a vector.
Sample product_sample(DType number, bool vector_is_bool, bool scalar_weight, bool transpose, bool as_bits = false) {
  constexpr std::int64_t degree = 5;
  Sample s;
  const auto types = [=](std::int64_t n) {
    return std::vector<Type>{
        {number, scalar_weight ? Shape{} : Shape{n * std::min(n, degree)}},
        {DType::i32, {n * std::min(n, degree)}},
        {DType::i32, {n + 1}},
        as_bits ? Type{DType::u64, {runtime::bit_words(n)}} : Type{vector_is_bool ? DType::bool_ : number, {n}}};
  };
  s.operands = types;
  s.ranges = {{-1, 1}};
  s.sized_attributes = [=](std::int64_t n) { return Attributes{{"rows", n}, {"cols", n}, {"transpose", transpose}}; };
  s.generate = [=](std::int64_t n, std::uint64_t seed) {
    std::vector<runtime::Tensor> tensors;
    for (const Type& t : types(n)) tensors.push_back(runtime::make_tensor(t));
    std::uint64_t state = seed * 2 + 1;
    const auto next = [&] { return (state = state * 6364136223846793005u + 1442695040888963407u) >> 33; };
    const auto fill = [&](const runtime::Tensor& t) {
      for (std::int64_t i = 0; i < t.type.size(); ++i) {
        const double x = static_cast<double>(next() % 2001) / 1000.0 - 1.0;
        if (t.type.dtype == DType::f32) t.as<float>()[i] = static_cast<float>(x);
        else if (t.type.dtype == DType::f64) t.as<double>()[i] = x;
        else if (t.type.dtype == DType::bool_) t.as<bool>()[i] = x > 0.5;
        else  // the bits of the rows that there are
          t.as<std::uint64_t>()[i] = (next() << 33 ^ next()) & (64 * i + 64 <= n ? ~0ULL : (1ULL << n % 64) - 1);
      }
    };
    fill(tensors[0]);
    fill(tensors[3]);
    // Rows of different lengths: row r takes what its neighbour leaves.
    const std::int64_t each = std::min(n, degree);
    auto* indices = tensors[1].as<std::int32_t>();
    auto* indptr = tensors[2].as<std::int32_t>();
    std::int32_t entry = 0;
    for (std::int64_t r = 0; r < n; ++r) {
      const bool paired = (r ^ 1) < n && each >= 2 && each < n;
      const std::int64_t length = !paired ? each : r % 2 == 0 ? each - 1 : each + 1;
      const std::int64_t start = static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(n));
      std::vector<bool> taken(static_cast<std::size_t>(n));
      for (std::int64_t k = 0; k < length; ++k) taken[static_cast<std::size_t>((start + k) % n)] = true;
      for (std::int64_t c = 0; c < n; ++c)
        if (taken[static_cast<std::size_t>(c)]) indices[entry++] = static_cast<std::int32_t>(c);
      indptr[r + 1] = entry;
    }
    return tensors;
  };
  return s;
}

std::vector<Sample> product_samples(bool vector_is_bool) {
  std::vector<Sample> samples;
  for (DType number : {DType::f32, DType::f64})
    for (bool scalar_weight : {true, false})
      for (bool transpose : {true, false})
        samples.push_back(product_sample(number, vector_is_bool, scalar_weight, transpose));
  if (vector_is_bool)
    for (DType number : {DType::f32, DType::f64})
      for (bool scalar_weight : {true, false})
        samples.push_back(product_sample(number, true, scalar_weight, true, true));
  return samples;
}

}  // namespace

void register_event(Registry& ops) {
  OpDef def;
  def.name = "event_csrmv";
  def.doc =
      "event_csrmv(weight, indices, indptr, events) {rows, cols, transpose}: the CSR matrix times a bool vector; "
      "transposed, events [rows] (or their bits u64, pack_bits) give [cols] at a cost of the rows that fired, else "
      "events [cols] give [rows].";
  def.shape_class = ShapeClass::scatter;
  def.adds_to_zeros = true;
  def.infer = infer_product(def.name, true);
  def.kernel = event_csrmv_kernel;
  def.kernel_for = event_csrmv_for;
  def.parts = {[](const ir::Op& op) { return is_transposed(op) && has_parts(op); },
               nanoseconds_of_events,
               event_csrmv_part,
               3,
               [](const ir::Op& op) { return op.attributes.integer("rows"); },
               find_events,
               structure_of_transposed,
               divide};
  def.jvp = JvpFn([](JvpRule& r) -> std::vector<ir::Value*> {
    if (!r.tangent(0)) return {nullptr};
    return {r.apply("event_csrmv", {r.tangent(0), r.operand(1), r.operand(2), r.operand(3)}, r.op().attributes)};
  });
  def.never_fails = true;
  def.batch = BatchByLoop{};
  def.samples = product_samples(true);
  def.arity = 4;
  ops.add(std::move(def));

  def = {};
  def.name = "csrmv";
  def.doc =
      "csrmv(weight, indices, indptr, vector) {rows, cols, transpose}: the CSR matrix times a vector [cols], "
      "or its "
      "transpose times a vector [rows].";
  def.shape_class = ShapeClass::scatter;
  def.adds_to_zeros = true;
  def.infer = infer_product(def.name, false);
  def.kernel = csrmv_kernel;
  def.parts = {has_parts, nanoseconds_of_product, csrmv_part, -1, nullptr, nullptr, structure_of_transposed, divide};
  def.jvp = JvpFn([](JvpRule& r) -> std::vector<ir::Value*> {
    const auto product = [&](ir::Value* weight, ir::Value* vector) -> ir::Value* {
      if (!weight || !vector) return nullptr;
      return r.apply("csrmv", {weight, r.operand(1), r.operand(2), vector}, r.op().attributes);
    };
    ir::Value* by_weight = product(r.tangent(0), r.operand(3));
    return {r.add(by_weight, product(r.operand(0), r.tangent(3)))};
  });
  def.never_fails = true;
  def.batch = BatchByLoop{};
  def.samples = product_samples(false);
  def.arity = 4;
  ops.add(std::move(def));
}

}  // namespace brainpy::compiler
