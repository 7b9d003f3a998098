// The index prices of every step, drawn once: a path through published bars.
//
// `IndexSource` is all that the rest of the simulation sees, so that a source which answers to
// forced selling can stand in its place. `SpotPath` is the imposed one. Inside a bar the raw path
// is noise (the measured one per square root of a minute, but never more than the bar's own range
// implies) plus, for an instrument that follows the leader, beta times what the leader did. It is
// then bent, piecewise linearly, so that it opens and closes as published and its own highest and
// lowest points become the bar's high and low, and clipped to them: every published extreme is hit,
// none is passed. Between bars that do not touch, the same with no extremes. Draws are keyed by
// (instrument, step). A bar with fewer than four steps keeps what fits. 8 bytes per step and
// instrument; about 50 ns each, once.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/clock.hpp"
#include "sim/config.hpp"
#include "sim/distributions.hpp"

namespace delever {
inline namespace v1 {

class IndexSource {
 public:
  virtual ~IndexSource() = default;
  /// The index, in USD, at a step. Steps are asked for in ascending order.
  virtual double price(std::uint32_t instrument, std::uint32_t step) = 0;
};

/// A step at which a price was recorded, and what its bar says of the way there.
struct RecordedPoint {
  std::uint32_t step = 0;
  double price = 0;
  double low = 0, high = 1e300;  ///< no price of the bar is outside
  double noise_per_sqrt_minute = 0;
  bool is_close = false;  ///< of a bar that ends with this step
};

/// The imposed path of one instrument; `leader` may be empty. With `points`, also the steps at
/// which it is exact, ascending.
std::vector<double> draw_spot_path(const StepClock& clock, const InstrumentConfig& instrument,
                                   std::uint32_t instrument_id, const Draws& noise,
                                   std::span<const double> leader,
                                   std::vector<RecordedPoint>* points = nullptr);

class SpotPath final : public IndexSource {
 public:
  SpotPath(const StepClock& clock, const SimulationConfig& config);
  double price(std::uint32_t instrument, std::uint32_t step) override {
    return prices_[instrument][step];
  }
  std::span<const double> prices(std::uint32_t instrument) const { return prices_[instrument]; }

 private:
  std::vector<std::vector<double>> prices_;
};

}  // namespace v1
}  // namespace delever
