// Our own elementary functions over lanes: one text for the interpreter (Host) and the code generator (Emit), so both
// give the same bits. Branch-free, no tables. Each function states its largest error in ulp; tests/ops/vecmath_test.cpp
// measures them.
// In: float or double lanes. Out: lanes of the same type, C's special values (signed zeros, infinities, NaN, edges).
#pragma once

#include "compiler/ops/vecmath/beta.h"
#include "compiler/ops/vecmath/core.h"
#include "compiler/ops/vecmath/erf.h"
#include "compiler/ops/vecmath/exp.h"
#include "compiler/ops/vecmath/gamma.h"
#include "compiler/ops/vecmath/hyperbolic.h"
#include "compiler/ops/vecmath/log.h"
#include "compiler/ops/vecmath/normal.h"
#include "compiler/ops/vecmath/power.h"
#include "compiler/ops/vecmath/trig.h"
