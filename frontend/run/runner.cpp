// The runner: records one loop over time, runs it in pieces, collects the recordings.
#include "frontend/run/runner.hpp"

#include <unistd.h>
#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstdio>

#include <fmt/format.h>

#include "frontend/math/array_data.h"
#include "frontend/object/share.hpp"
#include "frontend/object/variable_state.h"
#include "frontend/transform/launch.h"
#include "frontend/transform/regions.h"
#include "runtime/options.h"
#include "runtime/record.h"

namespace brainpy {

using math::Array;
using math::Operand;
using math::Site;
using transform::Arrays;

RunnerOptions::~RunnerOptions() = default;

namespace run {

namespace {

/// "0:5, ::2" as the entries of an index expression.
math::IndexList parse_index(const std::string& text, const Monitor& monitor) {
  math::IndexList list;
  const auto refuse = [&] {
    throw ValueError(
        {.what = "monitor '" + monitor.name + "': the index does not read",
         .where = math::location_of(monitor.site),
         .hint = "write it as in Python: \"V[0:5]\", \"V[3]\", \"V[::2, 0]\"; for the rest give a function"});
  };
  const auto number = [&](const std::string& part) -> std::optional<std::int64_t> {
    if (part.empty()) return std::nullopt;
    char* end = nullptr;
    const long long value = std::strtoll(part.c_str(), &end, 10);
    if (*end != '\0') refuse();
    return value;
  };
  std::string clean;
  for (char c : text)
    if (c != ' ') clean += c;
  for (std::size_t from = 0; from <= clean.size();) {
    const std::size_t to = std::min(clean.find(',', from), clean.size());
    std::vector<std::string> parts{""};
    for (char c : clean.substr(from, to - from)) {
      if (c == ':') parts.emplace_back();
      else parts.back() += c;
    }
    if (parts.size() > 3 || (parts.size() == 1 && parts[0].empty())) refuse();
    if (parts.size() == 1) list.emplace_back(*number(parts[0]));
    else
      list.emplace_back(
          math::Slice{number(parts[0]), number(parts[1]), parts.size() == 3 ? number(parts[2]).value_or(1) : 1});
    from = to + 1;
  }
  return list;
}

struct Probe {
  std::string name;
  std::shared_ptr<math::VariableState> variable;
  math::IndexList indices;
  std::shared_ptr<const transform::Function> function;
  Site site;

  Array sample() const {
    if (function) {
      const Arrays out = (*function)({});
      if (out.size() != 1)
        throw ValueError({.what = "monitor '" + name + "': the function does not return one array",
                          .where = math::location_of(site)});
      return out[0];
    }
    const Array value = math::read_variable(variable);
    return indices.empty() ? value : math::read_index(value, indices, site);
  }
};

class ProgressBar {
 public:
  ProgressBar(bool wanted, std::int64_t total) : shown_(wanted && total > 0 && isatty(STDERR_FILENO)), total_(total) {}
  ~ProgressBar() {
    if (shown_) std::fputc('\n', stderr);
  }
  void show(std::int64_t done) {
    if (!shown_) return;
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    const int width = 30, filled = static_cast<int>(width * done / total_);
    const std::string bar =
        std::string(static_cast<std::size_t>(filled), '#') + std::string(static_cast<std::size_t>(width - filled), '.');
    fmt::print(stderr, "\r[{}] {}/{} steps, {:.1f} s", bar, done, total_, seconds);
    std::fflush(stderr);
  }

 private:
  bool shown_;
  std::int64_t total_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// Rows first .. first + count of an array, in a block of `length` rows.
runtime::Tensor block_of_rows(const Array& rows, std::int64_t first, std::int64_t count, std::int64_t length) {
  const runtime::Type row{rows.dtype(), rows.shape().without_axis(0)};
  runtime::Tensor block = runtime::make_tensor({row.dtype, row.shape.with_leading(length)});
  const runtime::Tensor all = rows.tensor();
  std::memcpy(block.data->data(), all.as<std::byte>() + static_cast<std::size_t>(first) * row.bytes(),
              static_cast<std::size_t>(count) * row.bytes());
  return block;
}

/// A power of two, so that a piece's rows begin at an aligned place of the whole recording.
constexpr std::int64_t steps_in_a_piece = 1024;
constexpr std::int64_t bytes_in_a_piece = std::int64_t{64} << 20;

}  // namespace

struct Runner::Impl {
  BrainPyObject& model;
  std::shared_ptr<const transform::Function> update;
  bool takes_input;
  RunnerOptions options;
  math::VarDict variables;
  std::vector<Probe> probes;
  std::vector<runtime::Tensor> initial;
  std::int64_t next_step = 0;

