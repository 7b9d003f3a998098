// What an order needs from its owner: cover when it runs, when it is amended, when it rests or
// moves; and the owner's list of live orders. Keeps account.reserved equal to the sum of the
// reserves, and the open lots of the position to their sum. The order flow is instantiated here,
// beside what it asks most.
#include "units/invariant.hpp"
#include "venue/venue.hpp"

namespace delever {
inline namespace v1 {

template class OrderFlow<Venue>;

bool Venue::in_one_group(AccountId a, AccountId b) const {
  const auto group = [&](AccountId id) {
    return id < trade_groups_.size() ? trade_groups_[id] : 0;
  };
  return group(a) != 0 && group(a) == group(b);
}

RejectReason Venue::check_cover(const Taker& taker, bool parks) const {
  const InstrumentState& state = instruments_[taker.instrument];
  const Position& position = positions_[taker.position];
  const int way = direction(taker.side);
  if ((taker.flags & reduce_only) != 0)
    return position.closable(way).value == 0 ? RejectReason::ReduceOnlyWouldIncrease
                                             : RejectReason::None;
  const std::int64_t held = way * position.qty.value;
  const std::int64_t after =
      held + position.open_of(taker.side == Side::Buy).value + taker.open_lots;
  if (after - std::min<std::int64_t>(0, held) > state.spec.position_lots_max)
    return RejectReason::PositionLimit;
  if (parks) return RejectReason::None;
  std::int64_t reference = taker.limit_ticks;
  if (taker.is_market) {
    const std::int64_t best = best_priced(state.book, opposite(taker.side));
    if (best >= 0)
      reference = way > 0 ? std::min(best, taker.limit_ticks) : std::max(best, taker.limit_ticks);
  }
  const QtyLots exposed{std::max<std::int64_t>(0, after)};
  const Money notional = state.spec.value_of(PriceTicks{reference}, exposed);
  if (position.leverage > state.spec.tier_of(notional).leverage_max)
    return RejectReason::LeverageAboveTier;
  const std::int64_t closable = taker.rests && !taker.is_market ? 0 : position.closable(way).value;
  const std::int64_t opening = std::max<std::int64_t>(0, taker.open_lots - closable);
  if (opening > 0 && !fits(position, need_of(position, reference, opening, way)))
    return RejectReason::InsufficientMargin;
  return RejectReason::None;
}

RejectReason Venue::check_amended(const Order& order, std::int64_t price, std::int64_t lots,
                                  bool is_parked) const {
  if ((order.flags & reduce_only) != 0) return RejectReason::None;
  const InstrumentState& state = instruments_[order.instrument];
  const Position& position = positions_[order_position(order)];
  const int way = direction(order.side);
  const std::int64_t whole = whole_open(order);
  const std::int64_t held = way * position.qty.value;
  const std::int64_t after = held + position.open_of(order.side == Side::Buy).value - whole + lots;
  if (after - std::min<std::int64_t>(0, held) > state.spec.position_lots_max)
    return RejectReason::PositionLimit;
  if (is_parked) return RejectReason::None;
  const QtyLots exposed{std::max<std::int64_t>(0, after)};
  const Money notional = state.spec.value_of(PriceTicks{price}, exposed);
  if (position.leverage > state.spec.tier_of(notional).leverage_max)
    return RejectReason::LeverageAboveTier;
  const Money need = need_of(position, price, lots, way);
  const Money reserved = order_reserve(state.spec, PriceTicks{reserve_price(order)}, QtyLots{whole},
                                       position.leverage);
  if (!fits(position, need - reserved)) return RejectReason::InsufficientMargin;
  return RejectReason::None;
}

CancelReason Venue::rest_obstacle(const Taker& taker, std::int64_t price) const {
  const Position& position = positions_[taker.position];
  if ((taker.flags & reduce_only) != 0) {
    const bool reduces = position.closable(direction(taker.side)).value > 0;
    return reduces ? CancelReason::None : CancelReason::ReduceOnly;
  }
  const Money reserve = order_reserve(instruments_[taker.instrument].spec, PriceTicks{price},
                                      QtyLots{taker.open_lots}, position.leverage);
  return fits(position, reserve) ? CancelReason::None : CancelReason::InsufficientMargin;
}

bool Venue::covers(const Taker& taker, std::int64_t lots, std::int64_t price) const {
  const Position& own = positions_[taker.position];
  const int way = direction(taker.side);
  const std::int64_t opening = std::max<std::int64_t>(0, lots - own.closable(way).value);
  if (opening == 0) return true;  // closing is never refused for margin
  return fits(own, need_of(own, price, opening, way));
}

bool Venue::can_move(const Order& order, std::int64_t from, std::int64_t to,
                     std::int64_t lots) const {
  if ((order.flags & reduce_only) != 0) return true;
  const InstrumentSpec& spec = instruments_[order.instrument].spec;
  const Position& position = positions_[order_position(order)];
  const std::int64_t leverage = position.leverage;
  const Money more = order_reserve(spec, PriceTicks{to}, QtyLots{lots}, leverage) -
                     order_reserve(spec, PriceTicks{from}, QtyLots{lots}, leverage);
  return fits(position, more);
}

// What an order keeps open goes from some lots at a price to others at another; price 0: counted,
// but nothing set aside.
void Venue::hold(const Order& order, std::int64_t from_price, std::int64_t from_lots,
                 std::int64_t to_price, std::int64_t to_lots) {
  Position& position = positions_[order_position(order)];
  if ((order.flags & reduce_only) != 0) {
    const int change = (to_lots > 0) - (from_lots > 0);
    position.reduce_only_orders = static_cast<std::uint16_t>(position.reduce_only_orders + change);
    return;
  }
  const InstrumentSpec& spec = instruments_[order.instrument].spec;
  reserved_of(order.account, spec.settle_currency) +=
      order_reserve(spec, PriceTicks{to_price}, QtyLots{to_lots}, position.leverage) -
      order_reserve(spec, PriceTicks{from_price}, QtyLots{from_lots}, position.leverage);
  QtyLots& open = order.side == Side::Buy ? position.open_buy : position.open_sell;
  open += QtyLots{to_lots - from_lots};
}

void Venue::link(std::uint32_t slot) {
  OrderLinks& links = orders_.links(slot);
  Account& account = accounts_[orders_[slot].account];
  links.owner_previous = account.last_order;
  links.owner_next = no_index;
  if (account.last_order != no_index) {
    orders_.links(account.last_order).owner_next = slot;
  } else {
    account.first_order = slot;
  }
  account.last_order = slot;
}

void Venue::unlink(std::uint32_t slot) {
  Account& account = accounts_[orders_[slot].account];
  const std::uint32_t previous = orders_.links(slot).owner_previous;
  const std::uint32_t next = orders_.links(slot).owner_next;
  (previous != no_index ? orders_.links(previous).owner_next : account.first_order) = next;
  (next != no_index ? orders_.links(next).owner_previous : account.last_order) = previous;
}

}  // namespace v1
}  // namespace delever
