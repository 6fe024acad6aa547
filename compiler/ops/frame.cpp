// The frame of a program: literals, Variables, regions. Their behaviour lives where regions are walked (interp,
// codegen, passes); here they get their names and meaning.
#include "compiler/ops/registry.h"

namespace brainpy::compiler {

void register_frame(Registry& ops) {
  const auto control = [&](const char* name, const char* doc, Effects effects = Effects::none) {
    OpDef def;
    def.name = name;
    def.doc = doc;
    def.shape_class = ShapeClass::control;
    def.effects = effects;
    def.jvp = ZeroDerivative{};
    ops.add(std::move(def));
  };
  control("const", "A literal of at most 16 elements.");
  control("read", "The current value of a Variable or of a large constant array.", Effects::reads);
  control("write", "Gives a Variable a new value of the same type.", Effects::writes);
  control("yield", "Ends a region; its operands are the region's results. In a program's body it prints as `return`.");
  control("if",
          "if(predicate bool[]) {then} {else}: the results of the region that the predicate chooses. Regions take no "
          "arguments.");
  control("for",
          "for(lower i64[], upper i64[], carried..., scanned...) {carried = c, length = n, reverse = false}: runs its "
          "region for k = lower .. upper - 1 (backwards when reverse) with arguments (k, carried..., row k - lower of "
          "each scanned operand). The region yields the next carried values, then values that are stacked as row "
          "k - lower of results with n rows; rows that are not reached are zero. At most n iterations run.");
  control("while",
          "while(carried...) {test} {body}: both regions take the carried values; the test yields bool[], the body the "
          "next carried values.");
  control("fused", "A group of map operations of one iteration space, computed in one loop. Made by the pass `fuse`.");
}

}  // namespace brainpy::compiler
