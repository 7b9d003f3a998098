// Stop-loss orders that rest in the venue's trigger book, below and above the first price.
//
// Holders at leverage 1, seeded before the start against hedgers, each protect their position with
// one stop market order on the last price: longs sell below, shorts buy above. The dollars lie
// evenly over the distance to the farthest, in orders of random size at random distances, so that a
// fall meets so many dollars per percent of new low, whoever causes it. What was triggered does not
// come back. Set up once; no cost a step: the venue's trigger book does the work.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/desk.hpp"
#include "sim/hedgers.hpp"
#include "sim/world_config.hpp"

namespace delever {
inline namespace v1 {

class StopOrders {
 public:
  /// `share`: the venue's part of the coin's stops.
  StopOrders(Desk& desk, const StopConfig& config, std::uint64_t seed,
             const InstrumentConfig& instrument, InstrumentId id, double share, double first_usd,
             Hedgers& hedgers);

  std::span<const AccountId> accounts() const { return accounts_; }

 private:
  std::vector<AccountId> accounts_;
};

}  // namespace v1
}  // namespace delever