  Impl(BrainPyObject& m, std::shared_ptr<const transform::Function> u, bool takes, RunnerOptions o)
      : model(m), update(std::move(u)), takes_input(takes), options(std::move(o)), variables(m.vars()) {}

  std::shared_ptr<math::VariableState> find(const std::string& name, const char* what, const Site& site) {
    try {
      return variables[name].state();
    } catch (const NameError& e) {
      runtime::ErrorParts parts = e.parts();
      parts.what = std::string(what) + ": " + parts.what;
      parts.where = math::location_of(site);
      throw NameError(std::move(parts));
    }
  }

  void resolve() {
    for (const Monitor& m : options.monitors) {
      Probe probe{m.name, nullptr, {}, m.function, m.site};
      if (!m.function) {
        const std::size_t open = m.name.find('[');
        const std::string variable = m.name.substr(0, open);
        probe.variable = find(variable, "monitor", m.site);
        if (open != std::string::npos) {
          if (m.name.back() != ']')
            throw ValueError({.what = "monitor '" + m.name + "': ']' is missing", .where = math::location_of(m.site)});
          probe.indices = parse_index(m.name.substr(open + 1, m.name.size() - open - 2), m);
        }
      }
      probes.push_back(std::move(probe));
    }
    for (const Input& i : options.inputs) find(i.target, "input", i.site);
    for (auto& [name, variable] : variables) initial.push_back(variable.state()->value);
  }

  double dt() const { return options.dt > 0 ? options.dt : share.dt(); }

  /// Everything of one step but the recording; `rows` are this step's rows of the iterated inputs, then of update's.
  void step(const Array& index, const Arrays& rows, const Site& site) const {
    const Array number = math::convert(index, math::DType::f64, site);
    const Array since_start = Operand(number, site) * Operand(dt(), site);
    const Array time = Operand(since_start, site) + Operand(options.t0, site);
    share.set_i(Operand(index, site));
    share.set_t(Operand(time, site));
    std::size_t next = 0;
    for (const Input& input : options.inputs) {
      math::Variable target(const_cast<Impl*>(this)->variables[input.target].state());
      Array value;
      if (input.kind == Input::Kind::iterated) value = rows[next++];
      else if (input.kind == Input::Kind::computed) value = (*input.function)({}).at(0);
      const Operand given = value.data() ? Operand(value, input.site) : *input.value;
      if (!input.replaces) {
        target += given;
      } else if (given.is_number()) {
        target = given;
      } else {
        const Array same_type = math::convert(given.array(), target.dtype(), input.site);
        target = Operand(math::broadcast_array(same_type, target.shape(), input.site), input.site);
      }
    }
    (*update)(takes_input ? Arrays{rows[next]} : Arrays{});
  }

  Arrays iterated_rows(const Array* rows, std::int64_t steps, const Site& site) const {
    Arrays all;
    for (const Input& input : options.inputs)
      if (input.kind == Input::Kind::iterated) all.push_back(input.value->array());
    if (rows) all.push_back(*rows);
    for (const Array& a : all)
      if (a.ndim() == 0 || a.shape()[0] < steps)
        throw ShapeError(
            {.what = "run: an iterated input has too few rows",
             .where = math::location_of(site),
             .values = "the input is " + to_string(a.type()) + ", the run has " + std::to_string(steps) + " steps",
             .hint = "give one row for each step: duration / dt rows"});
    return all;
  }

  std::int64_t piece_length() const {
    std::int64_t bytes = 1;
    for (const Probe& p : probes)
      if (p.variable) bytes += static_cast<std::int64_t>(p.variable->type.bytes());
    const std::int64_t steps = std::clamp<std::int64_t>(bytes_in_a_piece / bytes, 1, steps_in_a_piece);
    return static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(steps)));
  }

  /// What one step records, in the type it has for the user: bools are recorded as bits.
  static bool is_packed(const runtime::Type& sample) {
    return sample.dtype == math::DType::bool_ && !sample.shape.is_scalar();
  }

