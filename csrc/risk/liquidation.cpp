#include "risk/liquidation.hpp"

#include <algorithm>
#include <tuple>

namespace delever {
inline namespace v1 {

std::int64_t deficit_ppm(const InstrumentSpec& spec, const Position& position, PriceTicks mark) {
  const Money notional = notional_of(spec, position.qty, mark);
  const Money deficit =
      maintenance_of(spec, position.qty, notional) - equity_of(spec, position, mark);
  return mul_div(deficit.value, ppm_scale, notional.value, Round::Floor);
}

void order_breaches(std::vector<Breach>& breaches) {
  std::sort(breaches.begin(), breaches.end(), [](const Breach& a, const Breach& b) {
    return std::tuple(-a.deficit_ppm, a.account, a.instrument, a.leg) <
           std::tuple(-b.deficit_ppm, b.account, b.instrument, b.leg);
  });
}

namespace {

constexpr std::int64_t pnl_ppm_max = 1'000'000'000'000;

}  // namespace

std::int64_t deleveraging_score(Money profit, Money stake, Int128 maintenance, Int128 equity) {
  if (profit <= Money{0} || equity <= 0) return 0;
  const Int128 scaled = static_cast<Int128>(profit.value) * ppm_scale;
  const Int128 pnl_ppm =
      std::min<Int128>(scaled / std::max<std::int64_t>(1, stake.value), pnl_ppm_max);
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

void order_ranking(std::vector<RankedPosition>& ranked) {
  std::sort(ranked.begin(), ranked.end(), [](const RankedPosition& a, const RankedPosition& b) {
    const bool a_first = a.account == insurance_fund_account;
    const bool b_first = b.account == insurance_fund_account;
    return std::tuple(!a_first, -a.score, a.account) < std::tuple(!b_first, -b.score, b.account);
  });
}

}  // namespace v1
}  // namespace delever
