// All of the library that a model needs: `#include <brainpy/brainpy.hpp>`.
// namespace brainpy (bp): objects, jit, integrators, runners; namespace brainpy::math (bm): arrays and functions.
#pragma once

#include "frontend/connect/connect.hpp"
#include "frontend/delay/delay.hpp"
#include "frontend/delay/time_delay.hpp"
#include "frontend/integrate/fde.hpp"
#include "frontend/integrate/ode.hpp"
#include "frontend/integrate/sde.hpp"
#include "frontend/math/math.hpp"
#include "frontend/measure/measure.hpp"
#include "frontend/object/object.hpp"
#include "frontend/object/share.hpp"
#include "frontend/run/integrator_runner.hpp"
#include "frontend/run/profile.hpp"
#include "frontend/run/runner.hpp"
#include "frontend/transform/control_flow.hpp"
#include "frontend/transform/derivative.hpp"
#include "frontend/transform/jit.hpp"
#include "frontend/transform/natural.hpp"
#include "frontend/transform/vmap.hpp"
#include "frontend/visualize/plot.hpp"
