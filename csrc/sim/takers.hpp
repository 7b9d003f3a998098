// Background takers of one instrument: market orders around the clock, of no opinion.
//
// Their number in a step is Poisson with mean rate x activity x seconds; sizes are lognormal, cut
// at a maximum; sides are fair coins; accounts are drawn from a small funded pool at leverage 1.
// Draws are keyed by (instrument, step x 64 + rank in the step), so at most 64 trade in one step.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/config.hpp"
#include "sim/desk.hpp"
#include "sim/distributions.hpp"

namespace delever {
inline namespace v1 {

class Takers {
 public:
  Takers(Desk& desk, const SimulationConfig& config, InstrumentId id);

  void act(std::uint32_t step, double index_usd, double activity, double seconds);

 private:
  Desk& desk_;
  const MarketConfig& market_;
  const InstrumentId id_;
  const double rate_per_s_;
  const double lot_coin_;
  const Draws counts_, sides_, sizes_, pool_;
  std::vector<AccountId> accounts_;
};

}  // namespace v1
}  // namespace delever
