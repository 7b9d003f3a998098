#include <cmath>
#include <stdexcept>

#include "check.hpp"
#include "sim/plain_figures.hpp"
#include "sim/window_rules.hpp"

namespace delever::testing {
namespace {

constexpr std::int64_t start_ns = 1'770'000'000 * second_ns;

/// Ten hours of minutes: the price falls by a dollar a minute, longs lose $60 and shorts $20.
class Fall : public ReplaySource {
 public:
  Fall() {
    for (int minute = 1; minute <= 600; ++minute) times_.push_back(start_ns + minute * minute_ns);
    path_ = {{start_ns - hour_ns, hour_ns, 1100, 1100, 1000, 1000}};
  }
  const Times& time_ns() const override { return times_; }
  Values column(const std::string& name, const std::string&) const override {
    Values values;
    for (std::size_t at = 0; at < times_.size(); ++at) {
      const double price = 1000.0 - static_cast<double>(at);
      values.push_back(name.starts_with("perp")       ? 0.99 * price
                       : name == "open_interest_lots" ? 10.0
                       : name == "liquidated_count"   ? 2.0
                                                      : price);
    }
    return values;
  }
  Values liquidated(const std::string&, const std::string& side) const override {
    return Values(times_.size(), side == "long" ? 60 : side == "short" ? 20 : 80);
  }
  std::span<const PublishedBar> path(const std::string&) const override { return path_; }
  double open_interest(const std::string&) const override { return 5e9; }
  std::string venue() const override { return "bitmex"; }

 private:
  Times times_;
  std::vector<PublishedBar> path_;
};

std::int64_t at_hour(double hours) {
  return start_ns + static_cast<std::int64_t>(hours * static_cast<double>(hour_ns));
}

bool near(double found, double expected) {
  return std::fabs(found - expected) <= 1e-9 * std::fabs(expected) + 1e-12;
}

double measured(WindowRule rule, const std::string& kind) {
  rule.kind = kind;
  rule.coin = "BTC";
  return measure(rule, Fall()).value();
}

DELEVER_TEST(sim_sums_count_what_the_hours_before_an_end_saw) {
  WindowRule rule;
  rule.hours = 2;
  rule.side = "total";
  rule.ends = {at_hour(5), at_hour(6)};
  CHECK(near(measured(rule, "liquidations"), 120 * 80));
  CHECK(near(measured(rule, "accounts"), 240));
  CHECK(near(measured(rule, "long_share"), 0.75));
  rule.venue = "bitmex";
  CHECK(near(measured(rule, "venue_liquidations"), 120 * 80));
  rule.kind = "venue_liquidations";
  rule.venue = "okx";
  CHECK(!measure(rule, Fall()).has_value());
  const Times ends = window_ends(rule.ends);
  CHECK_EQUAL(ends.size(), std::size_t{61});
  const Times half{start_ns + minute_ns / 2};
  CHECK(near(trailing_sum(Fall().time_ns(), Fall().liquidated("all", "long"), 1, half)[0], 30));
}

DELEVER_TEST(sim_prices_are_simulated_inside_and_published_outside) {
  const Times at{start_ns - hour_ns / 2, start_ns - 9 * hour_ns, start_ns + minute_ns};
  const Values spot = spot_at(Fall(), "BTC", at);
  CHECK(near(spot[0], 1050));
  CHECK(near(spot[1], 1100));  // before the first bar: its open
  CHECK(near(spot[2], 1000));
  WindowRule rule;
  rule.hours = 1;
  rule.ends = {at_hour(2), at_hour(2)};
  CHECK(near(measured(rule, "return"), 100 * (881.0 / 941 - 1)));
  rule.span = {at_hour(1), at_hour(2)};
  CHECK(near(measured(rule, "low"), 881));
  CHECK(near(measured(rule, "high"), 940));
  CHECK(near(measured(rule, "basis_low"), -1));
  CHECK(near(measured(rule, "premium_sign"), -1));
  CHECK(std::isnan(extreme_within(Fall(), "spot_low", "BTC", {at_hour(90), at_hour(91)}, true)));
}

DELEVER_TEST(sim_other_rules_and_what_nobody_measures) {
  WindowRule rule;
  rule.low = {at_hour(1), at_hour(2)};
  rule.high = {at_hour(0), at_hour(1)};
  rule.has_high = true;
  rule.by = at_hour(3);
  CHECK(near(measured(rule, "leg"), 100 * (881.0 / 1000 - 1)));
  CHECK(near(measured(rule, "rebound_share"), 100 * (880.0 - 881) / (1000 - 881)));
  rule.after = at_hour(1);
  rule.level = 930;
  CHECK(near(measured(rule, "hours_to"), 1.0 / 60));
  rule.level = 1e9;
  CHECK(near(measured(rule, "hours_to"), 9));
  rule.base = at_hour(1);
  rule.at = at_hour(2);
  CHECK_EQUAL(measured(rule, "oi_change"), 0.0);
  rule.unit = "usd";
  CHECK(near(measured(rule, "open_interest"), 5e9 * 881 / 941));
  CHECK_EQUAL(measured_kinds().size(), std::size_t{18});
  rule.kind = "mood";
  CHECK(!measure(rule, Fall()).has_value());
  CHECK_THROWS(relative_strength(Values{1, 2}, 2), std::invalid_argument);
  CHECK_EQUAL(relative_strength(Values{1, 2, 3}, 2), 100.0);
  CHECK(near(relative_strength(Values{2, 1, 2, 3}, 2), 75));
}

DELEVER_TEST(sim_figures_are_written_as_people_do) {
  CHECK(dollars(431e6) == "$431M");
  CHECK(dollars(2.514e9) == "$2.51B");
  CHECK(dollars(999'700'000) == "$1.00B");
  CHECK(dollars(-63'280) == "−$63,280");
  CHECK(dollars(12.5) == "$12.50");
  CHECK(dollars(0) == "$0");
  CHECK(day_and_clock(1'770'326'100 * second_ns) == "5 Feb 21:15");
  CHECK(day_and_clock(-1) == "31 Dec 23:59");
  CHECK(sparkline(Values{0, 4, 8, -1}) == " ▄█ ");
}

}  // namespace
}  // namespace delever::testing
