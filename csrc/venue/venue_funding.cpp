// Funding settlement: every position of one instrument pays or receives a rate on its notional at
// the mark. The payer's amount is rounded up, the receiver's down, the rest is dust. A payer short
// of available balance pays from the position's margin, which moves its liquidation price.
// O(accounts).
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
  Money dust;
  for (AccountId account = 0; account < account_count() && rate_e8 != 0; ++account) {
    const bool is_hedged = accounts_[account].is_hedged != 0;
    for (int leg = is_hedged ? long_leg : net_leg; leg <= (is_hedged ? short_leg : net_leg);
         ++leg) {
      const std::uint32_t at =
          find_position(account, command.instrument, static_cast<PositionLeg>(leg));
      if (at != no_index && positions_[at].qty.value != 0)
        dust -= pay_funding(positions_[at], rate_e8);
    }
  }
  ledgers_[state.spec.settle_currency].dust += dust.value;
  state.funding = {rate_e8, time_ + rulebook_.funding_interval};
  emit(EventKind::FundingSettled, {.instrument = command.instrument,
                                   .price = state.mark.value,
                                   .amount = rate_e8,
                                   .other_amount = dust.value});
  evaluate();
}

// Returns the signed credit to the account.
Money Venue::pay_funding(Position& position, std::int64_t rate_e8) {
  const InstrumentState& state = instruments_[position.instrument];
  const Money notional = notional_of(state.spec, position.qty, state.mark);
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
                                .price = state.mark.value,
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
