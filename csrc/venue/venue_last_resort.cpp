// Where a liquidation ends that the book could not fill: what the insurance fund can bear, when it
// refuses, and who shares a loss that it cannot pay. Sessions end here too: they settle profits, so
// that who has won since the session began is who shows a profit.
//
// A shared loss is paid out of the wallet of a cross-margined position or the margin of an isolated
// one, to the fund, which has booked the loss already: no money is made or lost. Cost: O(positions
// of the venue) for each loss shared.
#include <algorithm>

#include "risk/loss_sharing.hpp"
#include "units/wide.hpp"
#include "venue/venue.hpp"

namespace delever {
inline namespace v1 {

Int128 Venue::fund_equity(std::size_t currency) const {
  Int128 equity = balance(insurance_fund_account, currency).wallet.value;
  for (std::size_t id = 0; id < instruments_.size(); ++id) {
    const Position& held = positions_[id];
    const InstrumentState& state = instruments_[id];
    if (state.mark.value == 0 || state.spec.settle_currency != currency) continue;
    equity += equity_of(state.spec, held, state.mark).value;
  }
  return equity;
}

void Venue::sample_fund() {
  for (std::size_t one = 0; one < currency_count(); ++one)
    fund_peaks_[one].add(time_, fund_equity(one), rulebook_.procedure.fund_window);
}

// Whether its fall within the window has set the fund's trigger off.
bool Venue::fund_refuses(std::size_t currency) const {
  const LiquidationProcedure& procedure = rulebook_.procedure;
  if (!procedure.samples_fund() || fund_peaks_[currency].empty()) return false;
  const Int128 peak = fund_peaks_[currency].peak();
  if (peak <= 0) return false;
  const Int128 equity = fund_equity(currency);
  if (procedure.fund_trigger == FundTrigger::Drawdown) return equity <= 0;
  return equity * ppm_scale < peak * (ppm_scale - procedure.fund_fall_ppm);
}

// Whether the fund takes over what has so much equity in a currency.
bool Venue::fund_can_bear(std::size_t currency, Int128 equity) const {
  if (rulebook_.procedure.fund_trigger == FundTrigger::Solvent) return equity >= 0;
  return !fund_refuses(currency) && fund_equity(currency) + equity >= 0;
}

bool Venue::fund_can_take(const Position& position) const {
  if (!rulebook_.deleveraging) return true;
  const InstrumentState& state = instruments_[position.instrument];
  return fund_can_bear(state.spec.settle_currency,
                       equity_of(state.spec, position, state.mark).value);
}

// What a loss has taken the fund below nothing is paid by others, where the rulebook says so.
void Venue::share_loss(std::size_t currency, Int128 loss, Sequence cause) {
  if (loss <= 0 || !is_socialised()) return;
  Int128 missing = std::min(loss, std::max<Int128>(0, -fund_equity(currency)));
  const std::vector<LossPayer> payers = payers_of(currency);
  if (missing <= 0 || payers.empty()) return;
  std::vector<Int128> weights;
  Int128 total = 0;
  for (const LossPayer& payer : payers) {
    weights.push_back(payer.weight);
    total += payer.weight;
  }
  std::vector<Int128> shares;
  if (rulebook_.procedure.last_resort == LastResort::Winners) {
    shares = socialise(weights, missing, weights.size() - 1);
  } else {
    for (const Int128 weight : weights)
      shares.push_back(wide_mul_div(missing, weight, total, Rounding::Ceil));
  }
  for (std::size_t at = 0; at < payers.size(); ++at)
    if (shares[at] > 0)
      pay_share(positions_[payers[at].position], Money{static_cast<std::int64_t>(shares[at])},
                cause);
}

// Users' positions that settle in a currency, with what they have won or what they are worth, by
// account, instrument and leg.
std::vector<LossPayer> Venue::payers_of(std::size_t currency) const {
  const bool winners = rulebook_.procedure.last_resort == LastResort::Winners;
  std::vector<LossPayer> payers;
  for (const Position& position : positions_) {
    const InstrumentState& state = instruments_[position.instrument];
    if (position.account == insurance_fund_account || position.qty.value == 0 ||
        state.mark.value == 0 || state.spec.settle_currency != currency)
      continue;
    const Int128 weight =
        winners ? unrealised_of(state.spec, position.qty, position.cost, state.mark).value
                : notional_of(state.spec, position.qty, state.mark).value;
    if (weight > 0) payers.push_back({index_of(position), weight});
  }
  std::sort(payers.begin(), payers.end(), [this](const LossPayer& a, const LossPayer& b) {
    const Position& one = positions_[a.position];
    const Position& other = positions_[b.position];
    if (one.account != other.account) return one.account < other.account;
    if (one.instrument != other.instrument) return one.instrument < other.instrument;
    return one.leg < other.leg;
  });
  return payers;
}

void Venue::pay_share(Position& position, Money share, Sequence cause) {
  const std::size_t currency = currency_of(position);
  Money& payer = position.cross ? wallet_of(position.account, currency) : position.margin;
  payer -= share;
  wallet_of(insurance_fund_account, currency) += share;
  mark_dirty(position);
  emit(EventKind::LossSocialised, {.cause = cause,
                                   .instrument = position.instrument,
                                   .account = position.account,
                                   .side = position.leg,
                                   .amount = share.value});
}

// Profits and losses are paid at the mark: a position costs then what it is worth. Equities and
// thresholds stay where they are.
void Venue::close_session(const Command& command) {
  if (!known_instrument(command.instrument))
    return reject(command, RejectReason::UnknownInstrument);
  const InstrumentState& state = instruments_[command.instrument];
  if (state.mark.value == 0) return reject(command, RejectReason::NoMark);
  emit(EventKind::SessionClosed, {.instrument = command.instrument, .price = state.mark.value});
  for (Position& position : positions_) {
    if (position.instrument != command.instrument || position.qty.value == 0) continue;
    const Money worth = state.spec.signed_value(position.qty, state.mark);
    const Money profit = worth - position.cost;
    position.cost = worth;
    if (position.account == insurance_fund_account || position.cross) {
      wallet_of(position.account, state.spec.settle_currency) += profit;
    } else {
      position.margin += profit;
    }
    mark_dirty(position);
  }
}

}  // namespace v1
}  // namespace delever
