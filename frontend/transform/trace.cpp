#include "frontend/transform/trace.h"

#include <algorithm>
#include <atomic>
#include <cstring>

#include <fmt/format.h>

#include "compiler/interp/interpreter.h"
#include "compiler/ops/registry.h"

namespace brainpy::transform {
namespace {

thread_local Trace* current_trace = nullptr;

std::uint64_t next_trace_id() {
  static std::atomic<std::uint64_t> next{1};
  return next++;
}

/// Arrays up to this many elements become literals of the program; larger ones are inputs by reference.
constexpr std::int64_t largest_literal = 16;

std::vector<std::uint64_t> bits_of(const runtime::Tensor& t) {
  std::vector<std::uint64_t> bits(static_cast<std::size_t>(t.type.size()), 0);
  const std::size_t size = size_of(t.type.dtype);
  for (std::size_t i = 0; i < bits.size(); ++i) std::memcpy(&bits[i], t.as<std::byte>() + i * size, size);
  return bits;
}

}  // namespace

Trace::Trace(Kind kind, std::string name)
    : kind_(kind),
      id_(next_trace_id()),
      program_name_(name),
      program_(std::make_unique<ir::Program>()),
      builder_(program_->body),
      outer_(current_trace) {
  program_->name = std::move(name);
  open_regions_.push_back(&program_->body);
  current_trace = this;
}

Trace::~Trace() {
  if (current_trace == this) current_trace = outer_;
}

Trace* Trace::current() { return current_trace; }

Trace::Scope::Scope(Trace& t, ir::Region& region) : trace(t), saved(&t.builder_.region()) {
  trace.builder_.set_region(region);
  trace.open_regions_.push_back(&region);
}

Trace::Scope::~Scope() {
  trace.builder_.set_region(*saved);
  trace.open_regions_.pop_back();
}

Array Trace::wrap(ir::Value* value) {
  auto data = std::make_shared<ArrayData>();
  data->type = value->type;
  data->value = value;
  data->trace = id_;
  made_.push_back({data, value->definition ? value->definition->location : runtime::Location{}});
  return Array(std::move(data));
}

Array Trace::add_result(ir::Op& op, const runtime::Type& type) {
  auto value = std::make_unique<ir::Value>();
  value->type = type;
  value->definition = &op;
  value->index = static_cast<int>(op.results.size());
  op.results.push_back(std::move(value));
  return wrap(op.results.back().get());
}

void Trace::discard(ir::Op& op) {
  auto& ops = builder_.region().ops;
  if (ops.empty() || ops.back().get() != &op) throw InternalError("only the last operation can be taken back");
  ops.pop_back();
}

Array Trace::parameter(const runtime::Type& type, std::string name) {
  ++program_->parameters;
  return wrap(program_->body.add_argument(type, std::move(name)));
}

Array Trace::parameter(const Array& concrete, std::string name) {
  ++program_->parameters;
  auto data = std::make_shared<ArrayData>(*concrete.data());
  data->value = program_->body.add_argument(concrete.type(), std::move(name));
  data->trace = id_;
  return Array(std::move(data));
}

bool Trace::visible(const ir::Value& value) const {
  const ir::Region* region = value.definition ? value.definition->parent : value.owner;
  return std::ranges::find(open_regions_, region) != open_regions_.end();
}

ir::Value* Trace::lift(const Array& array, const Site& site) {
  const ArrayData& data = *array.data();
  if (data.value && data.trace == id_) {
    if (visible(*data.value)) return data.value;
    throw TraceError({.what = "a traced value is used outside the loop or branch that made it",
                      .where = math::location_of(site),
                      .values = "the value is " + to_string(data.type),
                      .hint = "return it from the body: loops stack what their body returns, branches return values"});
  }
  if (data.value && kind_ != Kind::whole) {
    // A value of the enclosing trace: an extra parameter of this part.
    if (const auto it = value_of_outer_.find(&data); it != value_of_outer_.end()) return it->second;
    ++program_->parameters;
    ir::Value* parameter = program_->body.add_argument(data.type, "outer");
    value_of_outer_[&data] = parameter;
    outer_operands_.push_back(array);
    return parameter;
  }
  if (data.value && !data.buffer)
    throw TraceError({.what = "a traced value is kept beyond its trace",
                      .where = math::location_of(site),
                      .values = "the value is " + to_string(data.type),
                      .hint = "a traced call must not store arrays in members or globals: make it a bm::Variable, or "
                              "return it"});
  if (data.type.size() <= largest_literal) {
    const runtime::Tensor tensor{data.type, data.buffer};
    return builder_.constant_bits(data.type, bits_of(tensor));
  }
  return constant_symbol(array);
}

ir::Value* Trace::constant_symbol(const Array& array) {
  const runtime::BufferPtr& buffer = array.data()->buffer;
  if (kind_ != Kind::whole) {
    // The enclosing trace (or the tape's caller) holds the constant.
    if (const auto it = value_of_outer_.find(array.data().get()); it != value_of_outer_.end()) return it->second;
    ++program_->parameters;
    ir::Value* parameter = program_->body.add_argument(array.type(), "outer");
    value_of_outer_[array.data().get()] = parameter;
    outer_operands_.push_back(array);
    return parameter;
  }
  auto [it, added] = symbol_of_buffer_.try_emplace(buffer.get(), static_cast<int>(program_->symbols.size()));
  if (added) {
    program_->symbols.push_back(
        {fmt::format("data{}", symbol_of_buffer_.size() - 1), array.type(), ir::SymbolKind::constant});
    captured_.push_back({nullptr, buffer});
  }
  const ir::Symbol& symbol = program_->symbols[static_cast<std::size_t>(it->second)];
  if (symbol.type == array.type()) return builder_.read(symbol.name, symbol.type);
  // The same data under another shape.
  ir::Value* value = builder_.read(symbol.name, symbol.type);
  return builder_.apply("reshape", {value},
                        {{"shape", std::vector<std::int64_t>(array.shape().begin(), array.shape().end())}});
}

std::vector<Array> Trace::record(const compiler::OpDef& def, std::span<const Array> operands, ir::Attributes attributes,
                                 const Site& site) {
  std::vector<ir::Value*> values;
  values.reserve(operands.size());
  for (const Array& a : operands) values.push_back(lift(a, site));
  builder_.set_location(math::location_of(site));
  ir::Op* op = builder_.append(def, std::move(values), attributes);
  std::vector<Array> results;
  if (kind_ != Kind::tape) {
    for (const auto& r : op->results) results.push_back(wrap(r.get()));
    return results;
  }
  std::vector<runtime::Tensor> tensors;
  for (const Array& a : operands) tensors.push_back({a.type(), a.data()->buffer});
  std::vector<runtime::Tensor> computed = compiler::interp::apply(def, tensors, attributes, builder_.location());
  for (std::size_t i = 0; i < computed.size(); ++i) {
    auto data = std::make_shared<ArrayData>();
    data->type = computed[i].type;
    data->buffer = computed[i].data;
    data->value = op->results[i].get();
    data->trace = id_;
    results.emplace_back(std::move(data));
  }
  return results;
}

int Trace::symbol_of(const std::shared_ptr<VariableState>& state) {
  auto [it, added] = symbol_of_state_.try_emplace(state.get(), static_cast<int>(program_->symbols.size()));
  if (added) {
    std::string name = state->path();
    for (int k = 1; program_->find_symbol(name); ++k) name = state->path() + "_" + std::to_string(k);
    program_->symbols.push_back({name, state->type, ir::SymbolKind::variable});
    captured_.push_back({state, nullptr});
  }
  return it->second;
}

Array Trace::read(const std::shared_ptr<VariableState>& state) {
  if (kind_ == Kind::part || kind_ == Kind::tape) {
    // Variables belong to the enclosing trace; the value is captured when it is used.
    Trace* inner = current_trace;
    current_trace = outer_;
    Array value = math::read_variable(state);
    current_trace = inner;
    return value;
  }
  const int symbol = symbol_of(state);
  return wrap(builder_.read(program_->symbols[static_cast<std::size_t>(symbol)].name, state->type));
}

void Trace::write(const std::shared_ptr<VariableState>& state, const Array& value, const Site& site) {
  if (kind_ == Kind::part || kind_ == Kind::tape)
    throw TraceError(
        {.what = "the Variable '" + state->path() + "' is assigned inside a function that only returns values",
         .where = math::location_of(site),
         .hint = "a derivative, or a function that is differentiated, is called for what it returns: "
                 "return the value and assign the Variable afterwards"});
  ir::Value* lifted = lift(value, site);
  const int symbol = symbol_of(state);
  builder_.set_location(math::location_of(site));
  builder_.write(program_->symbols[static_cast<std::size_t>(symbol)].name, lifted);
}

void Trace::finish(const std::vector<Array>& results, const Site& site) {
  std::vector<ir::Value*> values;
  for (const Array& a : results) values.push_back(lift(a, site));
  builder_.yield(std::move(values));
  current_trace = outer_;
  if (unrolled_ && outer_ && outer_->kind_ == Kind::tape) outer_->unrolled_ = true;
}

void Trace::check_nothing_kept() const {
  for (const Made& made : made_)
    if (const auto data = made.data.lock())
      throw TraceError({.what = "a traced value outlives the traced call",
                        .where = made.location,
                        .values = "the value is " + to_string(data->type),
                        .hint = "an Array that update() keeps in a member loses its value after the step: make it a "
                                "bm::Variable"});
}

void Trace::note_literal(const Site& site, double value) {
  literals_.push_back(fmt::format("{} at {}", value, runtime::to_string(math::location_of(site))));
}

Eagerly::Eagerly() : saved_(current_trace) { current_trace = nullptr; }
Eagerly::~Eagerly() { current_trace = saved_; }

}  // namespace brainpy::transform
