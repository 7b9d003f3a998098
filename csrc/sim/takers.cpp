#include "sim/takers.hpp"

#include <algorithm>

namespace delever {
inline namespace v1 {

namespace {
constexpr std::uint32_t trades_per_step_max = 64;
constexpr double taker_deposit_usd = 2e9;
}  // namespace

Takers::Takers(Desk& desk, const SimulationConfig& config, InstrumentId id)
    : desk_(desk),
      market_(config.market),
      id_(id),
      rate_per_s_(id < config.market.taker_rate_per_s.size() ? config.market.taker_rate_per_s[id]
                                                             : 0.0),
      lot_coin_(config.instruments[id].lot_coin),
      counts_(config.seed, Purpose::TakerCount),
      sides_(config.seed, Purpose::TakerSide),
      sizes_(config.seed, Purpose::TakerSize),
      pool_(config.seed, Purpose::TakerAccount) {
  for (std::uint32_t i = 0; i < market_.taker_accounts; ++i) {
    accounts_.push_back(desk_.open_account(taker_deposit_usd));
    desk_.set_leverage(accounts_.back(), id_, 1);
  }
}

void Takers::act(std::uint32_t step, double index_usd, double activity, double seconds) {
  if (rate_per_s_ <= 0) return;
  const double mean = rate_per_s_ * activity * seconds;
  const std::uint32_t count =
      std::min(poisson_quantile(counts_.unit(id_, step), mean), trades_per_step_max);
  for (std::uint32_t rank = 0; rank < count; ++rank) {
    const std::uint32_t tick = step * trades_per_step_max + rank;
    const double usd = std::min(
        lognormal_quantile(sizes_.unit(id_, tick), market_.taker_median_usd, market_.taker_sigma),
        market_.taker_max_usd);
    const auto lots =
        std::max<std::int64_t>(1, static_cast<std::int64_t>(usd / (lot_coin_ * index_usd)));
    const Side side = sides_.unit(id_, tick) < 0.5 ? Side::Buy : Side::Sell;
    const auto member =
        static_cast<std::size_t>(pool_.unit(id_, tick) * static_cast<double>(accounts_.size()));
    desk_.trade(accounts_[member], id_, side, lots);
  }
}

}  // namespace v1
}  // namespace delever
