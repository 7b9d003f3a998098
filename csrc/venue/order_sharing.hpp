// Icebergs that show their next part only when the taker is done, and share what it takes from
// their hidden rests: one trade per maker and round.
//
// A round at one price plans first: what each order shows, in priority order, then, if the taker
// wants more, the hidden rests in proportion, floored, with the remainder in priority order. Then
// it trades the plan, clipped by what each side may still trade by then. Rounds repeat while they
// trade; then comes the next price. Cost: O(orders at the prices it reaches) per taker.
#pragma once

#include <algorithm>

#include "venue/order_flow.hpp"

namespace delever {
inline namespace v1 {

template <class Host>
TakerStop OrderFlow<Host>::match_sharing(Taker& taker) {
  const Side maker_side = opposite(taker.side);
  const OrderBook& book = host().market(taker.instrument).book;
  TakerStop stop = TakerStop::None;
  std::int64_t price = book.best(maker_side);
  bool unpriced_passed = false;
  while (taker.open_lots > 0 && price >= 0 && crosses(taker.side, taker.limit_ticks, price)) {
    std::int64_t trade_price = price;
    if (book.is_unpriced(price)) {
      trade_price =
          unpriced_passed ? 0 : unpriced_trade_price(taker, host().market(taker.instrument));
      unpriced_passed = trade_price == 0;
    }
    bool trades = trade_price != 0;
    while (trades && taker.open_lots > 0) {
      const PriceLevel* level = book.level(maker_side, price);
      if (level == nullptr) break;
      const bool goes_on = plan_round(taker, level->head, stop);
      const std::int64_t before = taker.open_lots;
      if (!execute_round(taker, trade_price, stop) || !goes_on) return stop;
      trades = taker.open_lots < before;
    }
    price = book.next_price(maker_side, price);
  }
  return TakerStop::None;
}

// Plans who trades what at one price; false: the taker stops after the plan, at an own order.
template <class Host>
bool OrderFlow<Host>::plan_round(Taker& taker, std::uint32_t first, TakerStop& stop) {
  shares_.clear();
  std::int64_t left = taker.open_lots;
  for (std::uint32_t slot = first; slot != no_index && left > 0;) {
    const Order& maker = orders_[slot];
    const std::uint32_t next = maker.fifo_next;
    if (minimum_unmet(maker, left)) {
      slot = next;
      continue;
    }
    if (taker.self_trade != SelfTrade::Allow && are_one(taker.account, maker.account)) {
      const std::int64_t before = taker.open_lots;
      if (!meet_own(taker, slot, stop)) return false;
      left -= before - taker.open_lots;
      slot = next;
      continue;
    }
    std::int64_t lots = std::min(left, maker.open_lots);
    if ((maker.flags & reduce_only) != 0) lots = std::min(lots, host().reducible_lots(maker));
    const std::int64_t hidden = has_terms(maker) ? terms_[order_terms(maker)].hidden_rest_lots : 0;
    shares_.push_back({orders_.id_of(slot), lots, hidden});
    left -= lots;
    slot = next;
  }
  if (left > 0) share_hidden(left);
  return true;
}

// Divides what the taker still wants among the hidden rests.
template <class Host>
void OrderFlow<Host>::share_hidden(std::int64_t left) {
  std::int64_t total = 0;
  for (const Share& share : shares_) total += share.hidden;
  if (total == 0) return;
  const std::int64_t wanted = std::min(left, total);
  std::int64_t rest = wanted;
  for (Share& share : shares_) {
    const std::int64_t part = mul_div(wanted, share.hidden, total, Round::Floor);
    share.lots += part;
    share.hidden -= part;
    rest -= part;
  }
  for (Share& share : shares_) {
    const std::int64_t part = std::min(rest, share.hidden);
    share.lots += part;
    rest -= part;
  }
}

// Trades the plan; false: the taker stops, for the reason in `stop`.
template <class Host>
bool OrderFlow<Host>::execute_round(Taker& taker, std::int64_t price, TakerStop& stop) {
  for (const Share& share : shares_) {
    if (taker.open_lots == 0) break;
    if (orders_.find(share.order) == nullptr) continue;
    if (!execute_share(taker, share, price, stop)) return false;
  }
  return true;
}

template <class Host>
bool OrderFlow<Host>::execute_share(Taker& taker, const Share& share, std::int64_t price,
                                    TakerStop& stop) {
  const std::uint32_t slot = order_slot(share.order);
  const Order& maker = orders_[slot];
  std::int64_t lots = std::min({taker.open_lots, share.lots, whole_open(maker)});
  if ((maker.flags & reduce_only) != 0) {
    const std::int64_t reducible = host().reducible_lots(maker);
    if (reducible == 0) {
      cancel_live(slot, CancelReason::ReduceOnly, taker.cause);
      return true;
    }
    lots = std::min(lots, reducible);
  }
  if (lots == 0) return true;
  const TakerClip clip = host().clip_taker(taker, price, lots);
  if (clip.lots != 0) trade(taker, slot, price, clip.lots);
  if (clip.stop != TakerStop::None) stop = clip.stop;
  return clip.stop == TakerStop::None;
}

// Shows the next parts of the icebergs that a taker has met, now that it is done: in the order of
// their last fills, where less is shown than the least an order asks for.
template <class Host>
void OrderFlow<Host>::refresh_icebergs() {
  for (std::size_t at = 0; at < unrefreshed_.size(); ++at) {
    const TriggeredRun met = unrefreshed_[at];
    const Order* order = orders_.find(met.order);
    if (order == nullptr || !order->rests()) continue;
    const bool filled_again =
        std::any_of(unrefreshed_.begin() + static_cast<std::ptrdiff_t>(at) + 1, unrefreshed_.end(),
                    [&](const TriggeredRun& later) { return later.order == met.order; });
    const OrderTerms& terms = terms_[order_terms(*order)];
    const std::int64_t least = std::max<std::int64_t>(1, terms.display_min_lots);
    if (filled_again || terms.hidden_rest_lots == 0 || order->open_lots >= least) continue;
    replenish(order_slot(met.order), met.cause);
  }
  unrefreshed_.clear();
}

}  // namespace v1
}  // namespace delever
