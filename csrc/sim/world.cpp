#include "sim/world.hpp"

#include <algorithm>
#include <bit>
#include <stdexcept>
#include <utility>

#include "sim/distributions.hpp"
#include "units/digest.hpp"

namespace delever {
inline namespace v1 {

namespace {
constexpr std::int64_t halt_window_ns = 15 * minute_ns;

WorldConfig checked(WorldConfig config) {
  const std::string complaint = config.validate();
  if (!complaint.empty()) throw std::invalid_argument(complaint);
  return config;
}

/// Makers and impact see the same depth.
DepthTerms depth_terms(const WorldConfig& config) {
  const MarketConfig& market = config.market.market;
  return {market.withdrawal && config.switches.withdrawal, market.calm_per_sqrt_minute,
          market.depth_half_life_s};
}

/// The part of a coin's depth that a market has; all of it where one price holds for all.
double depth_share(const WorldConfig& config, std::size_t market, std::uint32_t coin) {
  if (config.switches.links) return 1.0;
  if (market == 0) return config.spot_share;
  const SimulationConfig slice = venue_slice(config, market - 1);
  const std::vector<Listing>& listings = config.venues[market - 1].listings;
  for (std::size_t i = 0; i < listings.size(); ++i) {
    if (listings[i].coin != coin) continue;
    return slice.instruments[i].depth_usd_per_percent / config.switches.depth /
           config.market.instruments[coin].depth_usd_per_percent;
  }
  return 1.0;  // not traded there
}
}  // namespace

World::World(WorldConfig config)
    : config_(checked(std::move(config))),
      clock_(config_.market.start_ns, config_.market.windows),
      driver_(config_.saved.empty()
                  ? std::make_unique<Driver>(config_.market, config_.control_ns, config_.clip)
                  : std::make_unique<Driver>(config_.market, config_.control_ns, config_.saved)),
      arbitrageurs_(config_.arbitrage, 1 + config_.venues.size()),
      halted_(coin_count()),
      halts_(coin_count()),
      cascades_(config_.switches.links ? 1 : 1 + config_.venues.size(), config_.venues.size(),
                coin_count()),
      workers_(config_.workers) {
  if (config_.saved.empty() && !config_.switches.links) {
    throw std::invalid_argument("links off without saved innovations: solve with links first");
  }
  const std::size_t groups = config_.switches.links ? 1 : 1 + config_.venues.size();
  for (std::size_t group = 0; group < groups; ++group) {
    std::vector<PriceFormation> prices;
    for (std::uint32_t coin = 0; coin < coin_count(); ++coin) {
      const double depth = config_.market.instruments[coin].depth_usd_per_percent *
                           config_.switches.depth * depth_share(config_, group, coin);
      prices.emplace_back(ImpactTerms{depth, config_.impact_half_life_s, config_.permanent_share},
                          depth_terms(config_), driver_->first_log_price(coin));
    }
    prices_.push_back(std::move(prices));
    reference_usd_.emplace_back(coin_count());
    depth_factor_.emplace_back(coin_count(), 1.0);
    before_.emplace_back(coin_count());
    for (std::uint32_t coin = 0; coin < coin_count(); ++coin) {
      before_.back()[coin] = driver_->first_log_price(coin);
    }
  }
  build_markets();
}

void World::build_markets() {
  const Draws noise(config_.market.seed, Purpose::PathNoise);
  const std::vector<double> recorded =
      draw_spot_path(clock_, config_.market.instruments[0], 0, noise, {});
  activity_ = std::make_unique<Activity>(
      clock_, recorded, config_.market.market.calm_per_sqrt_minute,
      config_.market.population.volume_exponent, config_.market.population.day_profile);
  for (const PriceFormation& price : prices_[0]) index_usd_.push_back(price.price());
  venues_.resize(config_.venues.size());
  auto build = [this](std::uint32_t market) {
    if (market == 0) {
      spot_ = std::make_unique<SpotMarket>(config_, index_usd_);
    } else {
      venues_[market - 1] =
          std::make_unique<PerpVenue>(config_, market - 1, clock_, *activity_, index_usd_);
    }
  };
  workers_.run(static_cast<std::uint32_t>(1 + venues_.size()), build);
}

void World::run(std::int64_t until_ns) {
  while (!finished() && clock_.time_ns(step_) < until_ns) {
    run_step();
    ++step_;
  }
}

void World::run_step() {
  move_prices();
  watch_halts();
  record_prices();
  run_markets();
  link_liquidations();
  let_arbitrage();
  add_flows();
}

void World::move_prices() {
  const double seconds = step_ == 0 ? 0.0 : clock_.duration_seconds(step_ - 1);
  cascades_.begin_step();
  for (std::vector<PriceFormation>& group : prices_) {
    for (PriceFormation& price : group) price.pass(seconds);
  }
  const std::int64_t now = clock_.time_ns(step_);
  const StepClock& control = driver_->clock();
  while (interval_ < control.step_count() && control.time_ns(interval_) <= now) {
    innovate(interval_++);
  }
  for (std::size_t group = 0; group < prices_.size(); ++group) {
    for (std::size_t coin = 0; coin < coin_count(); ++coin) {
      PriceFormation& price = prices_[group][coin];
      price.observe(now, seconds);
      cascades_.set_price(group, coin, price.log_price());
      reference_usd_[group][coin] = price.price();
      depth_factor_[group][coin] = price.depth_factor();
    }
  }
}

void World::innovate(std::uint32_t interval) {
  for (std::size_t group = 0; group < prices_.size(); ++group) {
    double leader_return = 0;
    for (std::uint32_t coin = 0; coin < coin_count(); ++coin) {
      PriceFormation& price = prices_[group][coin];
      price.innovate(driver_->innovation(coin, interval, price, leader_return));
      if (coin == 0) leader_return = price.log_price() - before_[group][0];
      if (coin != 0) cascades_.follow(group, coin, config_.market.instruments[coin].beta);
      before_[group][coin] = price.log_price();
    }
    cascades_.end_innovation(group);
  }
}

/// A fall by so much from the highest price of the window halts a coin everywhere.
void World::watch_halts() {
  if (config_.switches.halt_fall <= 0) return;
  const std::int64_t now = clock_.time_ns(step_);
  for (std::size_t coin = 0; coin < coin_count(); ++coin) {
    Halt& halt = halts_[coin];
    const std::size_t size = static_cast<std::size_t>(
        std::max<std::int64_t>(2, halt_window_ns / clock_.duration_ns(step_)));
    if (halt.recent_usd.size() != size) halt = {{}, 0, halt.until_ns};
    halt.recent_usd.resize(size, reference_usd_[0][coin]);
    halt.recent_usd[halt.at++ % size] = reference_usd_[0][coin];
    if (halted_[coin] != 0 && now >= halt.until_ns) {
      halted_[coin] = 0;
      std::ranges::fill(halt.recent_usd, reference_usd_[0][coin]);
    }
    const double high = *std::ranges::max_element(halt.recent_usd);
    if (halted_[coin] == 0 && reference_usd_[0][coin] < high * (1 - config_.switches.halt_fall)) {
      halted_[coin] = 1;
      halt.until_ns = now + static_cast<std::int64_t>(config_.switches.halt_minutes *
                                                      static_cast<double>(minute_ns));
    }
  }
}

void World::record_prices() {
  for (const PriceFormation& price : prices_[0]) {
    series_.log_price.push_back(price.log_price());
    series_.impact.push_back(price.impact());
    series_.depth_usd.push_back(price.depth_usd_per_percent());
  }
}

void World::run_markets() {
  for (std::size_t coin = 0; coin < coin_count(); ++coin) {
    cascades_.set_index(coin, natural_log(index_usd_[coin]));
  }
  auto task = [this](std::uint32_t market) { run_market(market); };
  workers_.run(static_cast<std::uint32_t>(1 + venues_.size()), task);
  for (std::size_t coin = 0; coin < coin_count(); ++coin) {
    index_usd_[coin] = spot_->middle_usd(coin);
  }
}

void World::run_market(std::uint32_t market) {
  const std::size_t group = group_of(market);
  const MarketView view{.step = step_,
                        .time_ns = clock_.time_ns(step_),
                        .next_time_ns = clock_.time_ns(step_ + 1),
                        .seconds = clock_.duration_seconds(step_),
                        .activity = activity_->at(step_),
                        .reference_usd = reference_usd_[group],
                        .index_usd = index_usd_,
                        .depth_factor = depth_factor_[group],
                        .halted = halted_,
                        .orders = arbitrageurs_.arriving()[market]};
  if (market == 0) {
    spot_->run_step(view);
  } else {
    venues_[market - 1]->run_step(view);
  }
}

/// What this step's marks passed, and whose liquidation led to those that began at them.
void World::link_liquidations() {
  for (std::size_t number = 0; number < venues_.size(); ++number) {
    const PerpVenue& venue = *venues_[number];
    for (std::size_t id = 0; id < venue.coins().size(); ++id) {
      cascades_.set_mark(number, group_of(number + 1), venue.coins()[id],
                         venue.venue().mark(static_cast<InstrumentId>(id)).value);
    }
    const std::vector<Liquidation>& rows = venue.liquidations();
    for (std::size_t row = cascades_.count(number); row < rows.size(); ++row) {
      cascades_.add(number, rows[row], venue.threshold_ticks()[row]);
    }
    for (const Closing& closing : venue.flow().closings()) {
      cascades_.set_usd(number, closing.liquidation,
                        rows[static_cast<std::size_t>(closing.liquidation)].usd);
    }
  }
}

void World::let_arbitrage() {
  if (!config_.switches.links) return;
  arbitrageurs_.begin();
  const double seconds = clock_.duration_seconds(step_);
  std::vector<double> bought_usd(coin_count());
  for (std::size_t number = 0; number < venues_.size(); ++number) {
    const PerpVenue& venue = *venues_[number];
    for (std::size_t id = 0; id < venue.coins().size(); ++id) {
      const std::uint32_t coin = venue.coins()[id];
      bought_usd[coin] += venue.arbitrage_bought_usd(id);
      if (halted_[coin] != 0) continue;
      Spread spread = venue.spread(id);
      spread.index_usd = index_usd_[coin];
      spread.capital_usd = config_.arbitrage.capital_usd *
                           venue.config().instruments[id].open_interest_usd /
                           config_.market.instruments[0].open_interest_usd;
      arbitrageurs_.consider(number + 1, coin, spread, seconds);
    }
  }
  for (std::uint32_t coin = 0; coin < coin_count(); ++coin) {
    arbitrageurs_.hedge(coin, bought_usd[coin]);
  }
  arbitrageurs_.end();
}

/// By how much each liquidation of a venue's step moves the price of the next.
void World::push_forced(std::size_t number) {
  const PerpVenue& venue = *venues_[number];
  const std::size_t group = group_of(number + 1);
  for (const ForcedFlow& flow : venue.flow().forced_flows()) {
    const std::size_t coin = venue.coins()[flow.instrument];
    const double depth_usd = 100.0 * prices_[group][coin].depth_usd_per_percent();
    cascades_.push(number, flow.liquidation, group, coin, flow.usd / depth_usd);
  }
}

void World::add_flows() {
  for (std::size_t number = 0; number < venues_.size(); ++number) push_forced(number);
  std::vector<double> total(coin_count()), forced(coin_count());
  for (std::size_t market = 0; market <= venues_.size(); ++market) {
    const FlowMeter& meter = market == 0 ? spot_->flow() : venues_[market - 1]->flow();
    for (std::size_t id = 0; id < meter.net_usd().size(); ++id) {
      const std::size_t coin = market == 0 ? id : venues_[market - 1]->coins()[id];
      total[coin] += meter.net_usd()[id];
      forced[coin] += meter.forced_usd()[id];
      if (!config_.switches.links) prices_[market][coin].add_flow(meter.net_usd()[id]);
    }
  }
  for (std::size_t coin = 0; coin < coin_count(); ++coin) {
    if (config_.switches.links) prices_[0][coin].add_flow(total[coin]);
    series_.flow_usd.push_back(total[coin]);
    series_.forced_usd.push_back(forced[coin]);
  }
}

std::uint64_t World::digest() const {
  std::uint64_t digest = splitmix64(spot_->venue().digest());
  for (const std::unique_ptr<PerpVenue>& venue : venues_) {
    digest = splitmix64(digest ^ venue->venue().digest());
  }
  for (const std::vector<double>& of_coin : driver_->saved()) {
    const std::size_t used = std::min<std::size_t>(of_coin.size(), interval_);
    for (std::size_t k = 0; k < used; ++k) {
      digest = splitmix64(digest ^ std::bit_cast<std::uint64_t>(of_coin[k]));
    }
  }
  return digest;
}

std::int64_t World::command_count() const {
  std::int64_t count = spot_->venue().command_count();
  for (const std::unique_ptr<PerpVenue>& venue : venues_) count += venue->venue().command_count();
  return count;
}

}  // namespace v1
}  // namespace delever
