// Operations of your own: `#include <brainpy/custom_op.hpp>` beside brainpy.hpp, in the one file that defines them.
// In: a lane body (see compiler/ops/lane.h and compiler/ops/vecmath.h) or a kernel, and the other fields of an OpDef.
// Out: an operation like the built-in ones: eager, interpreted, compiled, differentiated.
//
//   void register_my_operations() {
//     namespace ops = brainpy::compiler;
//     ops::OpDef def = ops::map_op("softstep", "x / (1 + |x|).", ops::same_type_bodies<1>(ops::Floats{}, [](auto x) {
//       using L = decltype(x);
//       return x / (L(1) + ops::lane::abs(x));
//     }));
//     def.jvp = ops::ZeroDerivative{};             // or a rule, or NotDifferentiable with a reason
//     // A batch (bm::vmap) needs nothing more for a map; an operation with a kernel says how (BatchByLoop is right).
//     def.samples = ops::float_samples(1, -5, 5);  // what the registry-driven tests call it with
//     ops::registry().add(std::move(def));
//   }
//   bm::Array y = bm::call("softstep", {x});
//
// Compile that file with -ffp-contract=off: a contracted a * b + c in the host body would differ from compiled code.
#pragma once

#include "compiler/ops/map.h"
#include "compiler/ops/samples.h"
#include "compiler/ops/vecmath.h"
#include "frontend/math/call.hpp"
