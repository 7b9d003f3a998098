#include "sim/option_hedgers.hpp"

#include <algorithm>
#include <cmath>

namespace delever {
inline namespace v1 {

namespace {
constexpr double year_ns = 365.25 * 24 * static_cast<double>(hour_ns);
}

double option_delta(const OptionHolding& option, double price_usd, std::int64_t time_ns) {
  const double call_less = option.is_call ? 0.0 : 1.0;
  if (time_ns > option.expiry_ns) return 0.0;
  const double years = static_cast<double>(option.expiry_ns - time_ns) / year_ns;
  const double spread = option.volatility * std::sqrt(years);
  const double distance = natural_log(price_usd / option.strike_usd);
  if (spread <= 0) return (distance > 0 ? 1.0 : 0.0) - call_less;
  return normal_cdf(distance / spread + 0.5 * spread) - call_less;
}

OptionHedgers::OptionHedgers(Desk& desk, const OptionHedgingConfig& config,
                             const SimulationConfig& venue, InstrumentId id, std::uint32_t coin,
                             double share, double first_usd, Hedgers& hedgers)
    : desk_(desk),
      id_(id),
      lot_coin_(venue.instruments[id].lot_coin),
      share_(share),
      band_lots_(static_cast<std::int64_t>(config.band_coin * share / lot_coin_)),
      start_ns_(venue.start_ns),
      look_ns_(config.look_ns),
      moments_(venue.seed, Purpose::OptionLook) {
  for (const OptionHolding& option : config.options) {
    if (option.coin == coin && option.position_coin != 0) options_.push_back(option);
  }
  const std::int64_t lots = wanted(start_ns_, first_usd);
  if (lots == 0) return;
  open();
  const auto price_ticks =
      static_cast<std::int64_t>(first_usd / venue.instruments[id].tick_usd + 0.5);
  hedgers.seed(account_, lots > 0 ? Side::Buy : Side::Sell, price_ticks, std::abs(lots));
}

void OptionHedgers::act(std::int64_t time_ns, double price_usd) {
  if (options_.empty()) return;
  const std::int64_t interval = (time_ns - start_ns_) / look_ns_;
  if (interval < looked_) return;
  const double part = moments_.unit(id_, static_cast<std::uint32_t>(interval));
  const auto moment = static_cast<std::int64_t>(part * static_cast<double>(look_ns_));
  const bool is_due = time_ns >= start_ns_ + interval * look_ns_ + moment;
  if (interval == looked_ && !is_due) return;
  looked_ = is_due ? interval + 1 : interval;  // or late, for an interval that ended since
  const std::int64_t missing = wanted(time_ns, price_usd) - lots();
  if (std::abs(missing) <= band_lots_) return;
  if (!opened_) open();
  desk_.trade(account_, id_, missing > 0 ? Side::Buy : Side::Sell, std::abs(missing));
}

std::int64_t OptionHedgers::wanted(std::int64_t time_ns, double price_usd) const {
  double delta_coin = 0;
  for (const OptionHolding& option : options_) {
    delta_coin += option.position_coin * option_delta(option, price_usd, time_ns);
  }
  return std::llround(-delta_coin * share_ / lot_coin_);
}

void OptionHedgers::open() {
  account_ = desk_.open_with_atoms(amount_atoms_max);
  desk_.set_leverage(account_, id_, 1);
  opened_ = true;
}

}  // namespace v1
}  // namespace delever
