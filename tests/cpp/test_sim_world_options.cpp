// Option hedgers: deltas, which way they trade, and that options nobody holds change nothing.
#include <cmath>
#include <numbers>

#include "check.hpp"
#include "world_fixture.hpp"

namespace delever::testing {
namespace {

constexpr std::int64_t week_ns = 168 * hour_ns;

OptionHolding option(double strike_usd, double position_coin, bool is_call = false) {
  return {0, strike_usd, sim_start_ns + week_ns, position_coin, is_call, 0.6};
}

/// One venue's hedgers on a deep book around any price.
struct Pit {
  SimulationConfig config = sim_config();
  Venue venue{{config.instruments[0].spec}, Rulebook{}};
  Desk desk{venue};
  Hedgers others;
  AccountId maker = 0;
  OrderId bid = no_order, ask = no_order;
  std::int64_t price_ticks = 700'000;
  OptionHedgers hedgers;

  explicit Pit(const OptionHedgingConfig& options, double share = 1)
      : others(prepared(desk), config.market, config.instruments[0], 0),
        hedgers(desk, options, config, 0, 0, share, 70'000, others) {
    maker = desk.open_account(1e9);
    desk.set_leverage(maker, 0, 1);
  }
  static Desk& prepared(Desk& desk) {
    desk.set_time(sim_start_ns);
    desk.update_index(0, 700'000, false);
    return desk;
  }
  /// What they hold, in coins, after a look at this price.
  double at(std::int64_t minutes, double price_usd) {
    const auto ticks = static_cast<std::int64_t>(10 * price_usd);
    const std::int64_t time_ns = sim_start_ns + minutes * minute_ns - 1;  // all moments have come
    desk.set_time(time_ns);
    const bool rises = ticks > price_ticks;
    quote(rises ? ask : bid, rises ? Side::Sell : Side::Buy, ticks + (rises ? 1 : -1));
    quote(rises ? bid : ask, rises ? Side::Buy : Side::Sell, ticks + (rises ? -1 : 1));
    price_ticks = ticks;
    desk.update_index(0, ticks, false);
    hedgers.act(time_ns, price_usd);
    return coins();
  }
  void quote(OrderId& id, Side side, std::int64_t ticks) {
    if (desk.venue().orders().find(id) == nullptr) {
      id = desk.quote(maker, 0, side, ticks, 100'000);
    } else {
      desk.amend(maker, 0, id, ticks, 100'000);
    }
  }
  double coins() const { return static_cast<double>(hedgers.lots()) * 0.001; }
};

DELEVER_TEST(sim_normal_probabilities_are_those_of_erfc) {
  double worst = 0;
  for (double x = -12; x <= 12; x += 0.01) {
    const double exact = 0.5 * std::erfc(-x / std::numbers::sqrt2);
    worst = std::max(worst, std::fabs(normal_cdf(x) - exact));
    if (x < -1 && x > -6) CHECK(std::fabs(normal_cdf(x) / exact - 1) < 1e-9);
  }
  CHECK(worst < 1e-14);
  CHECK_EQUAL(normal_cdf(40), 1.0);
  CHECK_EQUAL(normal_cdf(-40), 0.0);
}

// J. Hull, Options, Futures and Other Derivatives: S = 49, K = 50, 20 weeks, 20 %; at no interest
// d1 = (ln 0.98 + 0.02 * 0.3846) / (0.2 sqrt 0.3846) = -0.10086, so a delta of 0.4598.
DELEVER_TEST(sim_option_deltas_are_those_of_black_and_scholes) {
  OptionHolding one{0, 50, sim_start_ns, 1, true, 0.2};
  const auto before = static_cast<std::int64_t>(0.3846 * 365.25 * 24 * 3600e9);
  CHECK(std::fabs(option_delta(one, 49, sim_start_ns - before) - 0.4598) < 1e-4);
  const double call = option_delta(one, 49, sim_start_ns - before);
  one.is_call = false;
  CHECK(std::fabs(option_delta(one, 49, sim_start_ns - before) - (call - 1)) < 1e-15);
  CHECK_EQUAL(option_delta(one, 49, sim_start_ns), -1.0);
  CHECK_EQUAL(option_delta(one, 51, sim_start_ns), 0.0);
  CHECK_EQUAL(option_delta(one, 49, sim_start_ns + 1), 0.0);
}

DELEVER_TEST(sim_option_hedgers_short_of_gamma_sell_what_falls) {
  for (const bool is_call : {false, true}) {
    OptionHedgingConfig options{{option(68'000, -100, is_call)}};
    Pit pit(options);
    const double first = pit.coins();
    CHECK(is_call ? first > 0 : first < 0);  // the hedge of the start is there at once
    const double expected = 100 * option_delta(options.options[0], 70'000, sim_start_ns);
    CHECK(std::fabs(first - expected) < 0.001);
    const double fallen = pit.at(1, 66'000);
    CHECK(fallen < first - 10);
    CHECK(pit.at(2, 68'000) > fallen + 5);
    CHECK(pit.at(3, 75'000) > first + 10);
    CHECK_EQUAL(pit.desk.rejected(), std::int64_t{0});
  }
}

DELEVER_TEST(sim_option_hedgers_long_of_gamma_buy_what_falls) {
  Pit pit({{option(68'000, 100)}});
  const double first = pit.coins();
  CHECK(first > 0);
  CHECK(pit.at(1, 66'000) > first + 10);
  CHECK(pit.at(2, 75'000) < first - 10);
}

DELEVER_TEST(sim_option_hedgers_look_once_an_interval_and_leave_the_band_alone) {
  OptionHedgingConfig options{{option(68'000, -100)}, 10 * minute_ns, 5};
  Pit pit(options, 0.5);
  const double first = pit.coins();
  const double fallen = pit.at(10, 66'000);
  CHECK(fallen < first - 5);
  CHECK_EQUAL(pit.at(10, 60'000), fallen);  // looked in this interval already
  CHECK_EQUAL(pit.at(20, 65'800), fallen);  // inside the band
  CHECK(pit.at(30, 60'000) < fallen - 5);
  const double price = 60'000;
  const double whole = 100 * option_delta(options.options[0], price, sim_start_ns + 30 * minute_ns);
  CHECK(std::fabs(pit.coins() - 0.5 * whole) < 0.01);  // this venue's share
}

DELEVER_TEST(sim_option_hedgers_leave_with_their_options) {
  OptionHedgingConfig options{{option(68'000, -100), option(60'000, -50)}};
  options.options[0].expiry_ns = sim_start_ns + 30 * minute_ns;
  Pit pit(options);
  const double with_both = pit.at(1, 66'000);
  const double left = pit.at(31, 66'000);
  const double one = 50 * option_delta(options.options[1], 66'000, sim_start_ns + 31 * minute_ns);
  CHECK(with_both < -60);
  CHECK(std::fabs(left - one) < 0.01);
}

DELEVER_TEST(sim_world_option_hedgers_move_the_price_by_their_gamma) {
  WorldConfig config = world_config(7, 2'000);
  config.option_hedging.look_ns = 10 * second_ns;
  const auto bare = run_world(config);
  config.saved = bare->driver().saved();
  const auto low = [](const World& world) {
    double lowest = 1e300;
    for (std::size_t at = 0; at < world.series().log_price.size(); at += 2) {
      lowest = std::min(lowest, world.series().log_price[at]);
    }
    return lowest;
  };
  const auto with = [&](std::vector<OptionHolding> options) {
    WorldConfig other = config;
    other.option_hedging.options = std::move(options);
    return run_world(other);
  };
  const auto short_gamma = with({option(66'000, -1'500)});
  CHECK(low(*short_gamma) < low(*bare) - 1e-3);
  CHECK(low(*with({option(66'000, 1'500)})) > low(*bare) + 1e-3);
  double held = 0;  // all venues together hold the whole delta
  for (std::size_t i = 0; i < 3; ++i) {
    held += static_cast<double>(short_gamma->venue(i).option_hedge_lots(0)) * 0.001;
    CHECK(short_gamma->venue(i).venue().audit().empty());
  }
  const double price = std::exp(short_gamma->series().log_price.end()[-2]);
  const double delta = 1'500 * option_delta(option(66'000, -1'500), price, config.market.end_ns());
  CHECK(std::fabs(held / delta - 1) < 0.02);

  // nothing held, nothing that ever asks for a lot, and the switch: the digest is the bare world's
  CHECK_EQUAL(with({option(66'000, 0)})->digest(), bare->digest());
  CHECK_EQUAL(with({option(300'000, -1, true)})->digest(), bare->digest());
  WorldConfig off = config;
  off.option_hedging.options = {option(66'000, -1'500)};
  off.switches.option_hedgers = false;
  CHECK_EQUAL(run_world(off)->digest(), bare->digest());
  CHECK(short_gamma->digest() != bare->digest());
  off.option_hedging.options.clear();
  CHECK_EQUAL(run_world(off)->digest(), bare->digest());
}

DELEVER_TEST(sim_world_refuses_options_that_cannot_be) {
  const auto refuses = [](auto change) {
    WorldConfig config = world_config(1, 2'000);
    config.option_hedging.options = {option(66'000, -1)};
    change(config.option_hedging);
    return !config.validate().empty();
  };
  CHECK(!refuses([](OptionHedgingConfig&) {}));
  CHECK(refuses([](OptionHedgingConfig& c) { c.look_ns = 0; }));
  CHECK(refuses([](OptionHedgingConfig& c) { c.band_coin = -1; }));
  CHECK(refuses([](OptionHedgingConfig& c) { c.options[0].coin = 2; }));
  CHECK(refuses([](OptionHedgingConfig& c) { c.options[0].strike_usd = 0; }));
  CHECK(refuses([](OptionHedgingConfig& c) { c.options[0].volatility = 0; }));
  CHECK(refuses([](OptionHedgingConfig& c) { c.options[0].position_coin = std::nan(""); }));
}

}  // namespace
}  // namespace delever::testing
