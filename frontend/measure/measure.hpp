// Measures of activity: rates and correlations of recorded spikes.
// In: spikes of shape (times, neurons), true where a neuron fired; the time step. Out: numbers and arrays.
#pragma once

#include "frontend/math/array.hpp"

namespace brainpy::measure {

/// Spikes per neuron and second (Hz), over the whole recording. dt in ms; 0: bp::share.dt().
double mean_rate(const math::Array& spikes, double dt = 0, math::Site site = math::Site::current());

/// Rate of the population over time in Hz, [times]: spikes per neuron in a box window of `width` ms around each time.
/// At the ends the window is cut, and with it the time that it covers.
math::Array firing_rate(const math::Array& spikes, double width, double dt = 0,
                        math::Site site = math::Site::current());

/// Mean coherence of all pairs of neurons at zero lag, in [0, 1]: with spike trains binned to 0 or 1 in bins of `bin`
/// ms, kappa_ij = sum_k X_k Y_k / sqrt(sum_k X_k * sum_k Y_k), 0 for a silent neuron (Wang & Buzsaki 1996, J Neurosci
/// 16:6402).
double cross_correlation(const math::Array& spikes, double bin, double dt = 0, math::Site site = math::Site::current());

}  // namespace brainpy::measure
