// The exogenous driver: what moves fair value, found so that the price follows the recorded path.
//
// Once per control interval and coin, in one causal pass:
//   gap  = log(next recorded price) - p - the decay of transient impact known until then
//   u    = clip(gap / n + noise), n intervals left, noise that of a bridge; the target stays inside
//          the recorded bar. What impact moves is in p, so its error goes into the next gap.
// A record that falls faster than the noise was not pushed there by news alone: with patience, the
// drift towards where the record goes is bounded, so that a cascade starts by itself, in the depth
// it would have met, and not in one that the driver's own push has emptied. The way back to a
// record that the model has left stays free.
// There is no look beyond the next recorded point, no feed-forward of flow, no iteration. Recorded
// points are the opens, extremes and closes of the bars in the order of the path drawn on the
// control clock (sim/spot_path.hpp). A coin after the first gets beta times the first one's return
// over the interval and saves only the rest. What is saved, replayed, makes the counterfactual.
//
// Owns the control clock, the points, and 8 bytes per interval and coin; O(1) an innovation.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/clock.hpp"
#include "sim/config.hpp"
#include "sim/distributions.hpp"
#include "sim/price_formation.hpp"
#include "sim/spot_path.hpp"

namespace delever {
inline namespace v1 {

constexpr std::int64_t control_ns_default = 10 * second_ns;

/// [coin][interval]: innovations of the first coin, and of the others what beta does not explain.
using Innovations = std::vector<std::vector<double>>;

/// The windows of the control clock: steps of `control_ns`, or the market's own where longer; no
/// longer than a tenth of the shortest recorded bar.
std::vector<StepWindow> control_windows(const SimulationConfig& config, std::int64_t control_ns);

class Driver {
 public:
  /// Solves for the recorded path; `clip` bounds an innovation, per square root of ten seconds, and
  /// `patience`, in standard deviations of the noise, the drift towards where the record goes (0:
  /// it is not bounded).
  Driver(const SimulationConfig& config, std::int64_t control_ns, double clip, double patience = 0);
  /// Replays what another one saved; its intervals must be this clock's.
  Driver(const SimulationConfig& config, std::int64_t control_ns, Innovations saved);

  const StepClock& clock() const { return clock_; }
  double first_log_price(std::uint32_t coin) const;
  /// The change of fair value of a coin in an interval; coins in order, intervals ascending.
  /// `leader_return`: of the first coin's log price since its last innovation, this one's included.
  double innovation(std::uint32_t coin, std::uint32_t interval, const PriceFormation& price,
                    double leader_return);

  bool solves() const { return solves_; }
  const Innovations& saved() const { return saved_; }
  /// Root mean square of log price less recorded close at the closes, and how many there were.
  double path_error(std::uint32_t coin) const;
  std::int64_t closes(std::uint32_t coin) const { return tracks_[coin].closes; }
  /// Of the intervals so far, the part in which the clip held.
  double clipped_share(std::uint32_t coin) const;
  /// The recorded path on the control clock.
  const std::vector<double>& path(std::uint32_t coin) const { return tracks_[coin].path; }

 private:
  struct Track {
    std::vector<double> path;
    std::vector<RecordedPoint> points;
    std::size_t next = 0;
    double closed_log = 0;  ///< the last recorded close passed
    double noise_per_sqrt_minute = 0;
    double beta = 0;
    double squared_error = 0;
    std::int64_t closes = 0;
    std::int64_t intervals = 0, clipped = 0;
  };

  void record_points(const SimulationConfig& config);
  void compare_close(Track& track, std::uint32_t interval, double log_price) const;
  double solve(std::uint32_t coin, std::uint32_t interval, const PriceFormation& price,
               double explained);

  StepClock clock_;
  Draws noise_;
  std::vector<Track> tracks_;
  Innovations saved_;
  double clip_ = 0;
  double patience_ = 0;
  bool solves_ = true;
};

}  // namespace v1
}  // namespace delever
