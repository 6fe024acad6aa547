// All of bm:: that works on arrays: creation, elementwise functions, reductions, shapes, search, linear algebra, random
// numbers, sparse products, special functions. Control flow is in frontend/transform/control_flow.hpp.
#pragma once

#include "frontend/math/array.hpp"
#include "frontend/math/check.hpp"
#include "frontend/math/creation.hpp"
#include "frontend/math/elementwise.hpp"
#include "frontend/math/linear_algebra.hpp"
#include "frontend/math/random.hpp"
#include "frontend/math/reductions.hpp"
#include "frontend/math/search.hpp"
#include "frontend/math/shape_functions.hpp"
#include "frontend/math/sparse.hpp"
#include "frontend/math/special.hpp"
#include "frontend/math/statistics.hpp"
