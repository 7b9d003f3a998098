#include "sim/population.hpp"

#include <cmath>
#include <optional>

namespace delever {
inline namespace v1 {

namespace {
/// Beyond margin: fees, the spread, and a market order's distance from the mark.
constexpr double deposit_slack = 0.006;
constexpr std::int64_t trader_lots_max = 2'000'000'000;

std::int64_t lots_for(double size_usd, double lot_usd) {
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(size_usd / lot_usd));
}

std::uint32_t step_in(const StepClock& clock, std::uint32_t step, double hours) {
  const double ns = std::min(hours, 1e6) * static_cast<double>(hour_ns);
  const std::uint32_t found = clock.step_at(clock.time_ns(step) + static_cast<std::int64_t>(ns));
  return found == step ? step + 1 : found;
}
}  // namespace

Population::Population(Desk& desk, const SimulationConfig& config, const StepClock& clock,
                       const Activity& activity, std::vector<Hedgers>& hedgers)
    : desk_(desk),
      config_(config),
      clock_(clock),
      activity_(activity),
      priors_(config),
      agenda_(clock.step_count(), config.population.accounts),
      map_(config.map_low_usd, config.map_high_usd, config.map_bins),
      traders_(config.population.accounts),
      lots_(2 * config.instruments.size()),
      momentum_(config.instruments.size()) {
  first_account_ = desk_.venue().account_count();
  std::optional<TraderHistory> history;
  if (config.population.seeded_ns != 0) history.emplace(config, priors_);
  for (std::uint32_t index = 0; index < traders_.size(); ++index) {
    draw_trader(index);
    open_account(index, history ? &*history : nullptr, hedgers);
  }
  due_.reserve(traders_.size() / 16);
}

void Population::draw_trader(std::uint32_t index) {
  Trader& trader = traders_[index];
  const std::uint32_t instrument = priors_.instrument(index);
  const double size = priors_.size_usd(index, instrument);
  trader.instrument = static_cast<std::uint8_t>(instrument);
  trader.size_usd = static_cast<float>(size);
  trader.leverage = static_cast<std::uint8_t>(priors_.leverage(index, instrument, size));
}

void Population::open_account(std::uint32_t index, const TraderHistory* history,
                              std::vector<Hedgers>& hedgers) {
  Trader& trader = traders_[index];
  const InstrumentConfig& instrument = config_.instruments[trader.instrument];
  SeededEntry entry;
  Standing standing;
  if (history != nullptr) {
    standing = history->standing(index, trader.instrument, trader.leverage, trader.size_usd);
    entry = {standing.is_held, standing.is_long, standing.price};
  } else if (priors_.occupied(index)) {
    entry = priors_.seeded(index, trader.instrument, trader.leverage, trader.size_usd);
  }
  trader.leverage =
      static_cast<std::uint8_t>(std::min<double>(trader.leverage, config_.population.leverage_cap));
  const double lot_usd =
      (entry.survives ? entry.price : first_index_usd(trader.instrument)) * instrument.lot_coin;
  const std::int64_t lots = lots_for(trader.size_usd, lot_usd);
  desk_.open_account(deposit_for(trader, static_cast<double>(lots) * lot_usd));
  if (trader.leverage != instrument.spec.leverage_default) {
    desk_.set_leverage(account_of(index), trader.instrument, trader.leverage);
  }
  if (entry.survives) {
    const auto price_ticks = static_cast<std::int64_t>(entry.price / instrument.tick_usd + 0.5);
    hedgers[trader.instrument].seed(account_of(index), entry.is_long ? Side::Buy : Side::Sell,
                                    price_ticks, lots);
    trader.entry_usd = static_cast<float>(entry.price);
    sync(index);
  }
  if (history != nullptr) return begin(index, standing);
  if (trader.lots != 0) {
    plan_exit(index, 0, stock_episode);
  } else {
    plan_entry(index, 0);
  }
}

/// Goes on where its history ends.
void Population::begin(std::uint32_t index, const Standing& standing) {
  traders_[index].episode = standing.episode;
  if (traders_[index].lots != 0) {
    agenda_.schedule(index, std::max<std::uint32_t>(clock_.step_at(standing.exit_ns), 1));
  } else if (!standing.is_gone) {
    agenda_.schedule(index, activity_.step_after(0, standing.wait_hours));
  }
}

double Population::first_index_usd(std::uint32_t instrument) const {
  return static_cast<double>(desk_.venue().index(static_cast<InstrumentId>(instrument)).value) *
         config_.instruments[instrument].tick_usd;
}

/// Margin, fees and slack for a position of this value.
double Population::deposit_for(const Trader& trader, double value_usd) const {
  const InstrumentSpec& spec = config_.instruments[trader.instrument].spec;
  const double fee = static_cast<double>(std::max<std::int64_t>(spec.taker_fee_ppm, 0)) * 1e-6;
  return value_usd * (1.0 / trader.leverage + fee + deposit_slack) + 1.0;
}

void Population::act(std::uint32_t step, std::span<const double> index_usd) {
  observe_momentum(step, index_usd);
  agenda_.take(step, due_);
  for (std::size_t i = 0; i < due_.size(); ++i) {
    prefetch_after(i);
    const std::uint32_t index = due_[i];
    if (traders_[index].lots != 0) {
      leave(index, step);
    } else {
      enter(index, step, index_usd[traders_[index].instrument]);
    }
  }
  let_losers_go(step, index_usd);
}

/// Asks for what the next appointments will touch: far ahead the records, nearer the position.
void Population::prefetch_after(std::size_t i) const {
#if defined(__GNUC__)
  constexpr std::size_t far = 12, near = 6;
  const Venue& venue = desk_.venue();
  if (i + far < due_.size()) {
    __builtin_prefetch(&traders_[due_[i + far]]);
    __builtin_prefetch(&venue.account(account_of(due_[i + far])));
  }
  if (i + near < due_.size()) {
    const std::uint32_t position = venue.account(account_of(due_[i + near])).first_position;
    if (position != no_index) __builtin_prefetch(&venue.positions()[position]);
  }
#else
  (void)i;
#endif
}

void Population::observe_momentum(std::uint32_t step, std::span<const double> index_usd) {
  if (config_.population.chase == 0.0) return;
  if (average_log_.empty()) {
    for (const double price : index_usd) average_log_.push_back(natural_log(price));
  }
  const double hours = clock_.duration_seconds(step) / 3600.0;
  const double weight = 1.0 - exponential(-hours / config_.population.chase_hours);
  for (std::size_t id = 0; id < index_usd.size(); ++id) {
    const double log_price = natural_log(index_usd[id]);
    average_log_[id] += (log_price - average_log_[id]) * weight;
    momentum_[id] = log_price - average_log_[id];
  }
}

void Population::enter(std::uint32_t index, std::uint32_t step, double index_usd) {
  Trader& trader = traders_[index];
  const InstrumentConfig& instrument = config_.instruments[trader.instrument];
  const AccountId account = account_of(index);
  const double lot_usd = index_usd * instrument.lot_coin;
  const std::int64_t lots = lots_for(trader.size_usd, lot_usd);
  const double needed = deposit_for(trader, static_cast<double>(lots) * lot_usd);
  const double wallet =
      static_cast<double>(desk_.venue().account(account).wallet.value) / atoms_per_usd;
  if (wallet < needed) desk_.deposit(account, needed - wallet);
  const bool is_long = priors_.is_long(index, trader.episode, momentum_[trader.instrument]);
  trader.entry_usd = static_cast<float>(index_usd);
  ++trader.episode;
  desk_.trade(account, trader.instrument, is_long ? Side::Buy : Side::Sell, lots);
  sync(index);
  if (trader.lots != 0) {
    plan_exit(index, step, trader.episode);
  } else {
    plan_entry(index, step);
  }
}

void Population::leave(std::uint32_t index, std::uint32_t step) {
  const Trader& trader = traders_[index];
  const Side side = trader.lots > 0 ? Side::Sell : Side::Buy;
  desk_.trade(account_of(index), trader.instrument, side, std::abs(trader.lots), reduce_only);
  sync(index);
  if (trader.lots != 0) {
    agenda_.schedule(index, step + 1);  // a thin book: the rest at the next step
  } else {
    plan_entry(index, step);
  }
}

void Population::let_losers_go(std::uint32_t step, std::span<const double> index_usd) {
  const double hours = clock_.duration_seconds(step) / 3600.0;
  const auto count = static_cast<double>(traders_.size());
  const std::uint32_t looks = priors_.looks(step, count * hours);
  due_.clear();
  for (std::uint32_t rank = 0; rank < looks; ++rank) {
    due_.push_back(static_cast<std::uint32_t>(priors_.looked_at(step, rank) * count));
#if defined(__GNUC__)
    __builtin_prefetch(&traders_[due_.back()]);
#endif
  }
  for (std::uint32_t rank = 0; rank < looks; ++rank) {
    const std::uint32_t index = due_[rank];
    const Trader& trader = traders_[index];
    if (trader.lots == 0) continue;
    const double change = index_usd[trader.instrument] / trader.entry_usd - 1.0;
    const double loss = (trader.lots > 0 ? -change : change) * trader.leverage;
    if (loss <= 0 || !priors_.gives_up(step, rank, loss)) continue;
    agenda_.remove(index);
    leave(index, step);
  }
}

void Population::plan_exit(std::uint32_t index, std::uint32_t step, std::uint32_t episode) {
  agenda_.schedule(index, step_in(clock_, step, priors_.stay_hours(index, episode)));
}

void Population::plan_entry(std::uint32_t index, std::uint32_t step) {
  const double hours = priors_.gap_hours(index, traders_[index].episode);
  agenda_.schedule(index, activity_.step_after(step, hours));
}

void Population::on_liquidated(AccountId account, std::uint32_t step) {
  const std::uint32_t index = account - first_account_;
  sync(index);
  Trader& trader = traders_[index];
  if (trader.lots != 0) return;
  if (!trader.was_liquidated) ++traders_liquidated_;
  trader.was_liquidated = true;
  agenda_.remove(index);
  const double hours = priors_.reentry_hours(index, trader.episode);
  if (hours >= 0) agenda_.schedule(index, activity_.step_after(step, hours));
}

void Population::on_deleveraged(AccountId account, std::uint32_t step) {
  const std::uint32_t index = account - first_account_;
  sync(index);
  if (traders_[index].lots != 0) return;
  agenda_.remove(index);
  plan_entry(index, step);
}

void Population::sync(std::uint32_t index) {
  Trader& trader = traders_[index];
  const InstrumentId instrument = trader.instrument;
  const std::int64_t held = desk_.lots_of(account_of(index), instrument);
  const std::int64_t now = std::clamp(held, -trader_lots_max, trader_lots_max);
  const auto replace = [&](std::int64_t lots, std::int64_t sign) {
    if (lots == 0) return;
    lots_[2 * std::size_t{instrument} + (lots > 0 ? 0 : 1)] += sign * std::abs(lots);
    if (instrument == 0) map_.add(trader.map_bin, lots > 0, sign * std::abs(lots));
  };
  replace(trader.lots, -1);
  if (instrument == 0 && now != 0 && (now != trader.lots || trader.map_bin == no_bin)) {
    const std::int64_t tick = desk_.venue().liquidation_price(account_of(index), instrument);
    trader.map_bin = map_.bin_of(static_cast<double>(tick) * config_.instruments[0].tick_usd);
  }
  replace(now, +1);
  trader.lots = static_cast<std::int32_t>(now);
}

}  // namespace v1
}  // namespace delever
