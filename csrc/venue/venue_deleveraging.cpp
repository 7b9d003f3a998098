// Auto-deleveraging: what the insurance fund could not take is closed against the opposite
// positions, the most profitable and leveraged first, at the bankruptcy price of the bankrupt. Cost
// is transferred, so the bankrupt's equity ends at exactly zero; shares are truncated and the last
// takes the remainder. One ranking per round, instrument and side: O(positions) each, whatever the
// length of the queue.
#include "units/invariant.hpp"
#include "venue/venue.hpp"

namespace delever {
inline namespace v1 {

Ranking Venue::rank_opposite(InstrumentId instrument, int bankrupt_sign) const {
  Ranking ranking{instrument, bankrupt_sign, {}, 0};
  const InstrumentState& state = instruments_[instrument];
  for (std::size_t at = 0; at < positions_.size(); ++at) {
    const Position& position = positions_[at];
    if (position.instrument != instrument || position.queued) continue;
    if (sign(position.qty) != -bankrupt_sign || has_queued_leg(position)) continue;
    const std::int64_t score = position.cross
                                   ? pool_score(position)
                                   : deleveraging_score(state.spec, position, state.mark);
    ranking.ranked.push_back({score, position.account, static_cast<std::uint32_t>(at)});
  }
  order_ranking(ranking.ranked);
  return ranking;
}

// A hedged account does not take its own bankrupt leg over.
bool Venue::has_queued_leg(const Position& position) const {
  if (position.leg == net_leg) return false;
  const auto other = position.leg == long_leg ? short_leg : long_leg;
  const std::uint32_t at = find_position(position.account, position.instrument, other);
  return at != no_index && positions_[at].queued;
}

// As `deleveraging_score`, with the wallet for the margin and the pool's margin ratio.
std::int64_t Venue::pool_score(const Position& position) const {
  const InstrumentState& state = instruments_[position.instrument];
  const Money profit = unrealised_of(state.spec, position.qty, position.cost, state.mark);
  const bool whole = rulebook_.cross_pool == CrossPool::Account;
  const std::size_t currency = state.spec.settle_currency;
  Pool pool{.account = position.account};
  pool.currency = static_cast<std::uint16_t>(whole ? 0 : currency);
  const PoolStanding standing = standing_of(pool);
  return deleveraging_score(profit, balance(position.account, currency).wallet,
                            standing.maintenance, standing.equity);
}

void Venue::deleverage(const std::vector<PendingDeleveraging>& queue) {
  std::vector<Ranking> rankings;
  for (const PendingDeleveraging& pending : queue) {
    const Position& position = positions_[pending.position];
    const int bankrupt_sign = sign(position.qty);
    auto found = rankings.begin();
    while (found != rankings.end() &&
           (found->instrument != position.instrument || found->bankrupt_sign != bankrupt_sign))
      ++found;
    if (found == rankings.end())
      found = rankings.insert(found, rank_opposite(position.instrument, bankrupt_sign));
    deleverage_one(pending, *found);
  }
}

void Venue::deleverage_one(const PendingDeleveraging& pending, Ranking& ranking) {
  Position& position = positions_[pending.position];
  const InstrumentSpec& spec = instruments_[position.instrument].spec;
  const bool is_pooled = position.cross != 0;
  const PriceTicks price = is_pooled ? pending.price : delever::bankruptcy_price(spec, position);
  const Money value = is_pooled ? pending.value : position.cost - position.margin;
  Money value_left = value;
  const QtyLots total = absolute(position.qty);
  QtyLots left = total;
  const int way = ranking.bankrupt_sign;
  while (left.value > 0 && ranking.next < ranking.ranked.size()) {
    Position& candidate = positions_[ranking.ranked[ranking.next].position];
    if (sign(candidate.qty) != -way) {
      ++ranking.next;
      continue;
    }
    const QtyLots take = std::min(left, absolute(candidate.qty));
    const Money share = take == left
                            ? value_left
                            : Money{mul_div(value.value, take.value, total.value, Round::Trunc)};
    deleverage_against(candidate, pending, QtyLots{way * take.value}, share, price);
    value_left -= share;
    left -= take;
  }
  if (left.value > 0)
    take_over(position, QtyLots{way * left.value}, value_left, price, pending.cause);
  if (is_pooled) return finish_member(position, pending);
  clear_position(position);
  emit(EventKind::LiquidationFinished, {.cause = pending.cause,
                                        .instrument = position.instrument,
                                        .account = position.account,
                                        .side = position.leg,
                                        .price = price.value,
                                        .qty = pending.closed.value});
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
