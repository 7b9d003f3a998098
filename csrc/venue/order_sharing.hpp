// Icebergs that show their next part only when the taker is done, and share what it takes from
// their hidden rests: one trade per maker and round.
//
// Where such an iceberg rests, a price is traded in rounds. A round is planned first, which changes
// nothing: what each order shows, in priority order, then, if the taker wants more, the hidden
// rests in proportion, floored, with the odd lots in priority order. Then the plan is carried out
// in the same order, clipped by what each side may still trade by then. Rounds repeat for as long
// as something happens. Cost: O(orders at the price) a round.
#pragma once

#include <algorithm>

#include "venue/order_flow.hpp"

namespace delever {
inline namespace v1 {

/// Whether this price is traded in rounds.
template <class Host>
bool OrderFlow<Host>::shares_at(const MarketState& state, Side side, std::int64_t price) const {
  if (rulebook_.iceberg_refresh == IcebergRefresh::AtOnce || state.book.is_unpriced(price))
    return false;
  for (std::uint32_t slot = state.book.level(side, price)->head; slot != no_index;
       slot = orders_[slot].fifo_next)
    if (has_terms(orders_[slot]) && terms_[order_terms(orders_[slot])].hidden_rest_lots != 0)
      return true;
  return false;
}

// Trades all it can at one price; false: the taker stops, for the reason in `stop`.
template <class Host>
bool OrderFlow<Host>::match_rounds(Taker& taker, std::int64_t price, TakerStop& stop) {
  const OrderBook& book = host().market(taker.instrument).book;
  while (taker.open_lots > 0) {
    const PriceLevel* level = book.level(opposite(taker.side), price);
    if (level == nullptr) return true;
    const TakerStop planned = plan_round(taker, level->head);
    bool acted = false;
    for (const Share& share : shares_) {
      if (orders_.find(share.order) == nullptr) continue;
      if (!execute_share(taker, share, price, acted, stop)) return false;
    }
    stop = planned;
    if (stop != TakerStop::None) return false;
    if (!acted) return true;
  }
  return true;
}

// Plans who trades what at one price; returns what stops the taker after the plan.
template <class Host>
TakerStop OrderFlow<Host>::plan_round(const Taker& taker, std::uint32_t first) {
  shares_.clear();
  std::int64_t left = taker.open_lots;
  TakerStop stop = TakerStop::None;
  for (std::uint32_t slot = first; slot != no_index && left > 0 && stop == TakerStop::None;
       slot = orders_[slot].fifo_next) {
    const Order& maker = orders_[slot];
    if (minimum_unmet(maker, left)) continue;
    Share share{.order = orders_.id_of(slot)};
    if (taker.self_trade != SelfTrade::Allow && are_one(taker.account, maker.account)) {
      if (taker.self_trade == SelfTrade::Taker) return TakerStop::SelfTrade;
      if (taker.self_trade == SelfTrade::Both) stop = TakerStop::SelfTrade;
      share.deed = Share::Deed::CancelOwn;
      if (taker.self_trade == SelfTrade::Decrement) {
        share.deed = Share::Deed::Decrement;
        share.lots = std::min(left, whole_open(maker));
      }
    } else {
      share.lots = std::min(left, maker.open_lots);
      if ((maker.flags & reduce_only) != 0)
        share.lots = std::min(share.lots, host().reducible_lots(maker));
      if (has_terms(maker)) share.hidden = terms_[order_terms(maker)].hidden_rest_lots;
      if ((maker.flags & reduce_only) != 0 && host().reducible_lots(maker) == 0) share.hidden = 0;
    }
    left -= share.lots;
    shares_.push_back(share);
  }
  if (left > 0 && stop == TakerStop::None) share_hidden(left);
  return stop;
}

// Divides what the taker still wants among the hidden rests.
template <class Host>
void OrderFlow<Host>::share_hidden(std::int64_t left) {
  std::int64_t total = 0;
  for (const Share& share : shares_) total += share.hidden;
  if (total == 0) return;
  const std::int64_t wanted = std::min(left, total);
  std::int64_t odd = wanted;
  for (Share& share : shares_) {
    const std::int64_t part = mul_div(wanted, share.hidden, total, Round::Floor);
    share.lots += part;
    share.hidden -= part;
    odd -= part;
  }
  for (Share& share : shares_) {
    const std::int64_t part = std::min(odd, share.hidden);
    share.lots += part;
    odd -= part;
  }
}

// Does to one order what was planned; false: the taker stops, for the reason in `stop`.
template <class Host>
bool OrderFlow<Host>::execute_share(Taker& taker, const Share& share, std::int64_t price,
                                    bool& acted, TakerStop& stop) {
  const std::uint32_t slot = order_slot(share.order);
  const Order& maker = orders_[slot];
  if (share.deed != Share::Deed::Fill) {
    acted = true;
    if (share.deed == Share::Deed::Decrement) {
      decrement(taker, slot, share.lots);
    } else {
      cancel_live(slot, CancelReason::SelfTrade, taker.cause);
    }
    return true;
  }
  std::int64_t lots = std::min(taker.open_lots, share.lots);
  if ((maker.flags & reduce_only) != 0) {
    const std::int64_t reducible = host().reducible_lots(maker);
    if (reducible == 0) {
      acted = true;
      cancel_live(slot, CancelReason::ReduceOnly, taker.cause);
      return true;
    }
    lots = std::min(lots, reducible);
  }
  if (lots == 0) return true;
  const TakerClip clip = host().clip_taker(taker, price, lots);
  if (clip.lots != 0) trade(taker, slot, price, clip.lots);
  acted = acted || clip.lots != 0;
  stop = clip.stop;
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
    bool met_again = false;
    for (std::size_t later = at + 1; later < unrefreshed_.size(); ++later)
      met_again = met_again || unrefreshed_[later].order == met.order;
    const OrderTerms& terms = terms_[order_terms(*order)];
    const std::int64_t least = std::max<std::int64_t>(1, terms.display_min_lots);
    if (met_again || terms.hidden_rest_lots == 0 || order->open_lots >= least) continue;
    replenish(order_slot(met.order), met.cause);
  }
  unrefreshed_.clear();
}

}  // namespace v1
}  // namespace delever
