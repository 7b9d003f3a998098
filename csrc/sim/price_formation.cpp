#include "sim/price_formation.hpp"

#include "sim/distributions.hpp"

namespace delever {
inline namespace v1 {

double PriceFormation::kept(double seconds) const {
  const bool stays = impact_.half_life_s == std::numeric_limits<double>::infinity();
  return stays ? 1.0 : exponential(-0.6931471805599453 * seconds / impact_.half_life_s);
}

void PriceFormation::observe(std::int64_t time_ns, double seconds) {
  depth_.observe(time_ns, price(), seconds);
}

void PriceFormation::add_flow(double usd) {
  if (usd == 0) return;
  const double moved = usd / (100.0 * depth_usd_per_percent());
  permanent_ += impact_.permanent_share * moved;
  transient_ += (1.0 - impact_.permanent_share) * moved;
}

double PriceFormation::price() const { return exponential(log_price()); }

}  // namespace v1
}  // namespace delever
