#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <array>
#include <string>
#include <vector>

#include "bindings/feed_rules.hpp"
#include "bindings/machine_config.hpp"
#include "bindings/sim_config.hpp"

namespace delever {
inline namespace v1 {
namespace {

namespace py = pybind11;

VenueConfig read_venue(const py::dict& values, std::size_t number) {
  Reader reader(values, "venue " + std::to_string(number));
  VenueConfig venue;
  reader.required("name", venue.name);
  reader.required("share", venue.share);
  reader.required("insurance_usd", venue.insurance_usd);
  py::dict rulebook;
  reader.optional("rulebook", rulebook);
  if (!rulebook.empty()) venue.rulebook = rulebook_from(rulebook);
  std::vector<FeedRuleRow> feed;
  reader.optional("feed", feed);
  venue.feed = feed_rules_from(feed);
  std::vector<py::dict> listings;
  reader.required("listings", listings);
  reader.done();
  for (std::size_t i = 0; i < listings.size(); ++i) {
    Reader one(listings[i], reader.where() + " listing " + std::to_string(i));
    Listing listing;
    one.required("coin", listing.coin);
    one.required("tick_usd", listing.tick_usd);
    one.required("lot_coin", listing.lot_coin);
    listing.spec = read_spec(one);
    one.done();
    venue.listings.push_back(std::move(listing));
  }
  return venue;
}

Switches read_switches(Reader reader) {
  Switches switches;
  int forced_closing = 0;
  reader.optional("forced_closing", forced_closing);
  if (forced_closing < 0 || forced_closing > 3) refuse("switches 'forced_closing' is not 0 to 3");
  switches.liquidations = static_cast<ForcedClosing>(forced_closing);
  reader.optional("withdrawal", switches.withdrawal);
  reader.optional("stops", switches.stops);
  reader.optional("momentum", switches.momentum);
  reader.optional("option_hedgers", switches.option_hedgers);
  reader.optional("links", switches.links);
  reader.optional("leverage_max", switches.leverage_cap);
  reader.optional("depth", switches.depth);
  reader.optional("fund", switches.fund);
  reader.optional("halt_fall", switches.halt_fall);
  reader.optional("halt_minutes", switches.halt_minutes);
  reader.done();
  return switches;
}

void read_options(Reader reader, OptionHedgingConfig& options) {
  double look_s = static_cast<double>(options.look_ns) / static_cast<double>(second_ns);
  reader.optional("look_s", look_s);
  options.look_ns = static_cast<std::int64_t>(look_s * static_cast<double>(second_ns));
  reader.optional("band_coin", options.band_coin);
  std::vector<py::dict> holdings;
  reader.optional("holdings", holdings);
  reader.done();
  for (std::size_t i = 0; i < holdings.size(); ++i) {
    Reader one(holdings[i], reader.where() + " holding " + std::to_string(i));
    OptionHolding option;
    one.optional("coin", option.coin);
    one.required("strike_usd", option.strike_usd);
    one.required("expiry_ns", option.expiry_ns);
    one.required("position_coin", option.position_coin);
    one.required("is_call", option.is_call);
    one.required("volatility", option.volatility);
    one.done();
    options.options.push_back(option);
  }
}

void read_agents(Reader& reader, WorldConfig& world) {
  Reader arbitrage = reader.inner("arbitrage");
  arbitrage.optional("capital_usd", world.arbitrage.capital_usd);
  arbitrage.optional("threshold", world.arbitrage.threshold);
  arbitrage.optional("full_basis", world.arbitrage.full_basis);
  arbitrage.optional("half_life_s", world.arbitrage.half_life_s);
  arbitrage.optional("delay_steps", world.arbitrage.delay_steps);
  arbitrage.done();
  Reader stops = reader.inner("stop");
  stops.optional("usd_per_percent", world.stops.usd_per_percent);
  stops.optional("reach", world.stops.reach);
  stops.optional("per_side", world.stops.per_side);
  stops.done();
  Reader momentum = reader.inner("momentum");
  momentum.optional("usd_per_percent", world.momentum.usd_per_percent);
  momentum.optional("usd_max", world.momentum.usd_max);
  momentum.optional("trail_hours", world.momentum.trail_hours);
  momentum.done();
  read_options(reader.inner("options"), world.option_hedging);
  std::vector<std::tuple<std::uint32_t, std::int64_t, std::int64_t, double>> sales;
  reader.optional("sales", sales);
  for (const auto& [coin, from_ns, until_ns, usd] : sales) {
    world.sales.push_back({coin, from_ns, until_ns, usd});
  }
}

Innovations read_saved(Reader& reader) {
  if (!reader.has("saved")) return {};
  py::object value;
  reader.required("saved", value);
  const auto array = py::array_t<double, py::array::c_style | py::array::forcecast>::ensure(value);
  if (!array || array.ndim() != 2) refuse("world 'saved' is not an array of coins x intervals");
  Innovations saved;
  for (py::ssize_t coin = 0; coin < array.shape(0); ++coin) {
    saved.emplace_back(array.data(coin, 0), array.data(coin, 0) + array.shape(1));
  }
  return saved;
}

}  // namespace

WorldConfig world_config(const py::dict& values) {
  Reader reader(values, "world");
  WorldConfig world;
  py::dict market;
  reader.required("market", market);
  world.market = simulation_config(market);
  reader.optional("spot_share", world.spot_share);
  reader.optional("impact_half_life_s", world.impact_half_life_s);
  reader.optional("permanent_share", world.permanent_share);
  reader.optional("control_ns", world.control_ns);
  reader.optional("clip", world.clip);
  reader.optional("workers", world.workers);
  read_agents(reader, world);
  world.switches = read_switches(reader.inner("switches"));
  world.saved = read_saved(reader);
  std::vector<py::dict> venues;
  reader.required("venues", venues);
  for (std::size_t i = 0; i < venues.size(); ++i) world.venues.push_back(read_venue(venues[i], i));
  reader.done();
  return world;
}

}  // namespace v1
}  // namespace delever
