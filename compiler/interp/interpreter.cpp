#include "compiler/interp/interpreter.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "compiler/ops/kernel_error.h"
#include "compiler/ops/map.h"

namespace brainpy::compiler::interp {

using runtime::make_tensor;
using runtime::size_of;

namespace {

/// Elements that are computed at a time when a scalar operand has to be spread.
constexpr std::int64_t chunk_size = 256;

/// Writes `count` copies of one element.
void spread(const void* element, std::size_t size, std::int64_t count, void* to) {
  const auto fill = [&]<class Word>(Word) {
    Word word;
    std::memcpy(&word, element, sizeof word);
    std::fill_n(static_cast<Word*>(to), count, word);
  };
  if (size == 1) fill(std::uint8_t{});
  else if (size == 4) fill(std::uint32_t{});
  else fill(std::uint64_t{});
}

/// The host kernel on elements from number `first` on, whose indices begin anew every `row` elements (0: they do not).
void run_body(const MapBody& body, std::span<const void*> in, std::byte* out, std::int64_t first, std::int64_t count,
              std::int64_t row) {
  for (std::int64_t done = 0; done < count;) {
    const std::int64_t place = row > 0 ? (first + done) % row : first;
    const std::int64_t step = row > 0 ? std::min(row - place, count - done) : count;
    std::array<const void*, 8> from{};
    for (std::size_t k = 0; k < in.size(); ++k)
      from[k] = static_cast<const std::byte*>(in[k]) + static_cast<std::size_t>(done) * size_of(body.operands[k]);
    void* to = out + static_cast<std::size_t>(done) * size_of(body.results[0]);
    body.host(from.data(), &to, place, step);
    done += step;
  }
}

void run_map(const OpDef& def, const MapBody& body, std::span<const Tensor> operands, Tensor& result,
             std::int64_t row) {
  const std::int64_t n = result.type.size();
  const std::size_t out_size = size_of(result.type.dtype);
  std::array<const void*, 8> in{};
  auto* out = result.data->as<std::byte>();
  if (operands.size() > in.size()) throw InternalError(def.name + ": a map operation with more than 8 operands");
  bool spreads = false;
  for (const Tensor& t : operands) spreads = spreads || (t.type.shape.is_scalar() && !result.type.shape.is_scalar());
  if (!spreads) {
    for (std::size_t k = 0; k < operands.size(); ++k) in[k] = operands[k].data->data();
    run_body(body, {in.data(), operands.size()}, out, 0, n, row);
    return;
  }
  alignas(64) std::array<std::array<std::byte, chunk_size * 8>, 8> spread_operands;
  for (std::size_t k = 0; k < operands.size(); ++k)
    if (operands[k].type.shape.is_scalar())
      spread(operands[k].data->data(), size_of(operands[k].type.dtype), std::min(n, chunk_size),
             spread_operands[k].data());
  for (std::int64_t first = 0; first < n; first += chunk_size) {
    const std::int64_t count = std::min(chunk_size, n - first);
    for (std::size_t k = 0; k < operands.size(); ++k)
      in[k] =
          operands[k].type.shape.is_scalar()
              ? static_cast<const void*>(spread_operands[k].data())
              : operands[k].data->as<std::byte>() + static_cast<std::size_t>(first) * size_of(operands[k].type.dtype);
    run_body(body, {in.data(), operands.size()}, out + static_cast<std::size_t>(first) * out_size, first, count, row);
  }
}

bool has_nan(const Tensor& t) {
  const auto any = [&]<class T>(const T* x) {
    for (std::int64_t i = 0; i < t.type.size(); ++i)
      if (std::isnan(x[i])) return true;
    return false;
  };
  if (t.type.dtype == DType::f32) return any(t.as<const float>());
  if (t.type.dtype == DType::f64) return any(t.as<const double>());
  return false;
}

void check_nans(const ir::Op& op, std::span<const Tensor> operands, std::span<const Tensor> results) {
  if (std::ranges::any_of(operands, has_nan)) return;
  for (const Tensor& r : results)
    if (has_nan(r)) {
      std::string types;
      for (const Tensor& t : operands) types += (types.empty() ? "" : ", ") + to_string(t.type);
      throw runtime::NaNError({.what = op.def->name + ": made a NaN from operands that have none",
                               .where = op.location,
                               .values = "operands " + types + ", result " + to_string(r.type),
                               .hint = "look at the operands there: run under bp::NoJit and print them"});
    }
}

class Run {
 public:
  Run(SymbolTable& symbols, const Hooks& hooks) : symbols_(symbols), hooks_(hooks) {}

