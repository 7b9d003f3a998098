#include "risk/ranking.hpp"

#include <algorithm>
#include <tuple>

#include "risk/deleveraging_queue.hpp"
#include "units/wide.hpp"

namespace delever {
inline namespace v1 {

namespace {

constexpr std::int64_t ratio_ppm_max = 1'000'000'000'000;
constexpr Int128 e8 = 100'000'000;
constexpr Int128 ratio_e8_max = 100'000'000'000'000;

Int128 size_of(Money amount) { return absolute(amount).value; }

Int128 capped(Int128 ratio, Int128 most) { return std::min(ratio, most); }

// Profit over cost, times leverage; a loss is divided by it (BitMEX, Bybit).
Int128 effective_leverage(const Candidate& one) {
  const Int128 gain = capped(
      size_of(one.profit) * ppm_scale / std::max<Int128>(1, size_of(one.cost)), ratio_ppm_max);
  const Int128 leverage = leverage_ppm(one);
  if (one.profit >= Money{0}) return gain * leverage;
  return -(gain * ratio_ppm_max / std::max<Int128>(1, leverage));
}

// Mark over entry price, times leverage (Hyperliquid's documents).
Int128 price_ratio(const Candidate& one) {
  const Int128 now = one.notional.value;
  const Int128 then = size_of(one.cost);
  const Int128 ratio = one.is_inverse ? then * ppm_scale / std::max<Int128>(1, now)
                                      : now * ppm_scale / std::max<Int128>(1, then);
  return capped(ratio, ratio_ppm_max) * leverage_ppm(one);
}

// Leverage times profit over entry value, neither below 1e-8 (Hyperliquid's node, as decompiled).
Int128 profit_leverage(const Candidate& one) {
  if (one.equity <= 0) return 0;
  const Int128 leverage = std::clamp<Int128>(one.value * e8 / one.equity, 1, ratio_e8_max);
  const Int128 profit = std::max<std::int64_t>(0, one.profit.value);
  const Int128 share = profit * e8 / std::max<Int128>(1, size_of(one.cost));
  return leverage * std::clamp<Int128>(share, 1, ratio_e8_max);
}

}  // namespace

std::int64_t deleveraging_score(Money profit, Money stake, Int128 maintenance, Int128 equity) {
  if (profit <= Money{0} || equity <= 0) return 0;
  const Int128 scaled = static_cast<Int128>(profit.value) * ppm_scale;
  const Int128 pnl_ppm =
      std::min<Int128>(scaled / std::max<std::int64_t>(1, stake.value), ratio_ppm_max);
  const Int128 ratio_ppm = std::min<Int128>(maintenance * ppm_scale / equity, ppm_scale);
  return static_cast<std::int64_t>(pnl_ppm * ratio_ppm);
}

std::int64_t deleveraging_score(const InstrumentSpec& spec, const Position& position,
                                PriceTicks mark) {
  const Money equity = equity_of(spec, position, mark);
  const Money maintenance = maintenance_of(spec, position.qty, mark);
  return deleveraging_score(equity - position.margin, position.margin, maintenance.value,
                            equity.value);
}

Int128 deleveraging_score(Ranking order, const Candidate& candidate) {
  if (candidate.equity <= 0) return 0;
  switch (order) {
    case Ranking::EffectiveLeverage: return effective_leverage(candidate);
    case Ranking::PriceRatio: return price_ratio(candidate);
    case Ranking::ProfitLeverage: return profit_leverage(candidate);
    case Ranking::LeverageProfit:
      return deleveraging_score(candidate.profit, candidate.stake, candidate.maintenance,
                                candidate.equity);
    default: return 0;
  }
}

Int128 leverage_ppm(const Candidate& candidate) {
  if (candidate.equity <= 0) return 0;
  return capped(candidate.value * ppm_scale / candidate.equity, ratio_ppm_max);
}

void order_ranking(std::vector<RankedPosition>& ranked) {
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const RankedPosition& a, const RankedPosition& b) {
                     const bool a_first = a.account == insurance_fund_account;
                     const bool b_first = b.account == insurance_fund_account;
                     return std::tuple(!a_first, -a.score, a.account) <
                            std::tuple(!b_first, -b.score, b.account);
                   });
}

void rotate_ranking(std::vector<RankedPosition>& ranked, std::uint64_t seed) {
  const bool has_fund = !ranked.empty() && ranked.front().account == insurance_fund_account;
  const std::size_t fund = has_fund ? 1 : 0;
  const std::vector<RankedPosition> sorted = ranked;
  std::size_t place = fund;
  for (const std::size_t at : random_start_order(sorted.size() - fund, seed))
    ranked[place++] = sorted[fund + at];
}

namespace {

// Gives those in full whose share would exceed what they hold; false where nobody's does.
bool fill_small(std::int64_t& lots, std::span<const std::int64_t> sizes,
                std::vector<Int128>& weights, std::vector<std::int64_t>& given) {
  Int128 total = 0;
  for (const Int128 weight : weights) total += weight;
  if (total == 0) {  // nobody left has a weight: by size
    for (std::size_t at = 0; at < sizes.size(); ++at)
      if (given[at] < 0) total += weights[at] = sizes[at];
  }
  std::int64_t filled = 0;
  for (std::size_t at = 0; at < sizes.size(); ++at) {
    if (given[at] >= 0 || wide_mul_div(lots, weights[at], total, Rounding::Floor) < sizes[at])
      continue;
    given[at] = sizes[at];
    filled += sizes[at];
    weights[at] = 0;
  }
  lots -= filled;
  return filled != 0;
}

}  // namespace

std::vector<std::int64_t> share_lots(std::int64_t lots, std::span<const std::int64_t> sizes,
                                     std::vector<Int128> weights) {
  Int128 held = 0;
  for (const std::int64_t size : sizes) held += size;
  if (lots >= held) return {sizes.begin(), sizes.end()};
  std::vector<std::int64_t> given(sizes.size(), -1);
  while (lots > 0 && fill_small(lots, sizes, weights, given)) {}
  Int128 total = 0;
  for (const Int128 weight : weights) total += weight;
  std::int64_t rest = lots;
  std::vector<std::size_t> open;
  for (std::size_t at = 0; at < sizes.size(); ++at) {
    if (given[at] >= 0) continue;
    if (weights[at] > 0) open.push_back(at);
    given[at] =
        total == 0
            ? 0
            : static_cast<std::int64_t>(wide_mul_div(lots, weights[at], total, Rounding::Floor));
    rest -= given[at];
  }
  for (std::size_t at = 0; at < open.size() && rest > 0; ++at, --rest) ++given[open[at]];
  return given;
}

}  // namespace v1
}  // namespace delever
