// The words of matching: an order while it takes, what may stop it, and when two prices cross.
//
// The walk itself is venue/order_matching.hpp, which serves venues with and without accounts; this
// file is what it and their answers to it share. Priority is price, then displayed before hidden,
// then time.
#pragma once

#include <cstdint>

#include "market/order_book.hpp"
#include "market/order_types.hpp"
#include "units/ids.hpp"

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
  SelfTrade self_trade = SelfTrade::Allow;  ///< the mode in force: never ByRule
  bool fill_or_kill = false;
  bool is_market = false;
  bool rests = false;       ///< what is left may go into the book
  bool is_written = false;  ///< the order has a record in the pool already
  bool takes = true;        ///< false: it rests without looking at the other side
  std::uint32_t terms = no_index;
  std::uint32_t position = no_index;
  std::int64_t client_id = 0;
  std::int64_t limit_ticks = 0;
  std::int64_t open_lots = 0;
  std::int64_t cause = no_cause;
  std::int64_t filled_atoms = 0;
};

/// Why a taker stopped before the book or its limit did.
enum class TakerStop : std::uint8_t { None, SelfTrade, ReduceOnly, InsufficientMargin };

/// Whether an order of `side` with this limit trades at `price`. Orders without a price rest where
/// this is always so.
constexpr bool crosses(Side side, std::int64_t limit_ticks, std::int64_t price_ticks) {
  return !is_better(side, price_ticks, limit_ticks);
}

/// The best price of a side among the orders that have one; -1 where there is none.
inline std::int64_t best_priced(const OrderBook& book, Side side) {
  const std::int64_t best = book.best(side);
  return book.is_unpriced(best) ? book.next_price(side, best) : best;
}

struct TakerClip {
  std::int64_t lots = 0;
  TakerStop stop = TakerStop::None;  ///< set: the taker stops after these lots
};

}  // namespace v1
}  // namespace delever
