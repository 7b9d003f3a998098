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

/// Of the capital, at this basis.
double Arbitrageurs::wanted_part(double basis) const {
  return std::clamp((std::fabs(basis) - config_.threshold) / config_.full_basis, 0.0, 1.0);
}

void Arbitrageurs::consider(std::size_t market, std::uint32_t coin, const Spread& spread,
                            double seconds) {
  if (spread.bid_usd <= 0 || spread.ask_usd <= 0) return;
  const double at_ask = spread.ask_usd / spread.index_usd - 1.0;
  const double at_bid = spread.bid_usd / spread.index_usd - 1.0;
  const double held = spread.held_usd;
  double usd = 0, edge = 0;
  if (held < 0 ? at_ask <= 0 : held > 0 && at_bid >= 0) {
    usd = -held;  // the gap is gone
  } else if (held >= 0 && at_ask < -config_.threshold) {
    usd = std::max(wanted_part(at_ask) * spread.capital_usd - held, 0.0);
    edge = -config_.threshold;
  } else if (held <= 0 && at_bid > config_.threshold) {
    usd = std::min(-wanted_part(at_bid) * spread.capital_usd - held, 0.0);
    edge = config_.threshold;
  }
  usd *= 1.0 - power(0.5, seconds / config_.half_life_s);
  if (std::fabs(usd) < order_usd_min) return;
  under_way_.back()[market].push_back({coin, usd, spread.index_usd * (1.0 + edge)});
}

void Arbitrageurs::hedge(std::uint32_t coin, double bought_usd) {
  if (bought_usd != 0) under_way_.back()[0].push_back({coin, -bought_usd});
}

void Arbitrageurs::end() {
  arriving_ = std::move(under_way_.front());
  under_way_.pop_front();
}

}  // namespace v1
}  // namespace delever
