// The words in which an order is described: side, type, time in force and flags.
//
// The numeric values are part of command layout version 1 (venue/command.hpp): they are never
// renumbered, only added to. They live here, and not with the commands, because the order pool and
// the order book speak them too and a lower layer may not include a higher one.
#pragma once

#include <cstdint>

namespace delever {
inline namespace v1 {

enum class Side : std::uint8_t { None = 0, Buy = 1, Sell = 2 };
enum class OrderType : std::uint8_t { Market = 1, Limit = 2 };
enum class TimeInForce : std::uint8_t { Gtc = 1, Ioc = 2, Fok = 3 };

/// Bits of Command::flags and Order::flags.
enum OrderFlag : std::uint8_t {
  post_only = 1,
  reduce_only = 2,
  hold_point = 4,  ///< UpdateIndex, SetMark: more of the same evaluation point follow
  self_trade_maker =
      8,  ///< on reaching an own order: cancel it and go on (default: stop the taker)
  self_trade_both = 16,  ///< on reaching an own order: cancel it and stop the taker
};
constexpr std::uint8_t order_flags_all = 31;

constexpr Side opposite(Side side) { return side == Side::Buy ? Side::Sell : Side::Buy; }
/// +1 for a buy, -1 for a sell.
constexpr int direction(Side side) { return side == Side::Buy ? 1 : -1; }

}  // namespace v1
}  // namespace delever
