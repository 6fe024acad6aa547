// Recording: while a Trace is current, operations of the front end append to its program.
// In: operations on arrays, reads and writes of Variables. Out: a program with its symbols and the states behind them.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "compiler/ir/builder.h"
#include "compiler/ir/ir.h"
#include "frontend/math/array_data.h"
#include "frontend/object/variable_state.h"

namespace brainpy::transform {

namespace ir = compiler::ir;
using math::Array;
using math::ArrayData;
using math::Site;
using math::VariableState;

/// What stands behind a symbol of a recorded program: a Variable, or a large constant array.
struct Captured {
  std::shared_ptr<VariableState> variable;
  runtime::BufferPtr constant;
};

class Trace {
 public:
  enum class Kind : std::uint8_t {
    whole,  ///< records a callable with the Variables that it touches
    rows,   ///< records a function for bm::vmap: Variables as in `whole`, what it captures as in `part`
    part,   ///< records a function that only returns values; what it captures from outside becomes extra parameters
    tape,   ///< like `part`, but computes as well: for differentiation in eager mode
  };

  explicit Trace(Kind kind, std::string name);
  ~Trace();
  Trace(const Trace&) = delete;

  /// The innermost trace that is being recorded in this thread, or null: eager.
  static Trace* current();

  Kind kind() const { return kind_; }
  ir::Program& program() { return *program_; }
  ir::Builder& builder() { return builder_; }

  Array parameter(const runtime::Type& type, std::string name);
  /// A parameter that also has a concrete value (tape).
  Array parameter(const Array& concrete, std::string name);

  /// Records the operation (and computes it, on a tape).
  std::vector<Array> record(const compiler::OpDef& def, std::span<const Array> operands, ir::Attributes attributes,
                            const Site& site);
  /// The program's value for an array: its own, a literal, a captured constant, or a captured outer value.
  ir::Value* lift(const Array& array, const Site& site);
  Array wrap(ir::Value* value);
  /// Gives an operation that owns regions one more result.
  Array add_result(ir::Op& op, const runtime::Type& type);
  /// Takes back the last operation of the current region: what it recorded must not be used any more.
  void discard(ir::Op& op);

  Array read(const std::shared_ptr<VariableState>& state);
  void write(const std::shared_ptr<VariableState>& state, const Array& value, const Site& site);

  /// Runs `body` with the region as the place where operations go.
  template <class Body>
  void inside(ir::Region& region, Body&& body) {
    Scope scope(*this, region);
    body();
  }

  /// Ends recording: yields the results. The program and what is behind its symbols can then be taken.
  void finish(const std::vector<Array>& results, const Site& site);
  /// After the results were let go: an array of this trace that is still held somewhere is a TraceError.
  void check_nothing_kept() const;

  std::unique_ptr<ir::Program> take_program() { return std::move(program_); }
  const std::vector<Captured>& captured() const { return captured_; }
  /// The outer arrays that became extra parameters (part, tape).
  const std::vector<Array>& outer_operands() const { return outer_operands_; }
  const std::string& name() const { return program_name_; }

  /// A tape records no loops and branches, only what was computed in them: this says that there were some.
  void note_unrolled() { unrolled_ = true; }
  bool unrolled() const { return unrolled_; }

  /// Literals met while tracing, as text with file:line: to say which one changed.
  const std::vector<std::string>& literals() const { return literals_; }
  void note_literal(const Site& site, double value);

 private:
  struct Scope {
    Scope(Trace& trace, ir::Region& region);
    ~Scope();
    Trace& trace;
    ir::Region* saved;
  };

  bool visible(const ir::Value& value) const;
  int symbol_of(const std::shared_ptr<VariableState>& state);
  ir::Value* constant_symbol(const Array& array);

  Kind kind_;
  std::uint64_t id_;
  std::string program_name_;
  std::unique_ptr<ir::Program> program_;
  ir::Builder builder_;
  Trace* outer_;
  std::vector<ir::Region*> open_regions_;
  std::vector<Captured> captured_;
  std::unordered_map<const VariableState*, int> symbol_of_state_;
  std::unordered_map<const runtime::Buffer*, int> symbol_of_buffer_;
  std::unordered_map<const ArrayData*, ir::Value*> value_of_outer_;
  std::vector<Array> outer_operands_;
  bool unrolled_ = false;
  struct Made {
    std::weak_ptr<const ArrayData> data;
    runtime::Location location;
  };
  std::vector<Made> made_;
  std::vector<std::string> literals_;
};

/// Makes no trace current while it lives: what runs inside is eager.
class Eagerly {
 public:
  Eagerly();
  ~Eagerly();

 private:
  Trace* saved_;
};

}  // namespace brainpy::transform
