#include "sim/world_config.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "units/digest.hpp"

namespace delever {
inline namespace v1 {

namespace {
constexpr std::uint64_t spot_number = 0xFFFF;

std::uint64_t seed_of(std::uint64_t seed, std::uint64_t number) {
  return splitmix64(seed ^ splitmix64(number + 1));
}

double held_share(const WorldConfig& config, std::uint32_t coin) {
  double sum = 0;
  for (const VenueConfig& venue : config.venues) {
    for (const Listing& listing : venue.listings) sum += listing.coin == coin ? venue.share : 0.0;
  }
  return sum;
}

std::string check_venue(const WorldConfig& config, const VenueConfig& venue) {
  const std::size_t coins = config.market.instruments.size();
  if (!(venue.share > 0 && venue.share <= 1)) return venue.name + ": give a share in (0, 1]";
  if (venue.listings.empty()) return venue.name + ": list at least one coin";
  for (const Listing& listing : venue.listings) {
    if (listing.coin >= coins) return venue.name + ": lists a coin that the market has not";
  }
  try {
    const FeedFilter filter(venue.feed);
  } catch (const std::invalid_argument& error) {
    return venue.name + ": " + error.what();
  }
  return {};
}

std::string check_options(const WorldConfig& config) {
  if (config.option_hedging.look_ns < second_ns) return "options: look_ns: give at least a second";
  if (!(config.option_hedging.band_coin >= 0)) return "options: band_coin: give 0 or more";
  for (const OptionHolding& option : config.option_hedging.options) {
    if (option.coin >= config.market.instruments.size())
      return "an option is on a coin that the market has not";
    if (!(option.strike_usd > 0)) return "options: strike_usd: give more than 0";
    if (!(option.volatility > 0 && option.volatility < 100))
      return "options: volatility: give a part of one per year, above 0 and below 100";
    if (!std::isfinite(option.position_coin)) return "options: position_coin: give a number";
  }
  return {};
}
}  // namespace

std::string WorldConfig::validate() const {
  std::string complaint = market.validate();
  if (!complaint.empty()) return complaint;
  if (venues.empty() || venues.size() > 64) return "give 1 to 64 venues";
  double shares = 0;
  for (std::size_t i = 0; i < venues.size() && complaint.empty(); ++i) {
    shares += venues[i].share;
    complaint = check_venue(*this, venues[i]);
    if (complaint.empty()) complaint = venue_slice(*this, i).validate();
  }
  if (!complaint.empty()) return complaint;
  if (shares > 1.000001) return "the venues' shares sum to more than 1";
  if (!(spot_share > 0 && spot_share < 1)) return "spot_share: give a part in (0, 1)";
  if (!(impact_half_life_s > 0)) return "impact_half_life_s: give more than 0, or infinity";
  if (!(permanent_share >= 0 && permanent_share <= 1)) return "permanent_share: give 0 to 1";
  if (!(clip > 0 && clip < 1)) return "clip: give a log return in (0, 1)";
  if (control_ns < second_ns) return "control_ns: give at least a second";
  if (arbitrage.delay_steps == 0) return "delay_steps: give at least 1";
  if (workers == 0 || workers > 64) return "workers: give 1 to 64";
  if (!(switches.depth > 0)) return "depth: give a factor above 0";
  if (!(switches.fund >= 0)) return "fund: give a factor of 0 or more";
  if (!(switches.leverage_cap >= 1)) return "leverage_max: give at least 1";
  for (const ScheduledSale& sale : sales) {
    if (sale.coin >= market.instruments.size())
      return "a sale is of a coin that the market has not";
  }
  return check_options(*this);
}

SimulationConfig venue_slice(const WorldConfig& config, std::size_t number) {
  const VenueConfig& venue = config.venues[number];
  SimulationConfig slice = config.market;
  slice.seed = seed_of(config.market.seed, number);
  slice.rulebook = venue.rulebook;
  slice.rulebook.forced_closing = config.switches.liquidations;
  slice.insurance_usd = venue.insurance_usd * config.switches.fund;
  slice.market.withdrawal = false;  // the world's depth is theirs
  slice.population.leverage_cap = config.switches.leverage_cap;
  slice.population.accounts =
      static_cast<std::uint32_t>(std::max(1000.0, config.market.population.accounts * venue.share));
  slice.instruments.clear();
  slice.market.taker_rate_per_s.clear();
  for (const Listing& listing : venue.listings) {
    const double share = venue.share / std::max(held_share(config, listing.coin), 1e-9);
    InstrumentConfig instrument = config.market.instruments[listing.coin];
    instrument.spec = listing.spec;
    instrument.tick_usd = listing.tick_usd;
    instrument.lot_coin = listing.lot_coin;
    instrument.open_interest_usd *= share;
    instrument.depth_usd_per_percent *= share * (1 - config.spot_share) * config.switches.depth;
    if (number != 0) instrument.funding.clear();  // what was published is the first venue's
    slice.instruments.push_back(std::move(instrument));
    const std::vector<double>& rates = config.market.market.taker_rate_per_s;
    slice.market.taker_rate_per_s.push_back(listing.coin < rates.size() ? rates[listing.coin]
                                                                        : 0.0);
  }
  return slice;
}

SimulationConfig spot_slice(const WorldConfig& config) {
  SimulationConfig slice = config.market;
  slice.seed = seed_of(config.market.seed, spot_number);
  slice.market.withdrawal = false;
  slice.market.inventory_skew = 0;  // spot is where v + I is; the basis is the others'
  slice.rulebook = Rulebook{};
  for (InstrumentConfig& coin : slice.instruments) {
    coin.depth_usd_per_percent *= config.spot_share * config.switches.depth;
    coin.spec.maker_fee_ppm = coin.spec.taker_fee_ppm = 0;
    coin.spec.market_bound_ppm = InstrumentSpec{}.market_bound_ppm;
  }
  return slice;
}

}  // namespace v1
}  // namespace delever