  /// `sampled`: the types of one step's samples.
  transform::Recorded record(const Arrays& iterated, std::int64_t length, std::vector<runtime::Type>& sampled,
                             const Site& site) const {
    transform::Trace trace(transform::Trace::Kind::whole, model.class_name());
    Arrays results;
    {
      transform::LoopSpec spec;
      spec.lower = trace.parameter({math::DType::i64, {}}, "first");
      spec.upper = trace.parameter({math::DType::i64, {}}, "last");
      spec.length = length;
      for (const Array& a : iterated)
        spec.scanned.push_back(trace.parameter({a.dtype(), a.shape().without_axis(0).with_leading(length)}, "rows"));
      results = transform::record_loop(
          trace, spec,
          [&](const Array& index, const Arrays&, const Arrays& rows) {
            step(index, rows, site);
            Arrays samples;
            sampled.clear();
            for (const Probe& p : probes) {
              const Array sample = p.sample();
              sampled.push_back(sample.type());
              samples.push_back(is_packed(sample.type()) ? math::apply("pack_bits", {sample}, {}, site) : sample);
            }
            return samples;
          },
          "run", site);
    }
    return transform::compile_trace(trace, results, model.class_name(), "run", site);
  }

  /// Calls `take(first row, rows, samples)` for each piece; samples have at least that many rows, in the tensors that
  /// `room(first row, types)` gives for them, if any. `sampled`: the types that the samples have for the user.
  template <class Room, class Take>
  void run_compiled(const Arrays& iterated, std::int64_t steps, std::vector<runtime::Type>& sampled, const Site& site,
                    Room&& room, Take&& take) {
    const std::int64_t length = piece_length();
    const transform::Recorded recorded = record(iterated, length, sampled, site);
    std::vector<runtime::Type> types;
    for (const auto* v : recorded.executable->program().body.terminator()->operands) types.push_back(v->type);
    types.resize(probes.size());
    for (std::int64_t done = 0; done < steps; done += length) {
      const std::int64_t count = std::min(length, steps - done);
      Arrays arguments{math::number(math::DType::i64, next_step), math::number(math::DType::i64, next_step + count)};
      for (const Array& a : iterated) arguments.emplace_back(block_of_rows(a, done, count, length));
      const Arrays samples = transform::launch(recorded, arguments, site, room(done, types));
      next_step += count;
      take(done, count, samples);
    }
  }

