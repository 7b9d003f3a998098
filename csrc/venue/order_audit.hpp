// The audit of orders: what must hold between commands of every order, term, level and list,
// checked by visiting everything. Returns the first broken identity in words, or nothing.
//
// It finds what counting twice can find: terms named once, lists and books that hold what lives,
// levels that sum up, counts that are exact. For tests; O(orders + levels).
#pragma once

#include <string>
#include <vector>

#include "venue/order_flow.hpp"

namespace delever {
inline namespace v1 {

/// What a walk over all orders counts, against what the state keeps.
struct OrderFlowCounts {
  struct Market {
    std::uint64_t resting = 0;
    std::uint64_t pending = 0;
    std::uint64_t pegged = 0;
    std::uint32_t minimum_makers = 0;
    std::uint32_t odd_makers = 0;
  };
  std::vector<Market> markets;
  std::vector<bool> terms_named;
  std::uint64_t live = 0;
  std::uint64_t terms = 0;
  std::uint32_t watchers = 0;
};

template <class Host>
std::string OrderFlow<Host>::audit_orders() const {
  if (!triggered_.empty() || !unrefreshed_.empty() || given_.any())
    return "something of a command is left between commands";
  OrderFlowCounts counts;
  counts.markets.resize(host().instrument_count());
  for (std::uint32_t slot = 0; slot < orders_.slots(); ++slot) {
    if (orders_.find(orders_.id_of(slot)) == nullptr) continue;
    const std::string complaint = audit_order(slot, counts);
    if (!complaint.empty()) return "order in slot " + std::to_string(slot) + " " + complaint;
  }
  if (counts.live != orders_.live()) return "the orders' pool counts other orders than there are";
  if (counts.terms != terms_.live()) return "terms that no order names";
  if (counts.watchers != watchers_) return "pegged and quote-watching orders are miscounted";
  for (std::size_t id = 0; id < counts.markets.size(); ++id) {
    const std::string complaint = audit_market(static_cast<InstrumentId>(id), counts);
    if (!complaint.empty())
      return host().market(static_cast<InstrumentId>(id)).spec.symbol + ": " + complaint;
  }
  return {};
}

template <class Host>
std::string OrderFlow<Host>::audit_order(std::uint32_t slot, OrderFlowCounts& counts) const {
  const Order& order = orders_[slot];
  OrderFlowCounts::Market& market = counts.markets[order.instrument];
  ++counts.live;
  market.resting += order.rests();
  if ((order.flags & order_linked) == 0) return "belongs to nobody's list";
  const std::int64_t client_id = orders_.client_id(slot);
  if (client_id > 0 && client_ids_.find(orders_, order.account, client_id) != slot)
    return "is not found by its client id";
  const bool closes = has_terms(order) && terms_[order_terms(order)].close_position != 0;
  if (order.open_lots < 1 && !closes) return "has nothing open";
  if (!has_terms(order)) return order.rests() ? "" : "neither rests nor waits";
  const std::uint32_t index = order_terms(order);
  const OrderTerms& terms = terms_[index];
  if (counts.terms_named.size() <= index) counts.terms_named.resize(index + 1);
  if (counts.terms_named[index] || terms.in_use == 0) return "names terms that are not its own";
  counts.terms_named[index] = true;
  ++counts.terms;
  const MarketState& state = host().market(order.instrument);
  const bool pegs = terms.peg_reference != PegReference::None;
  const bool pends = terms.stage == OrderStage::Pending;
  market.pegged += pegs;
  market.pending += pends;
  counts.watchers += pegs + (pends && terms.trigger_source == TriggerSource::Quote);
  if (order.rests()) market.minimum_makers += terms.minimum_lots != 0;
  if (order.rests()) market.odd_makers += is_odd(state, price_of(order), terms);
  if (order.rests() != (terms.stage == OrderStage::Resting)) return "rests where it should not";
  if (!order.rests() && !pends && (terms.stage != OrderStage::Parked || terms.limit_ticks != 0))
    return "neither rests nor waits";
  if ((terms.expire_ns != 0) != (terms.agenda_node != no_index) ||
      (terms.expire_ns != 0 && terms.expire_ns <= time_.value))
    return "is due, or not in the agenda";
  if (terms.display_lots != 0 && !pends && order.open_lots > terms.display_lots)
    return "shows more than its peak";
  return terms.hidden_rest_lots < 0 ? "hides less than nothing" : "";
}

template <class Host>
std::string OrderFlow<Host>::audit_market(InstrumentId id, const OrderFlowCounts& counts) const {
  const MarketState& state = host().market(id);
  const OrderFlowCounts::Market& counted = counts.markets[id];
  if (counted.minimum_makers != state.minimum_makers || counted.odd_makers != state.odd_makers)
    return "makers with a Minimum, or odd ones, are miscounted";
  if (counted.pegged != state.pegged.size()) return "pegged orders are miscounted";
  std::int64_t age = -1;
  for (const std::uint32_t slot : state.pegged) {
    const std::int64_t accepted = terms_[order_terms(orders_[slot])].accepted;
    if (accepted <= age) return "pegged orders are not in the order of their acceptance";
    age = accepted;
  }
  std::uint64_t pending = 0;
  bool sound = true;
  state.triggers.for_each([&](std::uint32_t slot) {
    ++pending;
    sound =
        sound && orders_[slot].instrument == id && stage_of(orders_[slot]) == OrderStage::Pending;
  });
  if (!sound || pending != counted.pending || pending != state.triggers.count())
    return "the trigger book holds other orders than are pending";
  std::uint64_t resting = 0;
  for (const Side side : {Side::Buy, Side::Sell})
    for (std::int64_t price = state.book.best(side); price >= 0;
         price = state.book.next_price(side, price)) {
      const std::string complaint =
          audit_level(state.book, *state.book.level(side, price), side, resting);
      if (!complaint.empty()) return "level " + std::to_string(price) + " " + complaint;
    }
  if (resting != counted.resting) return "orders rest that no level holds";
  const std::int64_t bid = best_priced(state.book, Side::Buy);
  const std::int64_t ask = best_priced(state.book, Side::Sell);
  const bool may_cross =
      state.phase != TradingPhase::Continuous || state.minimum_makers != 0 || state.left_crossed;
  return bid >= 0 && ask >= 0 && bid >= ask && !may_cross ? "book crossed" : "";
}

template <class Host>
std::string OrderFlow<Host>::audit_level(const OrderBook& book, const PriceLevel& level, Side side,
                                         std::uint64_t& resting) const {
  std::int64_t shown = 0;
  std::int64_t hidden = 0;
  std::uint32_t count = 0;
  std::uint32_t first_hidden = no_index;
  std::uint32_t last = no_index;
  for (std::uint32_t slot = level.head; slot != no_index; slot = orders_[slot].fifo_next) {
    const Order& order = orders_[slot];
    const bool is_hidden = (order.flags & hidden_order) != 0;
    if (book.price_of(order) != level.price_ticks || order.side != side ||
        order.fifo_previous != last)
      return "holds an order that is not its own";
    if (!is_hidden && first_hidden != no_index) return "has hidden orders before displayed ones";
    if (is_hidden && first_hidden == no_index) first_hidden = slot;
    (is_hidden ? hidden : shown) += order.open_lots;
    hidden += whole_open(order) - order.open_lots;
    count += !is_hidden;
    ++resting;
    last = slot;
  }
  const bool sound = shown == level.open_lots && hidden == book.hidden_lots(level) &&
                     count == level.count && last == level.tail &&
                     first_hidden == level.hidden_head;
  return sound ? "" : "sums up other than its orders";
}

}  // namespace v1
}  // namespace delever
