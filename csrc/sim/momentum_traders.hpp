// Trend followers of one venue and coin: flow that sells what has fallen and buys what has risen.
//
// The wanted position is so many dollars per percent by which the price lies above its exponential
// average, up to a maximum; once per look the missing part is traded at the market. One account at
// leverage 1. A pure function of the prices shown, so there are no draws; O(1) a step.
#pragma once

#include <cstdint>
#include <span>

#include "sim/desk.hpp"
#include "sim/world_config.hpp"

namespace delever {
inline namespace v1 {

class MomentumTraders {
 public:
  /// `share`: the venue's part of the coin's followers.
  MomentumTraders(Desk& desk, const MomentumConfig& config, const InstrumentConfig& instrument,
                  InstrumentId id, double share);

  /// `price_usd` by instrument of the venue.
  void act(std::int64_t time_ns, std::span<const double> price_usd);

  AccountId account() const { return account_; }

 private:
  Desk& desk_;
  const MomentumConfig config_;
  const InstrumentId id_;
  const double lot_coin_;
  const double share_;
  AccountId account_;
  double average_log_ = 0;
  std::int64_t last_ns_ = 0;
  std::int64_t next_look_ns_ = 0;
};

}  // namespace v1
}  // namespace delever
