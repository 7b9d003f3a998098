// What a plain order of one market looks like, in the form in which a batch asks for it: a limit
// order without flags, good till cancelled or immediate, at a price and of a quantity that the
// instrument knows.
//
// Owns nothing: it is aimed at a market while nothing there can happen but trades at limits (no
// terms wait, nobody watches quotes, no band, no odd makers, no pending orders, continuous trading)
// and closed by whatever may end that (OrderFlow::run_any). A copy is closed, for its market would
// be the original's. Cost of a question: one subtraction for the first eight bytes of a command,
// and a comparison each for price and quantity.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "venue/command.hpp"
#include "venue/market_state.hpp"

namespace delever {
inline namespace v1 {

/// The first eight bytes of a command: kind, instrument, side, order type, time in force, flags.
inline std::uint64_t head_of(const Command& command) {
  std::uint64_t head = 0;
  std::memcpy(&head, &command, sizeof head);
  return head;
}
constexpr std::uint64_t constant_head_of(const Command& command) {
  return std::bit_cast<std::array<std::uint64_t, sizeof(Command) / 8>>(command)[0];
}

class PlainLane {
 public:
  PlainLane() = default;
  PlainLane(const PlainLane&) {}
  PlainLane& operator=(const PlainLane&) { return *this = PlainLane(); }
  PlainLane& operator=(PlainLane&&) = default;

  /// For the cancels of plain orders, whatever their market.
  static PlainLane of_cancels() {
    PlainLane lane;
    lane.cancel_kind_ = static_cast<std::uint32_t>(CommandKind::CancelOrder);
    return lane;
  }
  /// And for the plain orders of this market.
  void aim(MarketState& market, InstrumentId id) {
    market_ = &market;
    head_ = head_of({.kind = static_cast<std::uint16_t>(CommandKind::PlaceOrder),
                     .instrument = id,
                     .side = static_cast<std::uint8_t>(Side::Buy),
                     .order_type = static_cast<std::uint8_t>(OrderType::Limit),
                     .time_in_force = static_cast<std::uint8_t>(TimeInForce::Gtc)});
    price_min_ = static_cast<std::uint64_t>(market.spec.price_ticks_min);
    price_count_ = static_cast<std::uint64_t>(market.spec.price_ticks_max) - price_min_ + 1;
    lots_max_ = static_cast<std::uint64_t>(market.spec.order_lots_max);
  }

  bool takes_order(const Command& command) const {
    // Buy or sell, and till cancelled or immediate: each one more, or not. A difference elsewhere
    // shows, for it borrows from no field that could be without.
    constexpr std::uint64_t choices = constant_head_of({.side = 1, .time_in_force = 1});
    return ((head_of(command) - head_) & ~choices) == 0 &&
           static_cast<std::uint64_t>(command.price_ticks) - price_min_ < price_count_ &&
           static_cast<std::uint64_t>(command.qty_lots) - 1 < lots_max_;
  }
  bool takes_cancel(const Command& command) const { return command.kind == cancel_kind_; }
  /// Of an order that it takes.
  MarketState& market() const { return *market_; }
  bool has_market() const { return market_ != nullptr; }

 private:
  MarketState* market_ = nullptr;
  std::uint64_t head_ = 0;
  std::uint64_t price_min_ = 0;
  std::uint64_t price_count_ = 0;  ///< 0: it takes no order
  std::uint64_t lots_max_ = 0;
  std::uint32_t cancel_kind_ = ~std::uint32_t{0};  ///< no command has so great a kind
};

}  // namespace v1
}  // namespace delever
