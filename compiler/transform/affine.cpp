// One walk over a copy of the function: each value that depends on the parameter is given a slope and an offset, built
// from those of its operands. A null offset is zero and costs nothing.
#include "compiler/transform/affine.h"

#include <algorithm>

#include "compiler/ir/rewrite.h"
#include "compiler/ops/op_def.h"

namespace brainpy::compiler::transform {
namespace {

using ir::Builder;
using ir::Op;
using ir::Value;

/// slope * x + offset; `offset` null: zero.
struct Form {
  Value* slope = nullptr;
  Value* offset = nullptr;
};

class Recogniser {
 public:
  explicit Recogniser(Builder& build) : build_(build) {}

  void bind(const Value* value, Form form) { forms_[value] = form; }

  /// The form of a value; null when it does not depend on the parameter, or not in this way.
  const Form* find(const Value* value) const {
    const auto it = forms_.find(value);
    return it == forms_.end() || !it->second.slope ? nullptr : &it->second;
  }

  void run(const Op& op) {
    if (!depends(op, [&](const Value* v) { return forms_.contains(v); })) return;
    // Values of another form are remembered without a slope.
    for (const auto& r : op.results) forms_[r.get()] = {};
    if (!op.regions.empty() || depends(op, [&](const Value* v) { return forms_.contains(v) && !find(v); })) return;
    build_.set_location(op.location);
    const auto form = form_of(op);
    if (form && form->slope->type.shape.is_scalar()) forms_[op.result()] = *form;
  }

 private:
  template <class Test>
  static bool depends(const Op& op, const Test& test) {
    return std::ranges::any_of(op.operands, test) || std::ranges::any_of(ir::captured_values(op), test);
  }

  std::optional<Form> form_of(const Op& op) {
    Value* left = op.operands[0];
    Value* right = op.operands.size() > 1 ? op.operands[1] : nullptr;
    const Form *l = find(left), *r = right ? find(right) : nullptr;
    if (ir::is(op, "neg")) return Form{build_.apply("neg", {l->slope}), negated(l->offset)};
    if (ir::is(op, "add")) {
      if (l && r) return Form{build_.apply("add", {l->slope, r->slope}), sum(l->offset, r->offset)};
      return l ? Form{l->slope, sum(l->offset, right)} : Form{r->slope, sum(left, r->offset)};
    }
    if (ir::is(op, "sub")) {
      if (l && r) return Form{build_.apply("sub", {l->slope, r->slope}), difference(l->offset, r->offset)};
      return l ? Form{l->slope, difference(l->offset, right)}
               : Form{build_.apply("neg", {r->slope}), difference(left, r->offset)};
    }
    if (ir::is(op, "mul") && !(l && r)) {
      const Form& form = l ? *l : *r;
      return scaled("mul", form, l ? right : left);
    }
    if (ir::is(op, "div") && !r) return scaled("div", *l, right);
    return std::nullopt;
  }

  Form scaled(const char* name, const Form& form, Value* factor) {
    return {build_.apply(name, {form.slope, factor}),
            form.offset ? build_.apply(name, {form.offset, factor}) : nullptr};
  }
  Value* negated(Value* v) { return v ? build_.apply("neg", {v}) : nullptr; }
  Value* sum(Value* a, Value* b) { return a && b ? build_.apply("add", {a, b}) : a ? a : b; }
  Value* difference(Value* a, Value* b) { return a && b ? build_.apply("sub", {a, b}) : a ? a : negated(b); }

  Builder& build_;
  std::unordered_map<const Value*, Form> forms_;
};

}  // namespace

std::optional<Affine> affine(const ir::Program& f, int parameter, int result) {
  Affine out;
  out.program = ir::clone(f);
  ir::Region& body = out.program->body;
  const Value* returned = body.terminator()->operands[static_cast<std::size_t>(result)];
  body.ops.pop_back();
  std::vector<const Op*> ops;
  for (const auto& op : body.ops) ops.push_back(op.get());

  Builder build(body);
  const Value* x = body.arguments[static_cast<std::size_t>(parameter)].get();
  Recogniser recogniser(build);
  recogniser.bind(x, {build.constant(x->type.dtype, 1.0), nullptr});
  for (const Op* op : ops) recogniser.run(*op);
  const Form* form = recogniser.find(returned);
  if (!form) return std::nullopt;
  out.has_offset = form->offset != nullptr;
  build.yield(out.has_offset ? std::vector<Value*>{form->slope, form->offset} : std::vector<Value*>{form->slope});
  return out;
}

}  // namespace brainpy::compiler::transform
