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

}  // namespace v1
}  // namespace delever
