// Funding settlement: every position of one instrument pays or receives a rate on its notional at
// the mark, or at the index where the rules say so; the rate is given, or made of the samples of
// the premium. The payer's amount is rounded up, the receiver's down, the rest is dust. A payer
// short of available balance pays from the position's margin, which moves its liquidation price.
// O(accounts).
#include <algorithm>

#include "market/premium_window.hpp"
#include "venue/venue.hpp"

namespace delever {
inline namespace v1 {

void Venue::settle_funding(const Command& command) {
  if (!known_instrument(command.instrument))
    return reject(command, RejectReason::UnknownInstrument);
  const std::int64_t rate_e8 = command.amount_atoms;
  if (rate_e8 > rate_e8_scale || rate_e8 < -rate_e8_scale)
    return reject(command, RejectReason::InvalidAmount);
  InstrumentState& state = instruments_[command.instrument];
  if (state.mark.value == 0) return reject(command, RejectReason::NoMark);
  settle_rate(command.instrument, rate_e8);
  state.prices.premium.close();
  state.funding = {rate_e8, time_ + state.prices.funding_interval};
  evaluate();
}

// At the venue's own rate. Where the samples of the interval before decide, what is settled has
// been known since the last settlement, and the mark carries the rate that is due next.
void Venue::settle_own_funding(const Command& command) {
  if (!known_instrument(command.instrument))
    return reject(command, RejectReason::UnknownInstrument);
  InstrumentState& state = instruments_[command.instrument];
  if (state.mark.value == 0) return reject(command, RejectReason::NoMark);
  const std::int64_t rate_e8 = own_rate(state);
  settle_rate(command.instrument, rate_e8);
  const TimeNs before = state.prices.funding_interval;
  const bool changed = adapt_interval(state, rate_e8);
  state.prices.premium.close();
  const bool is_known = rulebook_.prices.premium_average == PremiumAverage::Previous;
  state.funding = {is_known ? own_rate(state) : rate_e8, time_ + state.prices.funding_interval};
  if (changed)
    emit(EventKind::FundingIntervalChanged, {.instrument = command.instrument,
                                             .price = state.mark.value,
                                             .amount = state.prices.funding_interval.value,
                                             .other_amount = before.value});
  evaluate();
}

void Venue::settle_rate(InstrumentId id, std::int64_t rate_e8) {
  InstrumentState& state = instruments_[id];
  Money dust;
  for (AccountId account = 0; account < account_count() && rate_e8 != 0; ++account) {
    const bool is_hedged = accounts_[account].is_hedged != 0;
    for (int leg = is_hedged ? long_leg : net_leg; leg <= (is_hedged ? short_leg : net_leg);
         ++leg) {
      const std::uint32_t at = find_position(account, id, static_cast<PositionLeg>(leg));
      if (at != no_index && positions_[at].qty.value != 0)
        dust -= pay_funding(positions_[at], rate_e8);
    }
  }
  ledgers_[state.spec.settle_currency].dust += dust.value;
  emit(
      EventKind::FundingSettled,
      {.instrument = id, .price = state.mark.value, .amount = rate_e8, .other_amount = dust.value});
}

// A rate at its cap brings the next settlement nearer; enough calm ones in a row, away again.
bool Venue::adapt_interval(InstrumentState& state, std::int64_t rate_e8) const {
  const PriceRules& rules = rulebook_.prices;
  const TimeNs before = state.prices.funding_interval;
  const std::int64_t size = rate_e8 < 0 ? -rate_e8 : rate_e8;
  const std::optional<Int128> cap = funding_cap_e12(rules, state.spec);
  const bool is_capped = cap && *cap > 0 && size >= *cap / (rate_e12_scale / rate_e8_scale);
  state.prices.calm = !is_capped && size <= rules.calm_rate_e8 ? state.prices.calm + 1 : 0;
  if (rules.funding_interval_at_cap.value == 0) return false;
  if (is_capped) {
    state.prices.funding_interval = std::min(before, rules.funding_interval_at_cap);
  } else if (before == rules.funding_interval_at_cap && rules.funding_interval_calm.value != 0 &&
             state.prices.calm >= rules.calm_settlements) {
    state.prices.funding_interval = rules.funding_interval_calm;
    state.prices.calm = 0;
  }
  return state.prices.funding_interval != before;
}

std::array<std::int64_t, 4> Venue::funding(InstrumentId id) const {
  const InstrumentState& state = instruments_[id];
  return {state.funding.rate_e8, state.funding.next_time.value, state.prices.funding_interval.value,
          own_rate(state)};
}

// Returns the signed credit to the account.
Money Venue::pay_funding(Position& position, std::int64_t rate_e8) {
  const InstrumentState& state = instruments_[position.instrument];
  const bool on_index = rulebook_.prices.funding_paid_on == PaidOn::Index;
  const PriceTicks price = on_index ? state.index : state.mark;
  const Money notional = notional_of(state.spec, position.qty, price);
  const bool pays = (position.qty.value > 0) == (rate_e8 > 0);
  const std::int64_t size = mul_div(notional.value, rate_e8 < 0 ? -rate_e8 : rate_e8, rate_e8_scale,
                                    pays ? Round::Ceil : Round::Floor);
  if (size == 0) return Money{0};
  const Money credit{pays ? -size : size};
  if (pays) {
    take_funding(position, Money{size});
  } else {
    wallet_of(position.account, state.spec.settle_currency) += credit;
  }
  emit(EventKind::FundingPaid, {.instrument = position.instrument,
                                .account = position.account,
                                .side = position.leg,
                                .price = price.value,
                                .qty = position.qty.value,
                                .amount = credit.value});
  return credit;
}

// An isolated position short of available balance pays from its margin.
void Venue::take_funding(Position& position, Money size) {
  const std::size_t currency = currency_of(position);
  Money& wallet = wallet_of(position.account, currency);
  wallet_fell(position.account, currency);
  if (position.cross || position.account == insurance_fund_account) {
    wallet -= size;
    return;
  }
  const Money available = wallet - reserved_of(position.account, currency);
  const Money from_wallet = std::min(size, std::max(available, Money{0}));
  wallet -= from_wallet;
  position.margin -= size - from_wallet;
  if (from_wallet < size) mark_dirty(position);
}

}  // namespace v1
}  // namespace delever
