// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "data.hpp"

/// What becomes of a convolution's outputs before they are the samples of a sound. All of it works
/// in place and sample by sample, so that it is the same for pieces and for the whole.
namespace faltung::cli {

/// The shape after sum_inputs: [n, from, to] is [n, to], anything else stays.
Dims without_inputs(const Dims& shape);
/// True stereo: y[n, to] = sum over `from` of y[n, from, to], dense, each sum rounded once.
View sum_inputs(const View& outputs);

/// How --output-gain peak changes what was computed.
struct PeakGain {
  double factor = 1;  ///< of every sample
  double top = 0;     ///< what no sample goes beyond; 0: nothing is changed
};
/// For a result of that peak, such that no sample of the encoding is clipped. An encoding that is
/// none of sound's (npy) holds floats.
PeakGain peak_gain(const Request& request, double peak, ElementType type,
                   const std::string& encoding);
void apply(const PeakGain& gain, const View& samples);
/// A sentence for people.
std::string describe_peak_gain(const PeakGain& gain, double peak);

/// The bound that holds after the sum over `inputs` channels and a gain, for these results.
ErrorBound bound_of(const ErrorBound& bound, std::int64_t inputs, double factor,
                    const ConstView& results);

}  // namespace faltung::cli
