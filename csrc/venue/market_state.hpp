// What trading in one instrument keeps, with accounts or without: the book, the orders that wait
// for a price, the pegged ones, the phase, and the prices others look at. Zero prices mean "not set
// yet". Plain state: the order flow alone changes it. The counts of minimum and odd makers are kept
// exact, so that a market without them pays one test per taker.
#pragma once

#include <utility>
#include <vector>

#include "market/instrument.hpp"
#include "market/order_book.hpp"
#include "market/order_terms.hpp"
#include "market/order_types.hpp"
#include "market/trigger_book.hpp"
#include "units/ids.hpp"

namespace delever {
inline namespace v1 {

struct MarketState {
  explicit MarketState(InstrumentSpec specification = {})
      : spec(std::move(specification)),
        book(spec.price_ticks_max),
        triggers(spec.price_ticks_max) {}

  InstrumentSpec spec;
  OrderBook book;
  TriggerBook triggers;
  std::vector<std::uint32_t> pegged;  ///< slots of live pegged orders, in order of acceptance
  TradingPhase phase = TradingPhase::Continuous;
  std::uint32_t minimum_makers = 0;  ///< resting orders with a Minimum: the book may stand crossed
  std::uint32_t odd_makers = 0;      ///< resting orders that a taker cannot just meet in turn
  bool left_crossed = false;         ///< the last uncross could not trade all that crosses
  PriceTicks index;                  ///< 0: unset, as for mark and last
  PriceTicks mark;
  PriceTicks last;
  Sequence last_fill = no_cause;
  Sequence mark_event = no_cause;
};

/// Bit of Order::flags, beside the user's: the order is in its account's list.
constexpr std::uint8_t order_linked = hold_point;

}  // namespace v1
}  // namespace delever
