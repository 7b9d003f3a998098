// Auto-deleveraging: what the insurance fund could not take is closed against the opposite
// positions, in the order of the rulebook's ranking or shared among all of them, at the bankruptcy
// price of the bankrupt. Cost is transferred, so the bankrupt's equity ends at exactly zero; shares
// are truncated and the last takes the remainder. Where the rulebook closes at a mark instead (or
// where the bankruptcy price is further from it than `mark_beyond_ppm`, Bybit's rule), the fund
// pays or gains the difference. One ranking per round, instrument and side: O(positions) each,
// whatever the length of the queue; shared, O(candidates) per bankrupt.
#include <algorithm>

#include "units/digest.hpp"
#include "units/invariant.hpp"
#include "venue/venue.hpp"

namespace delever {
inline namespace v1 {

namespace {

bool is_shared(Ranking ranking) {
  return ranking == Ranking::ProRata || ranking == Ranking::RiskAware;
}

constexpr Int128 leverage_weight_max = 1'000'000'000;

}  // namespace

RankedSide Venue::rank_opposite(const PendingDeleveraging& pending) const {
  const Position& bankrupt = positions_[pending.position];
  RankedSide side{bankrupt.instrument, sign(bankrupt.qty), {}, 0};
  for (std::size_t at = 0; at < positions_.size(); ++at) {
    const Position& position = positions_[at];
    if (position.instrument != side.instrument || position.queued) continue;
    if (sign(position.qty) != -side.bankrupt_sign || has_queued_leg(position)) continue;
    side.ranked.push_back({score_of(position), position.account, static_cast<std::uint32_t>(at)});
  }
  order_ranking(side.ranked);
  const LiquidationProcedure& procedure = rulebook_.procedure;
  if (procedure.ranking == Ranking::SeededStart)
    rotate_ranking(side.ranked, splitmix64(static_cast<std::uint64_t>(procedure.ranking_seed)) +
                                    static_cast<std::uint64_t>(pending.cause));
  if (procedure.ranking == Ranking::User && advisor_ != nullptr) ask_scores(side);
  return side;
}

// The candidates stand in order of account.
void Venue::ask_scores(RankedSide& side) const {
  const auto by_account = [](const RankedPosition& a, const RankedPosition& b) {
    return a.account < b.account;
  };
  std::sort(side.ranked.begin(), side.ranked.end(), by_account);
  AdvisedPositions advised;
  for (const RankedPosition& one : side.ranked)
    if (one.account != insurance_fund_account) add_advised(advised, positions_[one.position]);
  if (advised.size() == 0) return;
  const std::vector<std::int64_t> scores = advisor_->scores(advised);
  DELEVER_INVARIANT(scores.size() == advised.size());
  std::size_t at = 0;
  for (RankedPosition& one : side.ranked)
    if (one.account != insurance_fund_account) one.score = scores[at++];
  order_ranking(side.ranked);
}

void Venue::add_advised(AdvisedPositions& advised, const Position& position) const {
  const UnitStanding unit = unit_of(position);
  advised.account.push_back(position.account);
  advised.instrument.push_back(position.instrument);
  advised.leg.push_back(position.leg);
  advised.qty.push_back(position.qty.value);
  advised.cost.push_back(position.cost.value);
  advised.margin.push_back(position.margin.value);
  advised.mark.push_back(instruments_[position.instrument].mark.value);
  advised.equity.push_back(static_cast<std::int64_t>(unit.equity));
  advised.maintenance.push_back(static_cast<std::int64_t>(unit.maintenance));
}

// A hedged account does not take its own bankrupt leg over.
bool Venue::has_queued_leg(const Position& position) const {
  if (position.leg == net_leg) return false;
  const auto other = position.leg == long_leg ? short_leg : long_leg;
  const std::uint32_t at = find_position(position.account, position.instrument, other);
  return at != no_index && positions_[at].queued;
}

Int128 Venue::score_of(const Position& position) const {
  Ranking ranking = rulebook_.procedure.ranking;
  if (ranking == Ranking::User) ranking = Ranking::LeverageProfit;
  if (ranking > Ranking::ProfitLeverage || position.account == insurance_fund_account) return 0;
  const InstrumentState& state = instruments_[position.instrument];
  if (ranking == Ranking::LeverageProfit && !position.cross) [[likely]]
    return deleveraging_score(state.spec, position, state.mark);
  return deleveraging_score(ranking, candidate_of(position));
}

// A cross-margined position has the equity of its pool, and its wallet at stake.
Candidate Venue::candidate_of(const Position& position) const {
  const InstrumentState& state = instruments_[position.instrument];
  const std::size_t currency = state.spec.settle_currency;
  const UnitStanding unit = unit_of(position);
  Candidate one;
  one.profit = unrealised_of(state.spec, position.qty, position.cost, state.mark);
  one.stake = position.cross ? balance(position.account, currency).wallet : position.margin;
  one.cost = position.cost;
  one.notional = notional_of(state.spec, position.qty, state.mark);
  const bool converts = position.cross && rulebook_.cross_pool == CrossPool::Account;
  one.value = converts ? rate_of(currency).charge(one.notional.value) : one.notional.value;
  one.equity = unit.equity;
  one.maintenance = unit.maintenance;
  one.is_inverse = state.spec.is_inverse();
  return one;
}

void Venue::deleverage(const std::vector<PendingDeleveraging>& queue) {
  std::vector<RankedSide> rankings;
  for (const PendingDeleveraging& pending : queue) {
    const Position& position = positions_[pending.position];
    const int bankrupt_sign = sign(position.qty);
    auto found = rankings.begin();
    while (found != rankings.end() &&
           (found->instrument != position.instrument || found->bankrupt_sign != bankrupt_sign))
      ++found;
    if (found == rankings.end()) found = rankings.insert(found, rank_opposite(pending));
    deleverage_one(pending, *found);
  }
}

// Who gives up how much: from the front, or all together once the fund has given.
std::vector<LotShare> Venue::lots_of(RankedSide& side, std::int64_t lots) const {
  const auto is_opposite = [&](std::size_t at) {
    return sign(positions_[side.ranked[at].position].qty) == -side.bankrupt_sign;
  };
  while (side.next < side.ranked.size() && !is_opposite(side.next)) ++side.next;
  const bool shares = is_shared(rulebook_.procedure.ranking);
  std::vector<LotShare> plan;
  for (std::size_t at = side.next; at < side.ranked.size() && lots > 0; ++at) {
    if (!is_opposite(at)) continue;
    if (shares && side.ranked[at].account != insurance_fund_account) {
      spread_lots(side, lots, plan);
      break;
    }
    const std::uint32_t candidate = side.ranked[at].position;
    plan.push_back({candidate, std::min(lots, absolute(positions_[candidate].qty).value)});
    lots -= plan.back().lots;
  }
  return plan;
}

void Venue::spread_lots(const RankedSide& side, std::int64_t lots,
                        std::vector<LotShare>& plan) const {
  const bool by_risk = rulebook_.procedure.ranking == Ranking::RiskAware;
  std::vector<std::uint32_t> users;
  std::vector<std::int64_t> sizes;
  std::vector<Int128> weights;
  for (const RankedPosition& one : side.ranked) {
    const Position& position = positions_[one.position];
    if (one.account == insurance_fund_account || sign(position.qty) != -side.bankrupt_sign)
      continue;
    users.push_back(one.position);
    sizes.push_back(absolute(position.qty).value);
    const Int128 leverage =
        by_risk ? std::min(leverage_ppm(candidate_of(position)), leverage_weight_max) : 1;
    weights.push_back(sizes.back() * leverage);
  }
  const std::vector<std::int64_t> given = share_lots(lots, sizes, std::move(weights));
  for (std::size_t at = 0; at < users.size(); ++at)
    if (given[at] > 0) plan.push_back({users[at], given[at]});
}

// The mark at which bankrupt positions are deleveraged; 0: at what they are worth to the bankrupt.
PriceTicks Venue::deleveraging_mark(const InstrumentState& state, PriceTicks bankruptcy) const {
  const std::int64_t beyond_ppm = rulebook_.procedure.mark_beyond_ppm;
  const Int128 distance = (bankruptcy - state.mark).value;
  const Int128 allowed = Int128{state.mark.value} * beyond_ppm;
  switch (rulebook_.procedure.last_resort) {
    case LastResort::Mark: return state.mark;
    case LastResort::PreviousMark:
      return state.previous_mark.value != 0 ? state.previous_mark : state.mark;
    default: break;
  }
  const bool is_beyond =
      beyond_ppm != 0 && (distance < 0 ? -distance : distance) * ppm_scale > allowed;
  return is_beyond ? state.mark : PriceTicks{0};
}

void Venue::deleverage_one(const PendingDeleveraging& pending, RankedSide& side) {
  Position& position = positions_[pending.position];
  const InstrumentState& state = instruments_[position.instrument];
  const bool is_pooled = position.cross != 0;
  const PriceTicks price =
      is_pooled ? pending.price : delever::bankruptcy_price(state.spec, position);
  const Money value = is_pooled ? pending.value : position.cost - position.margin;
  const PriceTicks mark = deleveraging_mark(state, price);
  const QtyLots total = absolute(position.qty);
  const int way = side.bankrupt_sign;
  Money value_left = value;
  Money borne;
  QtyLots left = total;
  for (const LotShare& one : lots_of(side, total.value)) {
    const QtyLots take{one.lots};
    const Money share = take == left
                            ? value_left
                            : Money{mul_div(value.value, take.value, total.value, Round::Trunc)};
    const QtyLots change{way * take.value};
    const Money paid = mark.value == 0 ? share : state.spec.signed_value(change, mark);
    deleverage_against(positions_[one.position], pending, change, paid,
                       mark.value == 0 ? price : mark);
    value_left -= share;
    borne += share - paid;
    left -= take;
  }
  if (borne > Money{0}) {
    cover_loss(position, borne, pending.cause);
  } else {
    wallet_of(insurance_fund_account, state.spec.settle_currency) -= borne;
  }
  if (left.value > 0)
    take_over(position, QtyLots{way * left.value}, value_left, price, pending.cause);
  const Money gained = std::max(-borne, Money{0});
  if (is_pooled) return finish_member(position, pending, gained);
  clear_position(position);
  emit(EventKind::LiquidationFinished, {.cause = pending.cause,
                                        .instrument = position.instrument,
                                        .account = position.account,
                                        .side = position.leg,
                                        .price = price.value,
                                        .qty = pending.closed.value,
                                        .amount = gained.value});
}

void Venue::deleverage_against(Position& candidate, const PendingDeleveraging& pending,
                               QtyLots take, Money value, PriceTicks price) {
  cancel_matching(candidate.account, {.instrument = candidate.instrument,
                                      .reason = CancelReason::Deleveraging,
                                      .cause = pending.cause});
  const Sequence event =
      emit(EventKind::AccountDeleveraged, {.cause = pending.cause,
                                           .instrument = candidate.instrument,
                                           .account = candidate.account,
                                           .side = candidate.leg,
                                           .price = price.value,
                                           .qty = take.value,
                                           .amount = value.value,
                                           .other_account = positions_[pending.position].account});
  settle(candidate, take, value, event, false);
}

}  // namespace v1
}  // namespace delever
