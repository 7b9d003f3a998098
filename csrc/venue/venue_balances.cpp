// Money of accounts, per currency: opening, deposits, withdrawals, transfers, the insurance fund,
// the prices of collaterals, and what an order or a withdrawal may use.
#include "venue/venue.hpp"

namespace delever {
inline namespace v1 {

Balance Venue::balance(AccountId account, std::size_t currency) const {
  if (currency == 0) return {accounts_[account].wallet, accounts_[account].reserved};
  return balances_[std::size_t{account} * (currency_count() - 1) + currency - 1];
}

void Venue::open_account(const Command& command) {
  const Money amount{command.amount_atoms};
  if (!known_currency(command.instrument)) return reject(command, RejectReason::UnknownCurrency);
  if (amount.value < 0 || amount.value > amount_atoms_max)
    return reject(command, RejectReason::InvalidAmount);
  const auto id = static_cast<AccountId>(accounts_.size());
  accounts_.emplace_back();
  if (!plain_) balances_.resize(accounts_.size() * (currency_count() - 1));
  wallet_of(id, command.instrument) = amount;
  ledgers_[command.instrument].net_deposits += amount.value;
  emit(EventKind::AccountOpened,
       {.instrument = command.instrument, .account = id, .amount = amount.value});
}

void Venue::deposit(const Command& command) {
  if (!known_account(command.account)) return reject(command, RejectReason::UnknownAccount);
  if (!known_currency(command.instrument)) return reject(command, RejectReason::UnknownCurrency);
  Money& wallet = wallet_of(command.account, command.instrument);
  const Money amount{command.amount_atoms};
  if (amount.value <= 0 || amount.value > amount_atoms_max - wallet.value)
    return reject(command, RejectReason::InvalidAmount);
  wallet += amount;
  ledgers_[command.instrument].net_deposits += amount.value;
  emit(EventKind::Deposited,
       {.instrument = command.instrument, .account = command.account, .amount = amount.value});
}

void Venue::withdraw(const Command& command) {
  if (!known_account(command.account)) return reject(command, RejectReason::UnknownAccount);
  if (!known_currency(command.instrument)) return reject(command, RejectReason::UnknownCurrency);
  const Money amount{command.amount_atoms};
  if (amount.value <= 0) return reject(command, RejectReason::InvalidAmount);
  if (!withdrawal_cover(command.account, command.instrument).allows(amount))
    return reject(command, RejectReason::InsufficientBalance);
  wallet_of(command.account, command.instrument) -= amount;
  wallet_fell(command.account, command.instrument);
  ledgers_[command.instrument].net_deposits -= amount.value;
  emit(EventKind::Withdrawn,
       {.instrument = command.instrument, .account = command.account, .amount = amount.value});
}

void Venue::transfer(const Command& command) {
  if (!known_account(command.account) || !known_account(command.other_account))
    return reject(command, RejectReason::UnknownAccount);
  if (!known_currency(command.instrument)) return reject(command, RejectReason::UnknownCurrency);
  const Money amount{command.amount_atoms};
  Money& target = wallet_of(command.other_account, command.instrument);
  if (amount.value <= 0 || command.account == command.other_account ||
      amount.value > amount_atoms_max - target.value)
    return reject(command, RejectReason::InvalidAmount);
  if (!withdrawal_cover(command.account, command.instrument).allows(amount))
    return reject(command, RejectReason::InsufficientBalance);
  wallet_of(command.account, command.instrument) -= amount;
  wallet_fell(command.account, command.instrument);
  target += amount;
  emit(EventKind::Transferred, {.instrument = command.instrument,
                                .account = command.account,
                                .amount = amount.value,
                                .other_account = command.other_account});
}

void Venue::fund_insurance(const Command& command) {
  if (!known_currency(command.instrument)) return reject(command, RejectReason::UnknownCurrency);
  const Money amount{command.amount_atoms};
  Money& fund = wallet_of(insurance_fund_account, command.instrument);
  if (amount.value <= 0 || amount.value > amount_atoms_max ||
      (fund + amount).value > amount_atoms_max)
    return reject(command, RejectReason::InvalidAmount);
  fund += amount;
  ledgers_[command.instrument].net_deposits += amount.value;
  emit(EventKind::InsuranceFunded, {.instrument = command.instrument, .amount = amount.value});
}

void Venue::update_collateral(const Command& command) {
  if (command.instrument == 0 || !known_currency(command.instrument))
    return reject(command, RejectReason::UnknownCurrency);
  const std::int64_t price = command.price_ticks;
  if (price < 1 || price > rulebook_.currencies[command.instrument].price_ticks_max)
    return reject(command, RejectReason::InvalidPrice);
  CollateralState& state = collaterals_[command.instrument];
  state.pending = PriceTicks{price};
  state.in_point = true;
  point_open_ = true;
  if ((command.flags & hold_point) == 0) close_point();
}

void Venue::update_collaterals() {
  for (std::size_t currency = 1; currency < currency_count(); ++currency) {
    CollateralState& state = collaterals_[currency];
    if (!state.in_point) continue;
    state.in_point = false;
    state.price = state.pending;
    emit(EventKind::CollateralUpdated,
         {.instrument = static_cast<std::int64_t>(currency), .price = state.price.value});
  }
}

CollateralRate Venue::rate_of(std::size_t currency) const {
  if (currency == 0) return valuation_rate;
  const Currency& known = rulebook_.currencies[currency];
  return {collaterals_[currency].price.value * known.tick_atoms, known.weight_ppm};
}

// Equity without the initial margin of cross-margined positions and what orders reserve: of one
// currency, or of all in the valuation currency.
Int128 Venue::free_of(AccountId id, std::size_t currency) const {
  const bool whole = rulebook_.cross_pool == CrossPool::Account;
  std::array<Int128, currencies_max> profits{};
  Int128 initial = 0;
  for (std::uint32_t at = accounts_[id].first_position; at != no_index; at = positions_[at].next) {
    const Position& position = positions_[at];
    if (!position.cross || position.qty.value == 0) continue;
    const InstrumentState& state = instruments_[position.instrument];
    const std::size_t settled = state.spec.settle_currency;
    if (!whole && settled != currency) continue;
    profits[settled] += unrealised_of(state.spec, position.qty, position.cost, state.mark).value;
    const Money exposure = exposure_of(state.spec, position.qty, position.cost, state.mark);
    const Money margin =
        initial_margin(state.spec, position.qty, exposure, position.leverage, open_interest(state));
    initial += whole ? rate_of(settled).charge(margin.value) : Int128{margin.value};
  }
  if (!whole) return balance(id, currency).available().value + profits[currency] - initial;
  Int128 free = -initial;
  for (std::size_t one = 0; one < currency_count(); ++one) {
    const Balance held = balance(id, one);
    const CollateralRate rate = rate_of(one);
    free += rate.worth(held.wallet.value + profits[one]) - rate.charge(held.reserved.value);
  }
  return free;
}

Cover Venue::withdrawal_cover(AccountId account, std::size_t currency) const {
  const Int128 loose = balance(account, currency).available().value;
  if (plain_) return {loose, loose};
  const bool whole = rulebook_.cross_pool == CrossPool::Account;
  return {loose, free_of(account, currency), rate_of(currency),
          whole ? Cover::Kind::Worth : Cover::Kind::Plain};
}

Cover Venue::cover_of(const Position& position) const {
  const std::size_t currency = currency_of(position);
  if (!position.cross) return withdrawal_cover(position.account, currency);
  const bool whole = rulebook_.cross_pool == CrossPool::Account;
  return {unlimited_atoms, free_of(position.account, currency), rate_of(currency),
          whole ? Cover::Kind::Charge : Cover::Kind::Plain};
}

Money Venue::open_interest(const InstrumentState& state) const {
  if (!state.spec.scales_open_interest() || state.mark.value == 0) [[likely]]
    return Money{0};
  return state.spec.value_of(state.mark, state.open_long);
}

// What opening so many lots asks for.
Money Venue::need_of(const Position& position, std::int64_t price, std::int64_t lots,
                     int way) const {
  const InstrumentState& state = instruments_[position.instrument];
  return order_need(state.spec, PriceTicks{price}, QtyLots{lots}, position.leverage, way,
                    state.mark, open_interest(state));
}

}  // namespace v1
}  // namespace delever
