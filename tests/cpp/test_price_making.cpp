// Index, impact prices, marks and funding rates of the running engine, worked by hand.
#include <initializer_list>
#include <utility>

#include "check.hpp"
#include "market/decaying_mean.hpp"
#include "market/premium_window.hpp"
#include "market/price_sources.hpp"
#include "venue/venue.hpp"

namespace delever {
namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t hour = 3'600 * second;

// One lot is 0.001 of a coin, a tick 0.1: 10,000 atoms a tick and lot.
InstrumentSpec coin_spec() {
  InstrumentSpec spec;
  spec.symbol = "BTC-USD";
  spec.atoms_per_tick_lot = 10'000;
  spec.price_ticks_max = 1'000'000;
  spec.order_lots_max = 100'000;
  spec.position_lots_max = 1'000'000;
  spec.leverage_default = 10;
  spec.tiers = {{Money{0}, 12'000, Money{0}, 50}};
  return spec;
}

/// A venue with one instrument and one account that quotes it.
class Desk {
 public:
  explicit Desk(const Rulebook& rules, const InstrumentSpec& spec = coin_spec())
      : venue({spec}, rules) {
    venue.set_trace(true);
    do_at(0, CommandKind::OpenAccount, {.amount_atoms = std::int64_t{1} << 58});
    do_at(0, CommandKind::OpenAccount, {.amount_atoms = std::int64_t{1} << 58});
  }

  void do_at(std::int64_t time_ns, CommandKind kind, Command command) {
    command.kind = static_cast<std::uint16_t>(kind);
    command.time_ns = time_ns;
    venue.apply(command);
    CHECK_EQUAL(static_cast<int>(venue.last_rejection()), 0);
  }
  void quote(std::int64_t time_ns, Side side, std::int64_t price, std::int64_t lots) {
    do_at(time_ns, CommandKind::PlaceOrder,
          {.side = static_cast<std::uint8_t>(side),
           .order_type = static_cast<std::uint8_t>(OrderType::Limit),
           .time_in_force = static_cast<std::uint8_t>(TimeInForce::Gtc),
           .account = 1,
           .price_ticks = price,
           .qty_lots = lots});
  }
  void index(std::int64_t time_ns, std::int64_t price) {
    do_at(time_ns, CommandKind::UpdateIndex, {.price_ticks = price});
  }
  void hear(std::int64_t time_ns, SourceBoard board, std::uint32_t source, std::int64_t price,
            std::int64_t weight = 1) {
    do_at(time_ns, CommandKind::UpdateSource,
          {.side = static_cast<std::uint8_t>(board),
           .account = source,
           .price_ticks = price,
           .qty_lots = weight});
  }
  void settle_own(std::int64_t time_ns) { do_at(time_ns, CommandKind::SettleOwnFunding, {}); }
  std::int64_t mark() const { return venue.mark(0).value; }
  std::int64_t own_rate() const { return venue.funding(0)[3]; }

  Venue venue;
};

std::int64_t index_of(const PriceRules& rules, std::initializer_list<PriceSource> heard,
                      std::int64_t now = 0) {
  PriceSources sources;
  std::size_t number = 0;
  for (const PriceSource& one : heard) sources.hear(number++, one);
  return sources.index(rules, TimeNs{now}).value_or(-1);
}

DELEVER_TEST(decay_is_the_exponential) {
  CHECK_EQUAL(decay_e60(0, 7), std::int64_t{1} << 60);
  CHECK_EQUAL(decay_e60(10, 10), std::int64_t{424'136'118'829'305'329});    // e^-1 x 2^60
  CHECK_EQUAL(decay_e60(100, 10), std::int64_t{52'342'555'330'809});        // e^-10 x 2^60
  CHECK(decay_e60(3, 150) - std::int64_t{1'130'092'129'242'459'577} <= 1);  // e^-0.02 x 2^60
  CHECK_EQUAL(decay_e60(640, 10), std::int64_t{0});
}

DELEVER_TEST(held_means_follow_numerator_and_denominator) {
  // 100 held for 3 s, then 130 for 3 s at a constant of 3 s: (100 x 3/e + 130 x 3) / (3/e + 3)
  DecayingMean mean;
  mean.push_held(Int128{100} * tick_e12, 3 * second, 3 * second);
  CHECK_EQUAL(mean.ticks(), 100);
  mean.push_held(Int128{130} * tick_e12, 3 * second, 3 * second);
  CHECK_EQUAL(mean.ticks(), 121);  // 100 + 30 / (1 + 1/e) = 121.93
}

DELEVER_TEST(a_sample_weighs_two_over_one_more_than_their_number) {
  DecayingMean mean;
  mean.push_sample(0, 30);
  mean.push_sample(Int128{310} * tick_e12, 30);
  CHECK_EQUAL(mean.ticks(), 20);  // 310 x 2 / 31
  mean.push_sample(0, 30);
  CHECK_EQUAL(mean.ticks(), 18);  // 20 x 29 / 31 = 18.7
}

// Binance: the median of three sources is 20,000; 21,400 counts as 20,600, 18,800 as 19,400.
DELEVER_TEST(an_outlier_is_capped_to_the_median) {
  PriceRules rules;
  rules.index_outlier = IndexOutlier::Cap;
  rules.index_outlier_ppm = 30'000;
  CHECK_EQUAL(index_of(rules, {{20'000, 1, {}}, {20'000, 1, {}}, {21'400, 2, {}}}), 20'300);
  CHECK_EQUAL(index_of(rules, {{20'000, 1, {}}, {20'000, 1, {}}, {18'800, 2, {}}}), 19'700);
}

DELEVER_TEST(an_outlier_is_dropped_and_two_leave_the_median) {
  PriceRules rules;
  rules.index_outlier = IndexOutlier::Drop;
  rules.index_outlier_ppm = 50'000;
  CHECK_EQUAL(index_of(rules, {{1'000, 1, {}}, {1'010, 3, {}}, {1'080, 9, {}}}), 1'007);
  CHECK_EQUAL(index_of(rules, {{900, 1, {}}, {1'000, 5, {}}, {1'080, 9, {}}}), 1'000);
  CHECK_EQUAL(index_of(rules, {{900, 1, {}}, {1'000, 5, {}}}), 950);  // both are out
}

DELEVER_TEST(stale_sources_do_not_count) {
  PriceRules rules;
  rules.index_stale = TimeNs{10};
  CHECK_EQUAL(index_of(rules, {{100, 1, TimeNs{0}}, {200, 1, TimeNs{5}}}, 10), 150);
  CHECK_EQUAL(index_of(rules, {{100, 1, TimeNs{0}}, {200, 1, TimeNs{5}}}, 11), 200);
  CHECK_EQUAL(index_of(rules, {{100, 1, TimeNs{0}}, {200, 0, TimeNs{5}}}, 11), -1);
}

DELEVER_TEST(indices_by_their_rule) {
  PriceRules rules;
  rules.index_rule = IndexRule::MeanOfMiddle;
  CHECK_EQUAL(index_of(rules, {{100, 9, {}}, {120, 1, {}}, {131, 1, {}}, {900, 1, {}}}), 125);
  rules.index_rule = IndexRule::EqualWeights;
  CHECK_EQUAL(index_of(rules, {{100, 9, {}}, {131, 1, {}}}), 115);
  rules.index_rule = IndexRule::WeightedMedian;  // Hyperliquid's weights
  CHECK_EQUAL(
      index_of(rules, {{104, 3, {}}, {101, 2, {}}, {102, 2, {}}, {99, 1, {}}, {150, 1, {}}}), 102);
}

// Bids 100 x 10 lots, 90 x 20 lots: 1,900 buys 10 at 100 and 10 at 90: 1,900 / 20 = 95 a lot.
DELEVER_TEST(impact_prices_average_the_levels_an_order_walks) {
  Rulebook rules;
  rules.prices.impact_atoms = 1'900;
  rules.prices.premium_of = PremiumOf::Impact;
  rules.prices.funding_formula = FundingFormula::PremiumAlone;
  rules.prices.premium_sample = TimeNs{second};
  InstrumentSpec spec = coin_spec();
  spec.atoms_per_tick_lot = 1;
  Desk desk(rules, spec);
  desk.quote(0, Side::Buy, 100, 10);
  desk.quote(0, Side::Buy, 90, 20);
  desk.index(0, 76);  // impact bid 95: (95 - 76) / 76 = 25 %; no asks count nothing
  CHECK_EQUAL(desk.own_rate(), 25'000'000);
  desk.settle_own(second);
  desk.index(second, 97);  // best bid 100 is above, the impact bid is not
  CHECK_EQUAL(desk.own_rate(), 0);
}

// dYdX, memclob_get_premium_price_test.go: ask 10,001 for 1 BTC, index 10,001.9: -89 ppm.
DELEVER_TEST(premiums_of_the_dydx_tests) {
  const std::pair<std::int64_t, std::int64_t> cases[] = {{100'019, -89}, {100'000, 0}};
  for (const auto& [index, ppm] : cases) {
    Rulebook rules;
    rules.prices.impact_atoms = 5'000LL * rate_e8_scale;
    rules.prices.funding_formula = FundingFormula::PremiumAndDefault;
    rules.prices.premium_average = PremiumAverage::Equal;
    rules.prices.premium_sample = TimeNs{60 * second};
    Desk desk(rules);
    desk.quote(0, Side::Sell, 100'010, 1'000);
    desk.quote(0, Side::Buy, 99'990, 1'000);
    desk.index(0, index);
    CHECK_EQUAL(desk.own_rate() / 100, ppm);
  }
}

// Hyperliquid's page: impact bid 10,100, oracle 10,000: premium 1 %, 0.95 % per 8 h, an eighth now.
DELEVER_TEST(the_rate_of_hyperliquids_example) {
  Rulebook rules;
  rules.funding_interval = TimeNs{hour};
  rules.prices.funding_formula = FundingFormula::PremiumAndInterestOver;
  rules.prices.premium_sample = TimeNs{5 * second};
  rules.prices.funding_interest_e8 = 10'000;
  rules.prices.funding_clamp_e8 = 50'000;
  Desk desk(rules);
  desk.quote(0, Side::Buy, 101'000, 1'000);
  desk.index(0, 100'000);
  CHECK_EQUAL(desk.own_rate(), 118'750);
}

// BitMEX: ONDOUSDT of 2025-01-14, P -0.184 %, I 0.01 %: -0.134 %. Between -0.04 % and 0.06 % of
// premium the rate is the interest (Binance).
DELEVER_TEST(the_clamp_pulls_towards_interest) {
  PriceRules rules;
  rules.funding_interest_e8 = 10'000;
  rules.funding_clamp_e8 = 50'000;
  const InstrumentSpec spec = coin_spec();
  const auto rate = [&](std::int64_t premium_e12) {
    return funding_rate_e8(rules, spec, premium_e12, TimeNs{8 * hour});
  };
  CHECK_EQUAL(rate(-1'840'000'000), -134'000);
  CHECK_EQUAL(rate(-400'000'000), 10'000);
  CHECK_EQUAL(rate(600'000'000), 10'000);
  CHECK_EQUAL(rate(700'000'000), 20'000);
  rules.funding_cap_of = FundingCap::InitialLessMaintenance;  // 75 % x (2 % - 1.2 %) = 0.6 %
  rules.funding_cap_ppm = 750'000;
  CHECK_EQUAL(rate(90'000'000'000), 600'000);
  rules.funding_cap_of = FundingCap::Maintenance;  // 75 % x 1.2 % = 0.9 %
  CHECK_EQUAL(rate(-90'000'000'000), -900'000);
}

// Deribit: nothing within 0.025 %, and beyond it what is beyond.
DELEVER_TEST(a_damped_premium_is_what_lies_beyond_the_band) {
  PriceRules rules;
  rules.premium_of = PremiumOf::Mark;
  rules.funding_formula = FundingFormula::DampedPremium;
  rules.funding_damper_e8 = 25'000;
  const auto sample = [&](std::int64_t mark) {
    PremiumInputs inputs;
    inputs.index = PriceTicks{100'000};
    inputs.mark = PriceTicks{mark};
    return premium_e12(rules, inputs);
  };
  CHECK_EQUAL(sample(100'025), 0);
  CHECK_EQUAL(sample(100'100), 750'000'000);
  CHECK_EQUAL(sample(99'900), -750'000'000);
}

DELEVER_TEST(weights_rise_with_every_sample) {
  PremiumWindow window;
  for (const std::int64_t one : {600, 300, -100}) window.push(one, PremiumAverage::Linear);
  CHECK_EQUAL(window.average_e12(PremiumAverage::Linear), 150);  // (600 + 600 - 300) / 6
  CHECK_EQUAL(window.average_e12(PremiumAverage::Previous), 0);
  window.close();
  CHECK_EQUAL(window.average_e12(PremiumAverage::Previous), 150);
  CHECK_EQUAL(window.average_e12(PremiumAverage::Linear), 0);
}

DELEVER_TEST(a_fair_price_carries_the_funding_still_due) {
  Rulebook rules;
  rules.prices.mark_method = MarkMethod::IndexWithFunding;
  Desk desk(rules);
  desk.index(0, 100'000);
  desk.do_at(0, CommandKind::SettleFunding, {.amount_atoms = 50'000});  // 0.05 %
  desk.index(2 * hour, 100'000);
  CHECK_EQUAL(desk.mark(), 100'037);  // x (1 + 0.0005 x 6 / 8)
  desk.index(8 * hour, 100'000);
  CHECK_EQUAL(desk.mark(), 100'000);
}

// BitMEX settles what the interval before has measured, and marks with what comes next.
DELEVER_TEST(a_rate_of_the_previous_interval_is_settled_one_later) {
  Rulebook rules;
  rules.prices.mark_method = MarkMethod::IndexWithFunding;
  rules.prices.premium_of = PremiumOf::TouchMid;
  rules.prices.premium_average = PremiumAverage::Previous;
  rules.prices.premium_sample = TimeNs{second};
  rules.prices.funding_formula = FundingFormula::PremiumAlone;
  Desk desk(rules);
  desk.quote(0, Side::Buy, 100'090, 10);
  desk.quote(0, Side::Sell, 100'110, 10);
  desk.index(0, 100'000);  // premium 0.1 %
  CHECK_EQUAL(desk.own_rate(), 0);
  desk.settle_own(hour);
  CHECK_EQUAL(desk.venue.funding(0)[0], 100'000);
  desk.index(hour, 100'000);
  CHECK_EQUAL(desk.mark(), 100'100);
  CHECK_EQUAL(desk.own_rate(), 100'000);
}

DELEVER_TEST(an_averaged_mark_stays_in_its_band) {
  Rulebook rules;
  rules.prices.mark_method = MarkMethod::EmaInBand;
  rules.prices.mark_basis = BookPrice::Impact;
  rules.prices.impact_bound_ppm = 1'000;
  rules.prices.impact_atoms = std::int64_t{1} << 60;  // deeper than the book: the bounds
  Desk desk(rules);
  desk.quote(0, Side::Buy, 100'000, 10);
  desk.quote(0, Side::Sell, 100'200, 10);
  desk.index(0, 100'000);  // fair bid 99,900, fair ask 100,300.2: fair price 100,100
  CHECK_EQUAL(desk.mark(), 100'100);
  desk.index(second, 90'000);  // basis 100 + (10,100 - 100) x 2 / 31 = 745
  CHECK_EQUAL(desk.mark(), 90'745);
  rules.prices.mark_band_ppm = 5'000;
  Desk banded(rules);
  banded.quote(0, Side::Buy, 100'000, 10);
  banded.quote(0, Side::Sell, 100'200, 10);
  banded.index(0, 90'000);
  CHECK_EQUAL(banded.mark(), 90'450);
}

DELEVER_TEST(an_oracle_mark_is_the_median_with_book_and_venues) {
  Rulebook rules;
  rules.sample_interval = TimeNs{3 * second};
  rules.prices.mark_method = MarkMethod::OracleBookVenues;
  Desk desk(rules);
  desk.index(0, 10'000);
  CHECK_EQUAL(desk.mark(), 10'000);  // nothing but the oracle
  desk.quote(0, Side::Buy, 10'020, 5);
  desk.quote(0, Side::Sell, 10'040, 5);
  desk.index(3 * second, 10'000);  // oracle with basis 10,030, book 10,030, its average 10,030
  CHECK_EQUAL(desk.mark(), 10'030);
  desk.index(4 * second, 10'100);  // no sample yet: 10,130; book 10,030; its average 10,030
  CHECK_EQUAL(desk.mark(), 10'030);
  desk.hear(4 * second, SourceBoard::Venue, 0, 10'090, 3);
  desk.hear(4 * second, SourceBoard::Venue, 1, 10'200, 2);
  CHECK_EQUAL(desk.mark(), 10'090);  // of 10,130, 10,030 and 10,090
}

DELEVER_TEST(a_mark_stands_until_its_next_update) {
  Rulebook rules;
  rules.prices.mark_method = MarkMethod::Oracle;
  rules.prices.mark_update = TimeNs{3 * second};
  Desk desk(rules);
  desk.index(0, 100);
  desk.index(2 * second, 200);
  CHECK_EQUAL(desk.mark(), 100);
  CHECK_EQUAL(desk.venue.index(0).value, 200);
  desk.do_at(3 * second, CommandKind::SampleMark, {.instrument = every_instrument});
  CHECK_EQUAL(desk.mark(), 200);
}

DELEVER_TEST(sources_make_the_index_and_a_given_one_overrides_it) {
  Desk desk(Rulebook{});
  desk.hear(0, SourceBoard::Index, 0, 100, 1);
  desk.hear(0, SourceBoard::Index, 1, 130, 2);
  CHECK_EQUAL(desk.venue.index(0).value, 120);
  desk.index(second, 150);
  CHECK_EQUAL(desk.venue.index(0).value, 150);
  desk.hear(2 * second, SourceBoard::Index, 0, 0, 0);  // gone
  CHECK_EQUAL(desk.venue.index(0).value, 130);
}

// Binance since May 2025 and January 2026: to 1 h at the cap, to 4 h after calm settlements.
DELEVER_TEST(the_interval_follows_the_rate) {
  Rulebook rules;
  rules.prices.premium_of = PremiumOf::TouchMid;
  rules.prices.premium_sample = TimeNs{second};
  rules.prices.funding_formula = FundingFormula::PremiumAndInterestOver;
  rules.prices.funding_cap_of = FundingCap::Share;
  rules.prices.funding_cap_ppm = 3'000;
  rules.prices.funding_interval_at_cap = TimeNs{hour};
  rules.prices.funding_interval_calm = TimeNs{4 * hour};
  rules.prices.calm_settlements = 2;
  rules.prices.calm_rate_e8 = 25'000;
  Desk desk(rules);
  desk.quote(0, Side::Buy, 101'000, 10);
  desk.quote(0, Side::Sell, 101'020, 10);
  desk.index(0, 100'000);
  desk.settle_own(8 * hour);
  CHECK_EQUAL(desk.venue.funding(0)[0], 300'000);
  CHECK_EQUAL(desk.venue.funding(0)[2], hour);
  CHECK_EQUAL(desk.venue.funding(0)[1], 9 * hour);
  desk.settle_own(9 * hour);  // no sample, no premium: calm
  CHECK_EQUAL(desk.venue.funding(0)[2], hour);
  desk.settle_own(10 * hour);
  CHECK_EQUAL(desk.venue.funding(0)[2], 4 * hour);
}

DELEVER_TEST(funding_is_paid_on_the_index_where_the_rules_say_so) {
  for (const PaidOn on : {PaidOn::Mark, PaidOn::Index}) {
    Rulebook rules;
    rules.prices.funding_paid_on = on;
    Desk desk(rules);
    desk.index(0, 100'000);
    desk.do_at(
        0, CommandKind::SeedPosition,
        {.side = 1, .account = 1, .other_account = 2, .price_ticks = 100'000, .qty_lots = 1});
    desk.do_at(0, CommandKind::SetMark, {.price_ticks = 104'000});
    desk.venue.clear_trace();
    desk.do_at(0, CommandKind::SettleFunding, {.amount_atoms = 1'000'000});  // 1 %
    const std::int64_t price = on == PaidOn::Mark ? 104'000 : 100'000;
    const Event& paid = desk.venue.trace().front();
    CHECK_EQUAL(paid[Word::PriceTicks], price);
    CHECK_EQUAL(paid[Word::AmountAtoms], -price * 10'000 / 100);
  }
}

DELEVER_TEST(unsound_price_rules_are_refused) {
  Rulebook rules;
  rules.prices.funding_cap_ppm = -1;
  CHECK_THROWS(Venue({coin_spec()}, rules), std::invalid_argument);
  rules = {};
  rules.prices.mark_method = MarkMethod::EmaInBand;
  InstrumentSpec wide = coin_spec();
  wide.atoms_per_tick_lot = 1;
  wide.position_lots_max = 10;
  wide.order_lots_max = 10;
  wide.price_ticks_max = price_ticks_span;
  CHECK_THROWS(Venue({wide}, rules), std::invalid_argument);
  CHECK_EQUAL(Venue({wide}, Rulebook{}).instrument_count(), std::size_t{1});
}

}  // namespace
}  // namespace delever
