#include "sim/arbitrageurs.hpp"

#include <algorithm>
#include <cmath>

#include "sim/distributions.hpp"

namespace delever {
inline namespace v1 {

namespace {
constexpr double order_usd_min = 1000.0;
}

Arbitrageurs::Arbitrageurs(const ArbitrageConfig& config, std::size_t markets)
    : config_(config), markets_(markets), arriving_(markets) {
  for (std::uint32_t i = 1; i < config.delay_steps; ++i) under_way_.emplace_back(markets);
}

void Arbitrageurs::begin() { under_way_.emplace_back(markets_); }

void Arbitrageurs::consider(std::size_t market, std::uint32_t coin, double basis, double held_usd,
                            double seconds) {
  const double beyond = std::max(std::fabs(basis) - config_.threshold, 0.0);
  const double part = std::min(beyond / config_.full_basis, 1.0);
  const double wanted = (basis < 0 ? 1.0 : -1.0) * part * config_.capital_usd;
  const double usd = (wanted - held_usd) * (1.0 - power(0.5, seconds / config_.half_life_s));
  if (std::fabs(usd) < order_usd_min) return;
  under_way_.back()[market].push_back({coin, usd});
  under_way_.back()[0].push_back({coin, -usd});
}

void Arbitrageurs::end() {
  arriving_ = std::move(under_way_.front());
  under_way_.pop_front();
}

}  // namespace v1
}  // namespace delever
