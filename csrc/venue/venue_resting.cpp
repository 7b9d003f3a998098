// Resting orders: what they reserve, the account's list of them, and how they leave the book. Keeps
// account.reserved equal to the sum of the reserves, and the open lots of the position to their
// sum.
#include "units/invariant.hpp"
#include "venue/venue.hpp"

namespace delever {
inline namespace v1 {

// Adds (sign +1) or releases (-1) what `lots` resting lots of an order set aside.
void Venue::hold_reserve(const Order& order, Position& position, std::int64_t before,
                         std::int64_t after) {
  if ((order.flags & reduce_only) != 0) return;
  const InstrumentSpec& spec = instruments_[order.instrument].spec;
  const PriceTicks price{order.price_ticks};
  const Money change = order_reserve(spec, price, QtyLots{after}, position.leverage) -
                       order_reserve(spec, price, QtyLots{before}, position.leverage);
  accounts_[order.account].reserved += change;
  QtyLots& open = order.side == Side::Buy ? position.open_buy : position.open_sell;
  open += QtyLots{after - before};
}

void Venue::rest_order(std::uint32_t slot, std::int64_t lots) {
  Order& order = orders_[slot];
  order.open_lots = lots;
  Position& position = positions_[order_position(order)];
  hold_reserve(order, position, 0, lots);
  if ((order.flags & reduce_only) != 0) ++position.reduce_only_orders;
  instruments_[order.instrument].book.append(orders_, slot);
  if ((order.flags & order_linked) == 0) link_order(slot);
}

void Venue::take_off_book(std::uint32_t slot) {
  Order& order = orders_[slot];
  Position& position = positions_[order_position(order)];
  hold_reserve(order, position, order.open_lots, 0);
  if ((order.flags & reduce_only) != 0) --position.reduce_only_orders;
  instruments_[order.instrument].book.remove(orders_, slot);
}

void Venue::shrink_resting(std::uint32_t slot, std::int64_t lots) {
  Order& order = orders_[slot];
  if (lots == 0) return;
  Position& position = positions_[order_position(order)];
  hold_reserve(order, position, order.open_lots, order.open_lots - lots);
  instruments_[order.instrument].book.reduce(orders_, slot, QtyLots{lots});
}

void Venue::finish_order(std::uint32_t slot) {
  Order& order = orders_[slot];
  if ((order.flags & order_linked) != 0) unlink_order(slot);
  orders_.release(orders_.id_of(slot));
}

void Venue::cancel_live(std::uint32_t slot, CancelReason reason, Sequence cause) {
  const Order& order = orders_[slot];
  emit(EventKind::OrderCancelled, {.cause = cause,
                                   .instrument = order.instrument,
                                   .account = order.account,
                                   .order_id = orders_.id_of(slot),
                                   .side = static_cast<std::int64_t>(order.side),
                                   .price = order.price_ticks,
                                   .qty = order.open_lots,
                                   .reason = static_cast<std::int64_t>(reason)});
  if (order.rests()) take_off_book(slot);
  finish_order(slot);
}

std::int64_t Venue::cancel_matching(AccountId account, const CancelFilter& filter) {
  std::int64_t cancelled = 0;
  std::uint32_t slot = accounts_[account].first_order;
  while (slot != no_index) {
    const Order& order = orders_[slot];
    const std::uint32_t next = order.account_next;
    const bool meant =
        order.rests() &&
        (filter.instrument == every_instrument || order.instrument == filter.instrument) &&
        (filter.side == Side::None || order.side == filter.side) &&
        (!filter.only_reduce_only || (order.flags & reduce_only) != 0);
    if (meant) {
      cancel_live(slot, filter.reason, filter.cause);
      ++cancelled;
    }
    slot = next;
  }
  return cancelled;
}

void Venue::link_order(std::uint32_t slot) {
  Order& order = orders_[slot];
  Account& account = accounts_[order.account];
  order.account_previous = account.last_order;
  order.account_next = no_index;
  if (account.last_order != no_index) {
    orders_[account.last_order].account_next = slot;
  } else {
    account.first_order = slot;
  }
  account.last_order = slot;
  ++account.order_count;
  order.flags = static_cast<std::uint8_t>(order.flags | order_linked);
  if (order.client_id > 0) client_ids_.insert(order.account, order.client_id, slot);
}

void Venue::unlink_order(std::uint32_t slot) {
  Order& order = orders_[slot];
  Account& account = accounts_[order.account];
  const std::uint32_t previous = order.account_previous;
  const std::uint32_t next = order.account_next;
  (previous != no_index ? orders_[previous].account_next : account.first_order) = next;
  (next != no_index ? orders_[next].account_previous : account.last_order) = previous;
  --account.order_count;
  if (order.client_id > 0) client_ids_.erase(order.account, order.client_id);
}

}  // namespace v1
}  // namespace delever
