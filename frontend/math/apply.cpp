// Applying operations: eager or recorded, NumPy's type and broadcasting rules.
#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "compiler/interp/interpreter.h"
#include "compiler/ir/builder.h"
#include "compiler/ops/registry.h"
#include "frontend/math/array_data.h"
#include "frontend/transform/trace.h"

namespace brainpy::math {

using transform::Trace;

namespace {

bool x64 = false;

/// "Class.method" from the compiler's "void Class::method(int)"; "" for free functions and lambdas.
std::string object_of(std::string_view function) {
  // A lambda inside a member is written as "Class::method()::<lambda(...)>": the member is what the user knows.
  if (const std::size_t lambda = function.find("::<lambda"); lambda != std::string_view::npos)
    function = function.substr(0, lambda);
  if (const std::size_t lambda = function.find("(anonymous class)"); lambda != std::string_view::npos) return {};
  // Cut the parameter list: back from the last ')' to its '('.
  std::size_t end = function.rfind(')');
  if (end == std::string_view::npos) return {};
  for (int depth = 0; end > 0; --end) {
    depth += function[end] == ')' ? 1 : function[end] == '(' ? -1 : 0;
    if (depth == 0) break;
  }
  function = function.substr(0, end);
  const std::size_t colon = function.rfind("::");
  if (colon == std::string_view::npos) return {};
  const std::string_view method = function.substr(colon + 2);
  std::string_view owner = function.substr(0, colon);
  if (const std::size_t outer = owner.rfind("::"); outer != std::string_view::npos) owner = owner.substr(outer + 2);
  if (const std::size_t space = owner.rfind(' '); space != std::string_view::npos) owner = owner.substr(space + 1);
  if (owner.empty() || owner.find_first_of("(){}") != std::string_view::npos) return {};
  return std::string(owner) + "." + std::string(method);
}

const Array& need_array(const Array& array, const Site& site) {
  if (array.data()) return array;
  throw ValueError({.what = "an empty Array is used",
                    .where = location_of(site),
                    .hint = "give it a value first, such as bm::zeros({n})"});
}

int rank_of(DType t) {
  switch (t) {
    case DType::bool_:
      return 0;
    case DType::u32:
      return 1;
    case DType::i32:
      return 2;
    case DType::u64:
      return 3;
    case DType::i64:
      return 4;
    case DType::f32:
      return 5;
    case DType::f64:
      return 6;
    case DType::key:
      return 7;
  }
  return 7;
}

const char* conversion_to(DType t) {
  switch (t) {
    case DType::f32:
      return "to_f32";
    case DType::f64:
      return "to_f64";
    case DType::i32:
      return "to_i32";
    case DType::i64:
      return "to_i64";
    case DType::u32:
      return "to_u32";
    case DType::u64:
      return "to_u64";
    default:
      return "to_bool";
  }
}

std::vector<std::int64_t> extents(const Shape& shape) { return {shape.begin(), shape.end()}; }

}  // namespace

void enable_x64(bool enabled) { x64 = enabled; }
void disable_x64() { x64 = false; }
DType default_float() { return x64 ? DType::f64 : DType::f32; }
DType default_int() { return x64 ? DType::i64 : DType::i32; }

namespace {

thread_local const Site* attributed = nullptr;

/// Whether a source file is one of the front end's: it lies in the folder above this file's.
bool is_own_source(std::string_view file) {
  static const std::string_view folder = [] {
    const std::string_view here = Site::current().file_name();
    return here.substr(0, here.rfind("math/"));
  }();
  return file.starts_with(folder);
}

}  // namespace

AttributedTo::AttributedTo(const Site& site) : saved_(attributed) { attributed = &site; }
AttributedTo::~AttributedTo() { attributed = saved_; }

runtime::Location location_of(const Site& site) {
  const Site& place = attributed && is_own_source(site.file_name()) ? *attributed : site;
  return {place.file_name(), place.line(), object_of(place.function_name())};
}

std::vector<Array> apply_all(const std::string& name, std::span<const Array> operands, Attributes attributes,
                             const Site& site) {
  for (const Array& a : operands) need_array(a, site);
  const compiler::OpDef& def = compiler::registry().get(name);
  if (Trace* trace = Trace::current()) return trace->record(def, operands, std::move(attributes), site);
  std::vector<runtime::Tensor> tensors;
  tensors.reserve(operands.size());
  for (const Array& a : operands) tensors.push_back(a.tensor(site));
  std::vector<Array> results;
  try {
    for (runtime::Tensor& t : compiler::interp::apply(def, tensors, attributes, {})) results.emplace_back(std::move(t));
  } catch (const Error& e) {
    e.rethrow_at(location_of(site));
  }
  return results;
}

Array apply(const std::string& name, std::initializer_list<Array> operands, Attributes attributes, const Site& site) {
  return apply_all(name, {operands.begin(), operands.size()}, std::move(attributes), site).at(0);
}

Array apply(const std::string& name, const std::vector<Array>& operands, Attributes attributes, const Site& site) {
  return apply_all(name, operands, std::move(attributes), site).at(0);
}

namespace {

Array scalar_of_bits(DType dtype, std::uint64_t bits) {
  runtime::Tensor t = runtime::make_tensor({dtype, {}});
  std::memcpy(t.data->data(), &bits, size_of(dtype));
  return Array(std::move(t));
}

}  // namespace

Array number(DType dtype, double value) { return scalar_of_bits(dtype, compiler::ir::literal_bits(dtype, value)); }
Array number(DType dtype, std::int64_t value) {
  return scalar_of_bits(dtype, compiler::ir::literal_bits(dtype, value));
}

DType promote(DType a, DType b) {
  if (a == b) return a;
  if (rank_of(a) > rank_of(b)) std::swap(a, b);
  if (a == DType::u32 && b == DType::i32) return DType::i64;
  if (a == DType::u64 && b == DType::i64) return default_float();
  if (a == DType::i32 && b == DType::u64) return default_float();
  return b;
}

DType common_dtype(std::span<const Operand> operands) {
  bool strong = false;
  DType dtype = DType::bool_;
  Operand::Kind weak = Operand::Kind::boolean;
  for (const Operand& o : operands) {
    if (o.is_number()) {
      weak = std::max(weak, o.kind());
    } else {
      const DType t = need_array(o.array(), o.site()).dtype();
      dtype = strong ? promote(dtype, t) : t;
      strong = true;
    }
  }
  if (weak == Operand::Kind::real) return strong && runtime::is_float(dtype) ? dtype : default_float();
  if (weak == Operand::Kind::integer) return strong && dtype != DType::bool_ ? dtype : default_int();
  return dtype;
}

DType common_dtype(std::initializer_list<Operand> operands) {
  return common_dtype(std::span<const Operand>(operands.begin(), operands.size()));
}

DType to_float(DType dtype) { return runtime::is_float(dtype) ? dtype : default_float(); }

Array convert(const Array& array, DType dtype, const Site& site) {
  if (need_array(array, site).dtype() == dtype) return array;
  if (dtype == DType::key || array.dtype() == DType::key)
    throw DTypeError({.what = "astype: a random key does not convert",
                      .where = location_of(site),
                      .hint = "draw numbers with bm::random"});
  return apply(conversion_to(dtype), {array}, {}, site);
}

Array broadcast_array(const Array& array, const Shape& shape, const Site& site) {
  if (array.shape() == shape) return array;
  if (array.shape().is_scalar()) return apply("fill", {array}, {{"shape", extents(shape)}}, site);
  return apply("broadcast", {array}, {{"shape", extents(shape)}}, site);
}

Array map(const std::string& name, std::vector<Array> operands, const Site& site, const char* function) {
  Shape shape;
  for (const Array& a : operands) {
    if (runtime::broadcast(shape, need_array(a, site).shape(), shape)) continue;
    std::string types;
    const char* labels[] = {"left ", "right "};
    for (std::size_t k = 0; k < operands.size(); ++k)
      types += (k ? ", " : "") + (operands.size() == 2 ? std::string(labels[k]) : std::string()) +
               to_string(operands[k].type());
    throw ShapeError({.what = std::string(function ? function : name.c_str()) + ": shapes do not broadcast",
                      .where = location_of(site),
                      .values = types,
                      .hint =
                          "aligned from the last axis, extents must be equal or 1; reshape, index, or project one of "
                          "them with a connection"});
  }
  for (Array& a : operands)
    if (!a.shape().is_scalar()) a = broadcast_array(a, shape, site);
  return apply(name, operands, {}, site);
}

namespace {

/// What an operation of numbers is on two bools: NumPy's meaning of + and *, integers otherwise.
std::string on_bools(const std::string& name, DType& dtype, const Site& site) {
  if (name == "add") return "or";
  if (name == "mul") return "and";
  if (name == "sub")
    throw DTypeError({.what = "subtract: bools do not subtract",
                      .where = location_of(site),
                      .hint = "use ^ for exclusive or, or .astype(bm::int32) to count"});
  const std::string_view logic[] = {"and", "or", "xor", "eq", "ne", "maximum", "minimum"};
  if (std::ranges::find(logic, name) == std::end(logic)) dtype = default_int();
  return name;
}

}  // namespace

Array binary(const std::string& name_of_numbers, const Operand& a, const Operand& b, const char* function) {
  DType dtype = common_dtype({a, b});
  const std::string name = dtype == DType::bool_ ? on_bools(name_of_numbers, dtype, a.site()) : name_of_numbers;
  return map(name, {convert(a.array(dtype), dtype, a.site()), convert(b.array(dtype), dtype, a.site())}, a.site(),
             function);
}

Array float_unary(const std::string& name, const Operand& a) {
  const DType dtype = to_float(common_dtype({a}));
  return apply(name, {convert(a.array(dtype), dtype, a.site())}, {}, a.site());
}

Array float_binary(const std::string& name, const Operand& a, const Operand& b) {
  const DType dtype = to_float(common_dtype({a, b}));
  return map(name, {convert(a.array(dtype), dtype, a.site()), convert(b.array(dtype), dtype, a.site())}, a.site());
}

int check_axis(int axis, int rank, const char* function, const Site& site) {
  const int normal = runtime::normalize_axis(axis, rank);
  if (normal >= 0) return normal;
  throw IndexError({.what = std::string(function) + ": axis out of range",
                    .where = location_of(site),
                    .values = "axis " + std::to_string(axis) + " of an array with " + std::to_string(rank) + " axes",
                    .hint = "axes are " + std::to_string(-rank) + " .. " + std::to_string(rank - 1)});
}

}  // namespace brainpy::math
