// What the leveraged traders lived through between the time they were seeded and the start.
//
// A population whose scale was fitted in a run that begins days before is not the same, seeded
// anew at a later start: the days between have liquidated some, who are gone or come back at lower
// prices, and let others enter and leave. So each trader's own history is run on the recorded bars:
// the seeded position, planned exits, liquidations at first passage, early exits of losers, entries
// and returns on the activity clock, by the same draws that the population goes on with. Nobody
// here moves the price, which is recorded; liquidation is whole, at the threshold.
//
// Owns the recorded path in steps of 30 s, its extremes by blocks, and its activity clock. A pure
// function of (seed, trader): order does not matter. Cost: about 1 us a trader.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/activity.hpp"
#include "sim/clock.hpp"
#include "sim/config.hpp"
#include "sim/priors.hpp"

namespace delever {
inline namespace v1 {

/// Where a trader stands at the start.
struct Standing {
  bool is_held = false, is_long = false;
  bool is_gone = false;       ///< liquidated for good
  double price = 0;           ///< of its entry
  std::int64_t exit_ns = 0;   ///< the planned end of what is held
  double wait_hours = 0;      ///< of activity until the next entry of who holds nothing
  std::uint32_t episode = 0;  ///< entries so far
};

class TraderHistory {
 public:
  /// From `config.population.seeded_ns` to the start, on the bars of the histories.
  TraderHistory(const SimulationConfig& config, const Priors& priors);

  Standing standing(std::uint32_t trader, std::uint32_t instrument, std::uint32_t leverage,
                    double size_usd) const;

 private:
  struct Track {
    std::vector<double> path, low, high;  // of a step; of a block of them
  };
  struct Looks {
    std::uint32_t rank = 0;
    double hours = 0;
  };

  std::uint32_t first_passage(const Track& track, bool is_long, double threshold,
                              std::uint32_t from, std::uint32_t until) const;
  bool look_on(std::uint32_t trader, Looks& looks) const;
  std::uint32_t gives_up(std::uint32_t trader, const Track& track, const Standing& held,
                         std::uint32_t leverage, std::uint32_t from, std::uint32_t until,
                         Looks& looks) const;

  const Priors& priors_;
  StepClock clock_;
  double slope_per_hour_;
  std::vector<Track> tracks_;
  std::vector<Activity> activity_;  // one
  Draws look_, give_up_;
};

}  // namespace v1
}  // namespace delever