  template <class Take>
  void run_eagerly(const Arrays& iterated, std::int64_t steps, const Site& site, Take&& take) {
    for (std::int64_t done = 0; done < steps; ++done) {
      Arrays rows;
      for (const Array& a : iterated) rows.push_back(math::read_index(a, {math::Index(done)}, site));
      step(math::number(math::DType::i64, next_step), rows, site);
      Arrays samples;
      for (const Probe& p : probes) {
        const Array one = p.sample();
        samples.push_back(Array(runtime::Tensor{{one.dtype(), one.shape().with_leading(1)}, one.tensor().data}));
      }
      ++next_step;
      take(done, 1, samples);
    }
  }
};

Runner::Runner(BrainPyObject& model, transform::FunctionPtr update, bool takes_input, const RunnerOptions& options,
               math::Site site)
    : impl_(new Impl(model, std::move(update), takes_input, options)) {
  if (impl_->options.dt < 0 || impl_->options.dt != impl_->options.dt)
    throw ValueError({.what = "DSRunner: the time step is not above zero",
                      .where = math::location_of(site),
                      .values = fmt::format("dt = {}", impl_->options.dt),
                      .hint = "give dt in ms, or leave it out to use bp::share.dt()"});
  impl_->resolve();
}

Runner::~Runner() = default;

std::int64_t Runner::step() const { return impl_->next_step; }

void Runner::reset(bool state) {
  impl_->next_step = 0;
  if (!state) return;
  std::size_t k = 0;
  for (auto& [name, variable] : impl_->variables) variable = Operand(Array(impl_->initial[k++]));
}

void Runner::run(double duration, const Array* rows, Site site) {
  Impl& my = *impl_;
  if (transform::Trace::current())
    throw TraceError({.what = "run: a runner does not run inside a traced function",
                      .where = math::location_of(site),
                      .hint = "call it outside bp::jit; inside, loop with bm::for_loop"});
  if (my.takes_input != (rows != nullptr))
    throw ValueError({.what = my.takes_input ? "run: update() takes an input" : "run: update() takes no input",
                      .where = math::location_of(site),
                      .hint = my.takes_input ? "call run(inputs) with one row for each step"
                                             : "call run(duration), or give update() a parameter"});
  share.set_dt(my.dt(), site);
  if (rows) duration = static_cast<double>(rows->ndim() ? rows->shape()[0] : 0) * my.dt();
  if (!(duration >= 0) || duration / my.dt() > 9e15)
    throw ValueError({.what = "run: the duration is not a time",
                      .where = math::location_of(site),
                      .values = fmt::format("{} ms", duration)});
  const std::int64_t steps = std::llround(duration / my.dt());
  const std::int64_t first_step = my.next_step;
  const Arrays iterated = my.iterated_rows(rows, steps, site);

  const auto times = [&](std::int64_t from, std::int64_t count) {
    runtime::Tensor ts = runtime::make_tensor({math::DType::f64, {count}});
    for (std::int64_t k = 0; k < count; ++k)
      ts.as<double>()[k] = my.options.t0 + static_cast<double>(first_step + from + k) * my.dt();
    return Array(std::move(ts));
  };
  std::vector<runtime::Tensor> kept(my.probes.size());
  std::vector<runtime::Type> sampled;  // of a compiled run
  const auto is_packed = [&](std::size_t k) { return k < sampled.size() && Impl::is_packed(sampled[k]); };
  const auto rows_of = [&](std::size_t k, std::int64_t count) {
    return runtime::Type{sampled[k].dtype, sampled[k].shape.with_leading(count)};
  };
  ProgressBar bar(my.options.progress_bar, steps);
  // Compiled pieces are recorded where they stay.
  const auto room = [&](std::int64_t first, const std::vector<runtime::Type>& types) {
    std::vector<runtime::Tensor> rows;
    if (my.options.stream) return rows;
    for (std::size_t k = 0; k < types.size(); ++k) {
      const runtime::Type row{types[k].dtype, types[k].shape.without_axis(0)};
      const std::int64_t length = types[k].shape[0];
      if (!kept[k].data) {
        const std::int64_t whole_pieces = (steps + length - 1) / length * length;
        kept[k] = {{row.dtype, row.shape.with_leading(steps)},
                   runtime::make_buffer(static_cast<std::size_t>(whole_pieces) * row.bytes())};
      }
      const std::size_t offset = static_cast<std::size_t>(first) * row.bytes();
      if (offset % runtime::Buffer::alignment != 0) return std::vector<runtime::Tensor>{};
      rows.push_back({types[k], std::make_shared<runtime::Buffer>(kept[k].data, offset, types[k].bytes())});
    }
    return rows;
  };
  const auto take = [&](std::int64_t first, std::int64_t count, const Arrays& samples) {
    Monitors piece;
    for (std::size_t k = 0; k < samples.size(); ++k) {
      const runtime::Type row{samples[k].dtype(), samples[k].shape().without_axis(0)};
      if (my.options.stream) {
        const runtime::Tensor block = block_of_rows(samples[k], 0, count, count);
        piece.set(my.probes[k].name, Array(is_packed(k) ? runtime::unpack_rows(block, rows_of(k, count)) : block));
        continue;
      }
      if (!kept[k].data) kept[k] = runtime::make_tensor({row.dtype, row.shape.with_leading(steps)});
      std::byte* place = kept[k].as<std::byte>() + static_cast<std::size_t>(first) * row.bytes();
      const void* rows = samples[k].tensor().data->data();
      if (rows != place) std::memcpy(place, rows, static_cast<std::size_t>(count) * row.bytes());
    }
    if (my.options.stream) {
      piece.ts = times(first, count);
      my.options.stream(piece);
    }
    bar.show(first + count);
  };
  if (my.options.jit && runtime::options().jit) my.run_compiled(iterated, steps, sampled, site, room, take);
  else my.run_eagerly(iterated, steps, site, take);

  if (my.options.stream) return;
  monitors.ts = times(0, steps);
  for (std::size_t k = 0; k < my.probes.size(); ++k) {
    if (!kept[k].data) continue;
    if (is_packed(k)) monitors.set_packed(my.probes[k].name, Array(kept[k]), rows_of(k, steps));
    else monitors.set(my.probes[k].name, Array(kept[k]));
  }
}

}  // namespace run
}  // namespace brainpy
