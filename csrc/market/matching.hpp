// Matching: price-time priority, and what stops a taker. Policy only; storage is the order book's.
//
// `match` walks the opposite side best-first and asks a Gate, given by the venue, what each side
// may still trade: reduce-only is clipped here, self-trade prevention follows the taker's mode and
// stops at the own order, and a taker whose next fill is not covered stops there. The gate books
// each trade. Cost: O(fills); a price without orders is never visited. Nothing iterates over the
// book while it changes: each turn looks at its front again.
#pragma once

#include <algorithm>
#include <cstdint>

#include "market/order_book.hpp"
#include "market/order_pool.hpp"
#include "market/order_types.hpp"

namespace delever {
inline namespace v1 {

enum class TakerKind : std::uint8_t { User, Liquidation, Unwind };

/// An order while it takes.
struct Taker {
  OrderId order = no_order;
  AccountId account = 0;
  InstrumentId instrument = 0;
  Side side = Side::None;
  std::uint8_t flags = 0;
  TakerKind kind = TakerKind::User;
  bool fill_or_kill = false;
  std::int64_t limit_ticks = 0;
  std::int64_t open_lots = 0;
  std::uint32_t position = no_index;
  std::int64_t cause = no_cause;
  std::int64_t filled_atoms = 0;
};

/// Why a taker stopped before the book or its limit did.
enum class TakerStop : std::uint8_t { None, SelfTrade, ReduceOnly, InsufficientMargin };

/// Whether an order of `side` with this limit trades at `price`.
constexpr bool crosses(Side side, std::int64_t limit_ticks, std::int64_t price_ticks) {
  return side == Side::Buy ? price_ticks <= limit_ticks : price_ticks >= limit_ticks;
}

struct TakerClip {
  std::int64_t lots = 0;
  TakerStop stop = TakerStop::None;  ///< set: the taker stops after these lots
};

template <class Gate>
TakerStop match(OrderBook& book, OrderPool& orders, Taker& taker, Gate& gate) {
  const Side maker_side = opposite(taker.side);
  while (taker.open_lots > 0) {
    const std::int64_t price = book.best(maker_side);
    if (price < 0 || !crosses(taker.side, taker.limit_ticks, price)) return TakerStop::None;
    const std::uint32_t slot = book.front(maker_side);
    const Order& maker = orders[slot];
    if (maker.account == taker.account) [[unlikely]] {
      if ((taker.flags & (self_trade_maker | self_trade_both)) == 0) return TakerStop::SelfTrade;
      gate.cancel_self_trade(taker, slot);
      if ((taker.flags & self_trade_both) != 0) return TakerStop::SelfTrade;
      continue;
    }
    std::int64_t lots = std::min(taker.open_lots, maker.open_lots);
    if ((maker.flags & reduce_only) != 0) [[unlikely]] {
      lots = std::min(lots, gate.reducible_lots(maker));
      if (lots == 0) {
        gate.cancel_reduce_only(taker, slot);
        continue;
      }
    }
    const TakerClip clip = gate.clip_taker(taker, price, lots);
    if (clip.lots == 0) return clip.stop;
    gate.trade(taker, slot, price, clip.lots);
    if (clip.stop != TakerStop::None) return clip.stop;
  }
  return TakerStop::None;
}

}  // namespace v1
}  // namespace delever
