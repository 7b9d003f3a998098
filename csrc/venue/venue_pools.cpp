// Cross-margin pools: which there are, where they stand, and when they are asked.
//
// A pool's standing is summed from the account's positions, each term rounded as it stands; a pool
// with a position in a market that does not trade waits as a whole. Cost: O(positions of the
// account) per question.
#include "venue/venue.hpp"

namespace delever {
inline namespace v1 {

Pool* Venue::find_pool(AccountId account, std::size_t currency) {
  if (rulebook_.cross_pool == CrossPool::Account) currency = 0;
  for (std::uint32_t at = accounts_[account].pools; at != 0; at = pools_[at - 1].next)
    if (pools_[at - 1].currency == currency) return &pools_[at - 1];
  return nullptr;
}

void Venue::require_pool(const Position& position) {
  plain_ = false;
  const bool whole = rulebook_.cross_pool == CrossPool::Account;
  const std::size_t currency = whole ? 0 : currency_of(position);
  if (find_pool(position.account, currency) != nullptr) return;
  Account& account = accounts_[position.account];
  pools_.push_back({.account = position.account,
                    .next = account.pools,
                    .currency = static_cast<std::uint16_t>(currency)});
  account.pools = static_cast<std::uint32_t>(pools_.size()) & 0x7FFFFFFF;
}

void Venue::touch_pool(AccountId account, std::size_t currency) {
  Pool* const pool = find_pool(account, currency);
  if (pool != nullptr) touch_pool(static_cast<std::uint32_t>(pool - pools_.data()));
}

void Venue::touch_pool(std::uint32_t at) {
  if (pools_[at].dirty != 0) return;
  pools_[at].dirty = 1;
  dirty_pools_.push_back(at);
}

bool Venue::is_member(const Pool& pool, const Position& position) const {
  if (!position.cross || position.qty.value == 0) return false;
  return rulebook_.cross_pool == CrossPool::Account || currency_of(position) == pool.currency;
}

PoolStanding Venue::standing_of(const Pool& pool, InstrumentId moved, PriceTicks to) const {
  const bool whole = rulebook_.cross_pool == CrossPool::Account;
  PoolStanding standing;
  std::array<Int128, currencies_max> sums{};
  for (std::uint32_t at = accounts_[pool.account].first_position; at != no_index;
       at = positions_[at].next) {
    const Position& position = positions_[at];
    if (!is_member(pool, position)) continue;
    const InstrumentState& state = instruments_[position.instrument];
    const std::size_t settled = state.spec.settle_currency;
    const PriceTicks mark = position.instrument == moved ? to : state.mark;
    const Money exposure = exposure_of(state.spec, position.qty, position.cost, mark);
    const Money maintenance = maintenance_of(state.spec, position.qty, exposure);
    sums[settled] += unrealised_of(state.spec, position.qty, position.cost, mark).value;
    const CollateralRate rate = whole ? rate_of(settled) : valuation_rate;
    standing.maintenance += rate.charge(maintenance.value);
    standing.notional += rate.charge(exposure.value);
    standing.mark_event = std::max(standing.mark_event, state.mark_event);
    standing.is_open = true;
    standing.waits = standing.waits || !state.liquidates();
  }
  if (!whole) {
    standing.equity = balance(pool.account, pool.currency).wallet.value + sums[pool.currency];
    return standing;
  }
  for (std::size_t one = 0; one < currency_count(); ++one)
    standing.equity += rate_of(one).worth(balance(pool.account, one).wallet.value + sums[one]);
  return standing;
}

// Whether the pool has anything that could be breached.
bool Venue::is_asked(const Pool& pool) const {
  for (std::uint32_t at = accounts_[pool.account].first_position; at != no_index;
       at = positions_[at].next)
    if (is_member(pool, positions_[at])) return true;
  if (rulebook_.cross_pool == CrossPool::Currency)
    return balance(pool.account, pool.currency).wallet < Money{0};
  for (std::size_t one = 0; one < currency_count(); ++one)
    if (balance(pool.account, one).wallet < Money{0}) return true;
  return false;
}

}  // namespace v1
}  // namespace delever
