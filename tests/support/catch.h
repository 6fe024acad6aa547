// Catch2 of either major version under one include.
#pragma once

#ifdef BRAINPY_CATCH2_V2
#include <catch2/catch.hpp>
#else
#include <catch2/catch_all.hpp>
using Catch::Approx;
#endif