  void bind(const ir::Value* value, Tensor tensor) { values_[value] = std::move(tensor); }
  const Tensor& value(const ir::Value* v) const { return values_.at(v); }

  /// Executes the region; the tensors that it yields.
  std::vector<Tensor> region(const ir::Region& region) {
    for (const auto& op : region.ops) {
      if (op->def == yield_) return operands(*op);
      execute(*op);
    }
    throw InternalError("a region without yield");
  }

 private:
  std::vector<Tensor> operands(const ir::Op& op) const {
    std::vector<Tensor> list;
    list.reserve(op.operands.size());
    for (const ir::Value* v : op.operands) list.push_back(values_.at(v));
    return list;
  }

  void define(const ir::Op& op, std::vector<Tensor> results) {
    for (std::size_t i = 0; i < results.size(); ++i) values_[op.results[i].get()] = std::move(results[i]);
  }

  void execute(const ir::Op& op) {
    if (op.def->shape_class != ShapeClass::control) {
      const std::vector<Tensor> in = operands(op);
      std::vector<Tensor> out = apply(*op.def, in, op.attributes, op.location);
      if (hooks_.check_nans) check_nans(op, in, out);
      if (hooks_.after) hooks_.after(op, in, out);
      define(op, std::move(out));
    } else if (op.def == const_) {
      define(op, {literal(op)});
    } else if (op.def == read_) {
      const auto it = symbols_.find(op.symbol);
      if (it == symbols_.end())
        throw runtime::NameError({.what = "read: no value for '@" + op.symbol + "'",
                                  .where = op.location,
                                  .hint = "give the program's data file, or the Variable's value"});
      define(op, {it->second});
    } else if (op.def == write_) {
      symbols_[op.symbol] = values_.at(op.operands[0]);
    } else if (op.def == if_) {
      const bool chosen = *value(op.operands[0]).as<const bool>();
      define(op, region(*op.regions[chosen ? 0 : 1]));
    } else if (op.def == for_) {
      execute_for(op);
    } else if (op.def == while_) {
      execute_while(op);
    } else {
      define(op, region(*op.regions[0]));  // fused: the same operations, one by one
    }
  }

  void execute_for(const ir::Op& op) {
    const ir::Region& body = *op.regions[0];
    const std::int64_t lower = *value(op.operands[0]).as<const std::int64_t>();
    const std::int64_t length = op.attributes.integer("length");
    const std::int64_t rows =
        std::clamp<std::int64_t>(*value(op.operands[1]).as<const std::int64_t>() - lower, 0, length);
    const auto carried_count = static_cast<std::size_t>(op.attributes.integer_or("carried", 0));
    std::vector<Tensor> carried, scanned, stacked;
    for (std::size_t k = 2; k < op.operands.size(); ++k)
      (k - 2 < carried_count ? carried : scanned).push_back(value(op.operands[k]));
    for (std::size_t k = carried_count; k < op.results.size(); ++k) stacked.push_back(make_tensor(op.results[k]->type));

    for (std::int64_t step = 0; step < rows; ++step) {
      const std::int64_t row = op.attributes.flag("reverse") ? rows - 1 - step : step;
      Tensor index = make_tensor({DType::i64, {}});
      *index.as<std::int64_t>() = lower + row;
      bind(body.arguments[0].get(), std::move(index));
      for (std::size_t k = 0; k < carried.size(); ++k) bind(body.arguments[1 + k].get(), carried[k]);
      for (std::size_t k = 0; k < scanned.size(); ++k) {
        const ir::Value* argument = body.arguments[1 + carried.size() + k].get();
        Tensor element = make_tensor(argument->type);
        const std::size_t bytes = argument->type.bytes();
        std::memcpy(element.data->data(), scanned[k].as<std::byte>() + static_cast<std::size_t>(row) * bytes, bytes);
        bind(argument, std::move(element));
      }
      std::vector<Tensor> yielded = region(body);
      for (std::size_t k = 0; k < carried.size(); ++k) carried[k] = std::move(yielded[k]);
      for (std::size_t k = 0; k < stacked.size(); ++k) {
        const Tensor& element = yielded[carried.size() + k];
        const std::size_t bytes = element.type.bytes();
        std::memcpy(stacked[k].as<std::byte>() + static_cast<std::size_t>(row) * bytes, element.data->data(), bytes);
      }
    }
    for (Tensor& t : stacked) carried.push_back(std::move(t));
    define(op, std::move(carried));
  }

