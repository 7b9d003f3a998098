// Matching: price, then displayed before hidden, then time; and what stops a taker.
//
// `match` walks the other side best-first and asks the host what each side may still trade:
// reduce-only is clipped here, self-trade prevention follows the taker's mode, and a taker whose
// next fill is not covered stops there. Each turn looks at the front of the book again; nothing
// iterates over what changes. Where orders rest that a taker cannot just meet in turn (a Minimum,
// no price), `match_oddly` looks for the next one that it can.
//
// Cost: O(fills); a price without orders is never visited. Worst case: O(skipped) more per fill.
#pragma once

#include <algorithm>

#include "units/inline.hpp"
#include "venue/order_flow.hpp"

namespace delever {
inline namespace v1 {

template <class Host>
DELEVER_INLINE TakerStop OrderFlow<Host>::match(Taker& taker) {
  MarketState& state = host().market(taker.instrument);
  if (state.odd_makers != 0) [[unlikely]]
    return match_oddly(taker);
  if constexpr (!Host::has_positions)
    if (state.triggers.count() == 0 && taker.terms == no_index) return match_plainly(taker, state);
  const Side maker_side = opposite(taker.side);
  TakerStop stop = TakerStop::None;
  while (taker.open_lots > 0) {
    const std::int64_t price = state.book.best(maker_side);
    if (price < 0 || !crosses(taker.side, taker.limit_ticks, price)) return TakerStop::None;
    if (!meet(taker, state.book.front(maker_side), price, stop)) return stop;
  }
  return TakerStop::None;
}

// Lets the taker meet one order; false: it stops, for the reason in `stop`.
template <class Host>
DELEVER_INLINE bool OrderFlow<Host>::meet(Taker& taker, std::uint32_t slot, std::int64_t price,
                                          TakerStop& stop) {
  const Order& maker = orders_[slot];
  if (taker.self_trade != SelfTrade::Allow && are_one(taker.account, maker.account)) [[unlikely]]
    return meet_own(taker, slot, stop);
  std::int64_t lots = std::min(taker.open_lots, maker.open_lots);
  if ((maker.flags & reduce_only) != 0) [[unlikely]] {
    lots = std::min(lots, host().reducible_lots(maker));
    if (lots == 0) {
      cancel_live(slot, CancelReason::ReduceOnly, taker.cause);
      return true;
    }
  }
  const TakerClip clip = host().clip_taker(taker, price, lots);
  if (clip.lots != 0) trade(taker, slot, price, clip.lots);
  stop = clip.stop;
  return clip.stop == TakerStop::None;
}

template <class Host>
bool OrderFlow<Host>::meet_own(Taker& taker, std::uint32_t slot, TakerStop& stop) {
  if (taker.self_trade == SelfTrade::Decrement) {
    decrement(taker, slot, orders_[slot].open_lots);
    return true;
  }
  stop = TakerStop::SelfTrade;
  if (taker.self_trade == SelfTrade::Taker) return false;
  cancel_live(slot, CancelReason::SelfTrade, taker.cause);
  if (taker.self_trade == SelfTrade::Both) return false;
  stop = TakerStop::None;
  return true;
}

// Both shrink by at most so many lots, without a trade.
template <class Host>
void OrderFlow<Host>::decrement(Taker& taker, std::uint32_t slot, std::int64_t lots) {
  const Order& maker = orders_[slot];
  lots = std::min(taker.open_lots, lots);
  const Sequence sequence =
      host().emit(EventKind::SelfTradeDecremented,
                  {.cause = taker.cause,
                   .instrument = taker.instrument,
                   .account = taker.account,
                   .order_id = taker.order,
                   .side = static_cast<std::int64_t>(taker.side),
                   .price = shown_price(maker),
                   .qty = lots,
                   .other_account = maker.account,
                   .other_order = static_cast<std::int64_t>(orders_.id_of(slot))});
  taker.open_lots -= lots;
  shrink_maker(slot, lots, sequence);
}

template <class Host>
TakerStop OrderFlow<Host>::match_oddly(Taker& taker) {
  const MarketState& state = host().market(taker.instrument);
  TakerStop stop = TakerStop::None;
  Passed passed;
  while (taker.open_lots > 0) {
    std::int64_t price = 0;
    const std::uint32_t slot = next_maker(taker, passed, price);
    if (slot == no_index) return TakerStop::None;
    const std::int64_t level = price_of(orders_[slot]);
    if (shares_at(state, opposite(taker.side), level)) {
      if (!match_rounds(taker, price, stop)) return stop;
      passed.level_ticks = level;
    } else if (!meet(taker, slot, price, stop)) {
      return stop;
    }
  }
  return TakerStop::None;
}

// The first order by priority that the taker can trade with, and at what price; no_index: none.
template <class Host>
std::uint32_t OrderFlow<Host>::next_maker(const Taker& taker, Passed& passed,
                                          std::int64_t& price) const {
  const MarketState& state = host().market(taker.instrument);
  std::uint32_t slot = state.book.front(opposite(taker.side));
  for (; slot != no_index; slot = state.book.next_slot(orders_, slot)) {
    const Order& maker = orders_[slot];
    price = price_of(maker);
    if (!crosses(taker.side, taker.limit_ticks, price)) return no_index;
    if (state.book.is_unpriced(price)) {
      price = passed.unpriced ? 0 : unpriced_trade_price(taker, state);
      passed.unpriced = price == 0;
      if (passed.unpriced) continue;
    } else if (passed.level_ticks >= 0 && crosses(taker.side, passed.level_ticks, price)) {
      continue;
    }
    if (!minimum_unmet(maker, taker.open_lots)) return slot;
  }
  return no_index;
}

// What an order without a price trades at: a limit taker's own limit, or, with a market order, the
// last price if that is within the taker's bounds; 0: not at all.
template <class Host>
std::int64_t OrderFlow<Host>::unpriced_trade_price(const Taker& taker,
                                                   const MarketState& state) const {
  if (!taker.is_market) return taker.limit_ticks;
  const std::int64_t last = state.last.value;
  return last != 0 && crosses(taker.side, taker.limit_ticks, last) ? last : 0;
}

template <class Host>
bool OrderFlow<Host>::minimum_unmet(const Order& maker, std::int64_t taker_open) const {
  if (!has_terms(maker)) [[likely]]
    return false;
  const std::int64_t minimum = terms_[order_terms(maker)].minimum_lots;
  return taker_open < std::min(minimum, maker.open_lots);
}

template <class Host>
DELEVER_INLINE void OrderFlow<Host>::trade(Taker& taker, std::uint32_t slot, std::int64_t price,
                                           std::int64_t lots) {
  MarketState& state = host().market(taker.instrument);
  const Order maker = orders_[slot];
  const std::uint32_t maker_group = oco_group_of(orders_[slot]);
  const auto booking = host().book_fill(taker, maker, price, lots);
  const Sequence fill =
      host().emit(EventKind::OrderFilled,
                  {.cause = taker.cause,
                   .instrument = taker.instrument,
                   .account = taker.account,
                   .order_id = taker.order,
                   .side = static_cast<std::int64_t>(taker.side),
                   .price = price,
                   .qty = lots,
                   .amount = booking.taker_fee.value,
                   .other_account = maker.account,
                   .other_order = static_cast<std::int64_t>(make_order_id(maker.generation, slot)),
                   .other_amount = booking.maker_fee.value});
  state.last = PriceTicks{price};
  state.last_fill = fill;
  shrink_maker(slot, lots, fill);
  taker.open_lots -= lots;
  // The maker may be gone: its slot still says whose it was, and no order comes before the next.
  host().settle_fill(taker, orders_[slot], lots, booking, fill);
  if (taker.terms != no_index) [[unlikely]]
    cancel_siblings(order_slot(taker.order), taker.account, taker.instrument,
                    terms_[taker.terms].oco_group, fill);
  if (maker_group != 0) [[unlikely]]
    cancel_siblings(slot, maker.account, maker.instrument, maker_group, fill);
  if (state.triggers.count() != 0) [[unlikely]]
    collect_triggered(taker.instrument, TriggerFeed::Last, price, fill);
}

template <class Host>
DELEVER_INLINE void OrderFlow<Host>::shrink_maker(std::uint32_t slot, std::int64_t lots,
                                                  Sequence cause) {
  const Order& order = orders_[slot];
  if (has_terms(order)) [[unlikely]] {
    const bool is_part = terms_[order_terms(order)].hidden_rest_lots > 0;
    if (is_part && rulebook_.iceberg_refresh == IcebergRefresh::EndOfTaker) {
      unrefreshed_.push_back({orders_.id_of(slot), cause});
      if (lots < whole_open(order)) return shrink_shown_first(slot, lots);
    } else if (is_part && lots == order.open_lots) {
      shrink_resting(slot, lots);
      return replenish(slot, cause);
    }
  }
  if (order.open_lots > lots) return shrink_resting(slot, lots);
  take_off_book(slot);
  finish_order(slot);
}

}  // namespace v1
}  // namespace delever
