// Money and settings of accounts: opening, deposits, withdrawals, leverage, margin, seeded
// positions.
#include "units/invariant.hpp"
#include "venue/venue.hpp"

namespace delever {
inline namespace v1 {

void Venue::open_account(const Command& command) {
  const Money amount{command.amount_atoms};
  if (amount.value < 0 || amount.value > amount_atoms_max)
    return reject(command, RejectReason::InvalidAmount);
  const auto id = static_cast<AccountId>(accounts_.size());
  accounts_.emplace_back().wallet = amount;
  ledger_.net_deposits += amount.value;
  emit(EventKind::AccountOpened, {.account = id, .amount = amount.value});
}

void Venue::deposit(const Command& command) {
  if (!known_account(command.account)) return reject(command, RejectReason::UnknownAccount);
  Account& account = accounts_[command.account];
  const Money amount{command.amount_atoms};
  if (amount.value <= 0 || amount.value > amount_atoms_max - account.wallet.value)
    return reject(command, RejectReason::InvalidAmount);
  account.wallet += amount;
  ledger_.net_deposits += amount.value;
  emit(EventKind::Deposited, {.account = command.account, .amount = amount.value});
}

void Venue::withdraw(const Command& command) {
  if (!known_account(command.account)) return reject(command, RejectReason::UnknownAccount);
  Account& account = accounts_[command.account];
  const Money amount{command.amount_atoms};
  if (amount.value <= 0) return reject(command, RejectReason::InvalidAmount);
  if (amount > account.available()) return reject(command, RejectReason::InsufficientBalance);
  account.wallet -= amount;
  ledger_.net_deposits -= amount.value;
  emit(EventKind::Withdrawn, {.account = command.account, .amount = amount.value});
}

void Venue::fund_insurance(const Command& command) {
  const Money amount{command.amount_atoms};
  Money& fund = accounts_[insurance_fund_account].wallet;
  if (amount.value <= 0 || amount.value > amount_atoms_max ||
      (fund + amount).value > amount_atoms_max)
    return reject(command, RejectReason::InvalidAmount);
  fund += amount;
  ledger_.net_deposits += amount.value;
  emit(EventKind::InsuranceFunded, {.amount = amount.value});
}

void Venue::set_leverage(const Command& command) {
  if (!known_account(command.account)) return reject(command, RejectReason::UnknownAccount);
  if (!known_instrument(command.instrument))
    return reject(command, RejectReason::UnknownInstrument);
  const InstrumentState& state = instruments_[command.instrument];
  const std::int64_t leverage = command.qty_lots;
  if (leverage < 1 || leverage > state.spec.tiers.front().leverage_max)
    return reject(command, RejectReason::InvalidLeverage);
  Position& position = positions_[require_position(command.account, command.instrument)];
  if (position.open_buy.value + position.open_sell.value + position.reduce_only_orders > 0)
    return reject(command, RejectReason::OpenOrdersExist);
  if (position.qty.value != 0) {
    if (leverage < position.leverage) return reject(command, RejectReason::LeverageBelowPosition);
    const Money notional = notional_of(state.spec, position.qty, state.mark);
    if (leverage > state.spec.tier_of(notional).leverage_max)
      return reject(command, RejectReason::LeverageAboveTier);
  }
  position.leverage = static_cast<std::uint16_t>(leverage);
  emit(EventKind::LeverageChanged,
       {.instrument = command.instrument, .account = command.account, .qty = leverage});
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
  const bool covered = left >= Money{0} && equity >= initial_margin(state.spec, position.qty,
                                                                    notional, position.leverage);
  return covered ? RejectReason::None : RejectReason::InsufficientMargin;
}

void Venue::adjust_margin(const Command& command) {
  if (!known_account(command.account)) return reject(command, RejectReason::UnknownAccount);
  if (!known_instrument(command.instrument))
    return reject(command, RejectReason::UnknownInstrument);
  Account& account = accounts_[command.account];
  const std::uint32_t found = find_position(command.account, command.instrument);
  if (found == no_index || positions_[found].qty.value == 0)
    return reject(command, RejectReason::NoPosition);
  Position& position = positions_[found];
  const Money amount{command.amount_atoms};
  if (amount.value == 0 || amount.value > amount_atoms_max || amount.value < -amount_atoms_max)
    return reject(command, RejectReason::InvalidAmount);
  if (amount.value > 0) {
    if (amount > account.available()) return reject(command, RejectReason::InsufficientMargin);
    if ((position.margin + amount).value > amount_atoms_max)
      return reject(command, RejectReason::InvalidAmount);
  } else {
    const RejectReason reason = check_margin_removal(position, -amount);
    if (reason != RejectReason::None) return reject(command, reason);
    if ((account.wallet - amount).value > amount_atoms_max)
      return reject(command, RejectReason::InvalidAmount);
  }
  account.wallet -= amount;
  position.margin += amount;
  mark_dirty(position);
  emit(EventKind::MarginAdjusted, {.instrument = command.instrument,
                                   .account = command.account,
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
  const std::uint32_t both[2] = {require_position(command.account, command.instrument),
                                 require_position(command.other_account, command.instrument)};
  const Side sides[2] = {side, opposite(side)};
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
    if (initial_margin(spec, QtyLots{command.qty_lots}, value, position.leverage) >
        accounts_[position.account].available())
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
  const bool is_buy = static_cast<Side>(command.side) == Side::Buy;
  Position& own = positions_[find_position(command.account, command.instrument)];
  Position& other = positions_[find_position(command.other_account, command.instrument)];
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