  void execute_while(const ir::Op& op) {
    std::vector<Tensor> carried = operands(op);
    while (true) {
      for (const auto& r : op.regions)
        for (std::size_t k = 0; k < carried.size(); ++k) bind(r->arguments[k].get(), carried[k]);
      if (!*region(*op.regions[0])[0].as<const bool>()) break;
      carried = region(*op.regions[1]);
    }
    define(op, std::move(carried));
  }

  SymbolTable& symbols_;
  const Hooks& hooks_;
  std::unordered_map<const ir::Value*, Tensor> values_;
  const OpDef* const_ = &registry().get("const");
  const OpDef* read_ = &registry().get("read");
  const OpDef* write_ = &registry().get("write");
  const OpDef* yield_ = &registry().get("yield");
  const OpDef* if_ = &registry().get("if");
  const OpDef* for_ = &registry().get("for");
  const OpDef* while_ = &registry().get("while");
};

}  // namespace

std::vector<Tensor> run(const ir::Program& program, std::vector<Tensor> arguments, SymbolTable& symbols,
                        const Hooks& hooks) {
  if (static_cast<int>(arguments.size()) != program.parameters)
    throw runtime::ValueError({.what = "run '" + program.name + "': wrong number of arguments",
                               .values = "got " + std::to_string(arguments.size()) + ", the program takes " +
                                         std::to_string(program.parameters)});
  Run run(symbols, hooks);
  for (std::size_t k = 0; k < arguments.size(); ++k) {
    const ir::Value& parameter = *program.body.arguments[k];
    if (!(arguments[k].type == parameter.type))
      throw runtime::ShapeError(
          {.what = "run '" + program.name + "': argument " + std::to_string(k) + " has another type",
           .values = "got " + to_string(arguments[k].type) + ", the program takes " + to_string(parameter.type)});
    run.bind(&parameter, std::move(arguments[k]));
  }
  for (const ir::Binding& b : program.bindings) {
    const std::string& name = program.symbols[static_cast<std::size_t>(b.symbol)].name;
    const auto it = symbols.find(name);
    if (it == symbols.end())
      throw runtime::NameError({.what = "run '" + program.name + "': no value for '@" + name + "'",
                                .hint = "give the program's data file, or the Variable's value"});
    run.bind(program.body.arguments[static_cast<std::size_t>(b.argument)].get(), it->second);
  }
  std::vector<Tensor> yielded = run.region(program.body);
  for (const ir::Binding& b : program.bindings)
    if (b.result >= 0)
      symbols[program.symbols[static_cast<std::size_t>(b.symbol)].name] = yielded[static_cast<std::size_t>(b.result)];
  yielded.resize(static_cast<std::size_t>(program.result_count()));
  return yielded;
}

std::vector<Tensor> apply(const OpDef& def, std::span<const Tensor> operands, const Attributes& attributes,
                          const Location& location) {
  std::vector<Type> in_types;
  in_types.reserve(operands.size());
  for (const Tensor& t : operands) in_types.push_back(t.type);
  std::vector<Type> out_types;
  try {
    out_types = def.infer(in_types, attributes);
  } catch (const runtime::Error& e) {
    e.rethrow_at(location);
  }
  std::vector<Tensor> results;
  results.reserve(out_types.size());
  for (const Type& t : out_types) results.push_back(make_tensor(t));
  if (def.shape_class == ShapeClass::map) {
    const std::int64_t row = def.indexed ? attributes.integer_or("row", 0) : 0;
    run_map(def, *find_body(def, in_types), operands, results[0], row);
    return results;
  }
  std::vector<const void*> in;
  std::vector<void*> out;
  for (const Tensor& t : operands) in.push_back(t.data->data());
  for (const Tensor& t : results) out.push_back(t.data->data());
  KernelError error;
  def.kernel({in_types, out_types, in.data(), out.data(), &attributes, &error});
  if (error.failed && def.never_fails)
    throw InternalError(def.name + ": failed, though its record says that it never does: " + error.message);
  if (error.failed) throw_kernel_error(error, def.name, location);
  return results;
}

Tensor literal(const ir::Op& op) {
  Tensor t = make_tensor(op.result()->type);
  const std::size_t size = size_of(t.type.dtype);
  for (std::size_t i = 0; i < op.literal.bits.size(); ++i)
    std::memcpy(t.as<std::byte>() + i * size, &op.literal.bits[i], size);
  return t;
}

}  // namespace brainpy::compiler::interp
