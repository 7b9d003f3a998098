// Settings of accounts: leverage, margin and its mode, legs, trade groups, seeded positions.
#include "units/invariant.hpp"
#include "venue/venue.hpp"

namespace delever {
inline namespace v1 {

namespace {

bool has_open_orders(const Position& position) {
  return position.open_buy.value + position.open_sell.value + position.reduce_only_orders > 0;
}

PositionLeg leg_for(const Account& account, Side side) {
  if (!account.is_hedged) return net_leg;
  return side == Side::Buy ? long_leg : short_leg;
}

}  // namespace

// Settings belong to an account's pair with an instrument: there is a run to keep them.
void Venue::require_legs(AccountId account, InstrumentId instrument) {
  bool found = false;
  visit_legs(account, instrument, [&](const Position&) { found = true; });
  if (!found) create_position(account, instrument, net_leg);
}

void Venue::set_leverage(const Command& command) {
  if (!known_account(command.account)) return reject(command, RejectReason::UnknownAccount);
  if (!known_instrument(command.instrument))
    return reject(command, RejectReason::UnknownInstrument);
  const InstrumentState& state = instruments_[command.instrument];
  const std::int64_t leverage = command.qty_lots;
  if (leverage < 1 || leverage > state.spec.tiers.front().leverage_max)
    return reject(command, RejectReason::InvalidLeverage);
  require_legs(command.account, command.instrument);
  RejectReason reason = RejectReason::None;
  const auto worse = [&](RejectReason other) {
    if (other == RejectReason::OpenOrdersExist || reason == RejectReason::None) reason = other;
  };
  visit_legs(command.account, command.instrument,
             [&](const Position& leg) { worse(check_leverage(leg, leverage)); });
  if (reason != RejectReason::None) return reject(command, reason);
  visit_legs(command.account, command.instrument,
             [&](Position& leg) { leg.leverage = static_cast<std::uint16_t>(leverage); });
  emit(EventKind::LeverageChanged,
       {.instrument = command.instrument, .account = command.account, .qty = leverage});
}

RejectReason Venue::check_leverage(const Position& position, std::int64_t leverage) const {
  if (has_open_orders(position)) return RejectReason::OpenOrdersExist;
  if (position.qty.value == 0) return RejectReason::None;
  if (leverage < position.leverage) return RejectReason::LeverageBelowPosition;
  const InstrumentState& state = instruments_[position.instrument];
  const Money notional = notional_of(state.spec, position.qty, state.mark);
  return leverage > state.spec.tier_of(notional).leverage_max ? RejectReason::LeverageAboveTier
                                                              : RejectReason::None;
}

void Venue::set_margin_mode(const Command& command) {
  if (!known_account(command.account)) return reject(command, RejectReason::UnknownAccount);
  if (!known_instrument(command.instrument))
    return reject(command, RejectReason::UnknownInstrument);
  if (command.order_type > 1) return reject(command, RejectReason::InvalidOrder);
  require_legs(command.account, command.instrument);
  bool orders = false;
  bool open = false;
  visit_legs(command.account, command.instrument, [&](const Position& leg) {
    orders = orders || has_open_orders(leg);
    open = open || leg.qty.value != 0;
  });
  if (orders) return reject(command, RejectReason::OpenOrdersExist);
  if (open) return reject(command, RejectReason::PositionOpen);
  visit_legs(command.account, command.instrument, [&](Position& leg) {
    leg.cross = command.order_type & 1;
    if (leg.cross) require_pool(leg);
  });
  emit(EventKind::MarginModeChanged,
       {.instrument = command.instrument, .account = command.account, .qty = command.order_type});
}

void Venue::set_position_mode(const Command& command) {
  if (!known_account(command.account)) return reject(command, RejectReason::UnknownAccount);
  if (command.order_type > 1) return reject(command, RejectReason::InvalidOrder);
  Account& account = accounts_[command.account];
  for (std::uint32_t at = account.first_position; at != no_index; at = positions_[at].next)
    if (positions_[at].qty.value != 0) return reject(command, RejectReason::PositionOpen);
  if (account.first_order != no_index) return reject(command, RejectReason::OpenOrdersExist);
  account.is_hedged = command.order_type & 1;
  emit(EventKind::PositionModeChanged, {.account = command.account, .qty = command.order_type});
}

void Venue::set_trade_group(const Command& command) {
  if (!known_account(command.account)) return reject(command, RejectReason::UnknownAccount);
  if (command.amount_atoms < 0 || command.amount_atoms > group_max)
    return reject(command, RejectReason::InvalidAmount);
  if (trade_groups_.size() < accounts_.size()) trade_groups_.resize(accounts_.size());
  trade_groups_[command.account] = static_cast<std::uint32_t>(command.amount_atoms);
  emit(EventKind::TradeGroupSet, {.account = command.account, .amount = command.amount_atoms});
}

RejectReason Venue::check_margin_removal(const Position& position, Money removed) const {
  const InstrumentState& state = instruments_[position.instrument];
  const Money left = position.margin - removed;
  if (state.mark.value == 0) {
    const Money floor =
        initial_margin(state.spec, position.qty, absolute(position.cost), position.leverage);
    return left < floor ? RejectReason::InsufficientMargin : RejectReason::None;
  }
  const Money equity = equity_of(state.spec, position, state.mark) - removed;
  const Money notional = notional_of(state.spec, position.qty, state.mark);
  const Money initial =
      initial_margin(state.spec, position.qty, notional, position.leverage, open_interest(state));
  const bool covered = left >= Money{0} && equity >= initial;
  return covered ? RejectReason::None : RejectReason::InsufficientMargin;
}

void Venue::adjust_margin(const Command& command) {
  if (!known_account(command.account)) return reject(command, RejectReason::UnknownAccount);
  if (!known_instrument(command.instrument))
    return reject(command, RejectReason::UnknownInstrument);
  const bool is_hedged = accounts_[command.account].is_hedged != 0;
  if (is_hedged && command.side != long_leg && command.side != short_leg)
    return reject(command, RejectReason::InvalidOrder);
  const auto leg = is_hedged ? static_cast<PositionLeg>(command.side) : net_leg;
  const std::uint32_t found = find_position(command.account, command.instrument, leg);
  if (found == no_index || positions_[found].qty.value == 0 || positions_[found].cross)
    return reject(command, RejectReason::NoPosition);
  Position& position = positions_[found];
  const std::size_t currency = currency_of(position);
  Money& wallet = wallet_of(command.account, currency);
  const Money amount{command.amount_atoms};
  if (amount.value == 0 || amount.value > amount_atoms_max || amount.value < -amount_atoms_max)
    return reject(command, RejectReason::InvalidAmount);
  if (amount.value > 0) {
    if (!fits(position, amount)) return reject(command, RejectReason::InsufficientMargin);
    if ((position.margin + amount).value > amount_atoms_max)
      return reject(command, RejectReason::InvalidAmount);
  } else {
    const RejectReason reason = check_margin_removal(position, -amount);
    if (reason != RejectReason::None) return reject(command, reason);
    if ((wallet - amount).value > amount_atoms_max)
      return reject(command, RejectReason::InvalidAmount);
  }
  wallet -= amount;
  wallet_fell(command.account, currency);
  position.margin += amount;
  mark_dirty(position);
  emit(EventKind::MarginAdjusted, {.instrument = command.instrument,
                                   .account = command.account,
                                   .side = position.leg,
                                   .amount = amount.value,
                                   .other_amount = position.margin.value});
}

RejectReason Venue::check_seed(const Command& command) {
  if (!known_account(command.account) || !known_account(command.other_account))
    return RejectReason::UnknownAccount;
  if (!known_instrument(command.instrument)) return RejectReason::UnknownInstrument;
  const InstrumentSpec& spec = instruments_[command.instrument].spec;
  const auto side = static_cast<Side>(command.side);
  if (side != Side::Buy && side != Side::Sell) return RejectReason::InvalidOrder;
  if (command.qty_lots < 1 || command.qty_lots > spec.position_lots_max)
    return RejectReason::InvalidQty;
  if (!spec.is_price(command.price_ticks)) return RejectReason::InvalidPrice;
  if (command.account == command.other_account) return RejectReason::SeedWouldReduce;
  const Side sides[2] = {side, opposite(side)};
  const std::uint32_t both[2] = {
      require_position(command.account, command.instrument,
                       leg_for(accounts_[command.account], sides[0])),
      require_position(command.other_account, command.instrument,
                       leg_for(accounts_[command.other_account], sides[1]))};
  const PriceTicks price{command.price_ticks};
  const Money value = spec.value_of(price, QtyLots{command.qty_lots});
  for (int at = 0; at < 2; ++at)
    if (positions_[both[at]].closable(direction(sides[at])).value > 0)
      return RejectReason::SeedWouldReduce;
  for (int at = 0; at < 2; ++at) {
    const Position& position = positions_[both[at]];
    const std::int64_t open = position.open_of(sides[at] == Side::Buy).value;
    if (absolute(position.qty).value + open + command.qty_lots > spec.position_lots_max)
      return RejectReason::PositionLimit;
  }
  for (const std::uint32_t at : both) {
    const QtyLots after = absolute(positions_[at].qty) + QtyLots{command.qty_lots};
    if (positions_[at].leverage > spec.tier_of(spec.value_of(price, after)).leverage_max)
      return RejectReason::LeverageAboveTier;
  }
  for (const std::uint32_t at : both) {
    const Position& position = positions_[at];
    if (!fits(position, initial_margin(spec, QtyLots{command.qty_lots}, value, position.leverage)))
      return RejectReason::InsufficientMargin;
  }
  return RejectReason::None;
}

void Venue::seed_position(const Command& command) {
  const RejectReason reason = check_seed(command);
  if (reason != RejectReason::None) return reject(command, reason);
  const InstrumentSpec& spec = instruments_[command.instrument].spec;
  const QtyLots qty{command.qty_lots};
  const Money value = spec.value_of(PriceTicks{command.price_ticks}, qty);
  const auto side = static_cast<Side>(command.side);
  const bool is_buy = side == Side::Buy;
  Position& own = positions_[find_position(command.account, command.instrument,
                                           leg_for(accounts_[command.account], side))];
  Position& other =
      positions_[find_position(command.other_account, command.instrument,
                               leg_for(accounts_[command.other_account], opposite(side)))];
  const QtyLots change = is_buy ? qty : -qty;
  open_part(own, change, spec.cost_of(change, value));
  open_part(other, -change, spec.cost_of(-change, value));
  mark_dirty(own);
  mark_dirty(other);
  emit(EventKind::PositionSeeded, {.instrument = command.instrument,
                                   .account = command.account,
                                   .side = command.side,
                                   .price = command.price_ticks,
                                   .qty = command.qty_lots,
                                   .amount = value.value,
                                   .other_account = command.other_account});
}

}  // namespace v1
}  // namespace delever
