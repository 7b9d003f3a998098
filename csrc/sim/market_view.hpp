// What a market sees of the rest of the world in a step: prices and states of the step before, and
// orders that left elsewhere earlier. Read-only while markets run, so they may run at once.
//
// Owns nothing: spans of the world's arrays, by coin and by market, valid for one step.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "units/quantity.hpp"

namespace delever {
inline namespace v1 {

/// The best quotes; 0: nobody quotes.
struct Touch {
  double bid_usd = 0, ask_usd = 0;
  bool is_whole() const { return bid_usd > 0 && ask_usd > 0; }
};

/// Dollars to trade in a market for somebody who acts in several; > 0 buys.
struct RemoteOrder {
  std::uint32_t coin = 0;
  double usd = 0;
  double limit_usd = 0;  ///< no worse than this price
};

struct MarketView {
  std::uint32_t step = 0;
  std::int64_t time_ns = 0, next_time_ns = 0;
  double seconds = 0;
  double activity = 1;
  std::span<const double> reference_usd;  ///< v + I by coin, which makers quote around
  std::span<const double> index_usd;      ///< middle of the spot book a step ago, by coin
  std::span<const double> depth_factor;   ///< by coin
  std::span<const std::uint8_t> halted;   ///< by coin
  std::span<const RemoteOrder> orders;    ///< of arbitrageurs, for this market
};

}  // namespace v1
}  // namespace delever
