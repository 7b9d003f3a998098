// The words in which an order is described: side, type, time in force and flags.
//
// The numeric values are part of command layout version 2 (venue/command.hpp): they are never
// renumbered, only added to. They live here, and not with the commands, because the order pool and
// the order book speak them too and a lower layer may not include a higher one.
#pragma once

#include <cstdint>

namespace delever {
inline namespace v1 {

enum class Side : std::uint8_t { None = 0, Buy = 1, Sell = 2 };
enum class OrderType : std::uint8_t { Market = 1, Limit = 2 };
enum class TimeInForce : std::uint8_t {
  Gtc = 1,
  Ioc = 2,
  Fok = 3,
  Gtd = 4,  ///< until the time of its Expiry term
  Day = 5,  ///< until the next midnight UTC
  Gfa = 6,  ///< good for auction: accepted in one, gone at its end
};
constexpr std::uint8_t time_in_force_max = 6;

/// Whether what is left of such an order stays in the book.
constexpr bool rests_by(TimeInForce tif) {
  return tif != TimeInForce::Ioc && tif != TimeInForce::Fok;
}

/// Bits of Command::flags and Order::flags; bits 3..5 hold a SelfTrade mode.
enum OrderFlag : std::uint8_t {
  post_only = 1,
  reduce_only = 2,
  hold_point = 4,        ///< UpdateIndex, SetMark: more of the same evaluation point follow
  self_trade_maker = 8,  ///< SelfTrade::Maker, in place
  self_trade_both = 16,  ///< SelfTrade::Both, in place
  self_trade_bits = 56,
  hidden_order = 64,      ///< rests behind the displayed orders of its price, not in the depth
  slide_post_only = 128,  ///< a post-only order that would take moves to the next price instead
};

/// What happens where a taker meets an order of its own owner.
enum class SelfTrade : std::uint8_t {
  ByRule = 0,     ///< as the rulebook says
  Maker = 1,      ///< the resting order is cancelled, the taker goes on
  Both = 2,       ///< both are cancelled
  Decrement = 3,  ///< both shrink by the smaller, without a trade
  Taker = 4,      ///< the taker stops
  Allow = 5,      ///< they trade
};
constexpr std::uint8_t order_flags_all = 255;
constexpr std::uint8_t self_trade_shift = 3;
constexpr std::uint8_t self_trade_max = 5;
constexpr SelfTrade self_trade_of(std::uint8_t flags) {
  return static_cast<SelfTrade>((flags & self_trade_bits) >> self_trade_shift);
}

/// What an AttachTerm command adds to the next order.
enum class TermKind : std::uint8_t {
  Trigger = 1,
  Peg = 2,
  Iceberg = 3,
  Expiry = 4,
  Minimum = 5,
  Oco = 6,
  Budget = 7,
  ClosePosition = 8,
  Protection = 9,
};
constexpr std::uint8_t term_kind_max = 9;

enum class TriggerKind : std::uint8_t {
  None = 0,
  Stop = 1,
  TakeProfit = 2,
  TrailingTicks = 3,
  TrailingPpm = 4,
};
constexpr bool is_trailing(TriggerKind kind) { return kind >= TriggerKind::TrailingTicks; }

enum class TriggerDirection : std::uint8_t { Default = 0, Up = 1, Down = 2 };

/// Which price a trigger watches.
enum class TriggerSource : std::uint8_t { ByRule = 0, Last = 1, Mark = 2, Index = 3, Quote = 4 };

enum class PegReference : std::uint8_t { None = 0, Bid = 1, Ask = 2, Mid = 3 };

/// What an instrument does with orders; the command ChangePhase moves between them.
enum class TradingPhase : std::uint8_t { Continuous = 1, Auction = 2, Halted = 3 };

// Which side comes next nobody can foretell: these are sums, not branches.
constexpr Side opposite(Side side) { return static_cast<Side>(1 + (side == Side::Buy)); }
/// +1 for a buy, -1 for a sell.
constexpr int direction(Side side) { return 2 * (side == Side::Buy) - 1; }
/// Whether a price of this side is better than another: of buys the higher, of sells the lower.
constexpr bool is_better(Side side, std::int64_t price_ticks, std::int64_t other_ticks) {
  const std::int64_t turned = -std::int64_t{side == Side::Buy};  // ~x orders the other way round
  return (price_ticks ^ turned) < (other_ticks ^ turned);
}

}  // namespace v1
}  // namespace delever
