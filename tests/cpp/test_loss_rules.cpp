// Shared losses, deleveraging queues, funding rates and indices: conservation, order, edges.
#include <algorithm>
#include <numeric>
#include <stdexcept>

#include "check.hpp"
#include "decimals.hpp"
#include "market/funding_rate.hpp"
#include "market/index_price.hpp"
#include "risk/deleveraging_queue.hpp"
#include "risk/loss_sharing.hpp"

namespace delever {
inline namespace v1 {
namespace {

using testing::decimal;
using testing::near;
using testing::Random;

DELEVER_TEST(socialised_losses_hand_out_what_was_collected) {
  Random random(41);
  for (int trial = 0; trial < 2'000; ++trial) {
    std::vector<Int128> wins;
    for (std::int64_t one = random.between(1, 9); one > 0; --one)
      wins.push_back(random.between(0, 1'000'000));
    const Int128 expected = std::accumulate(wins.begin(), wins.end(), Int128{0});
    const Int128 collected = random.below(static_cast<std::int64_t>(expected) + 1);
    const auto last =
        static_cast<std::size_t>(random.below(static_cast<std::int64_t>(wins.size())));
    const std::vector<Int128> paid = socialise(wins, collected, last);
    CHECK(std::accumulate(paid.begin(), paid.end(), Int128{0}) == collected);
    for (std::size_t at = 0; at < wins.size(); ++at)
      CHECK(paid[at] >= 0 && (at == last || paid[at] <= wins[at]));
  }
  CHECK_THROWS(socialise({}, 0, 0), std::domain_error);
  CHECK(socialise({5}, 9, 0) == std::vector<Int128>{5});
}

DELEVER_TEST(bankruptcy_funding_raises_the_loss) {
  CHECK(!bankruptcy_funding_delta(-1, 0, 0));
  CHECK(bankruptcy_funding_delta(-100'000'000, 7'000'000'000, -4'000'000'000) ==
        Int128{9'090'910'000});
  const Int128 delta = *bankruptcy_funding_delta(-100'000'000, 7'000'000'000, -4'000'000'000);
  CHECK(bankruptcy_funding_payment(7'000'000'000, delta) +
            bankruptcy_funding_payment(-4'000'000'000, delta) >=
        100'000'000);
}

DELEVER_TEST(water_fills_to_the_caps_and_no_further) {
  Random random(42);
  for (int trial = 0; trial < 1'000; ++trial) {
    std::vector<Fixed> shares, caps;
    Fixed held = 0;
    for (std::int64_t one = random.between(1, 8); one > 0; --one) {
      shares.push_back(Fixed(static_cast<int>(random.between(0, 9))));
      caps.push_back(Fixed(static_cast<int>(random.between(0, 100))));
      if (shares.back() > 0) held += caps.back();
    }
    const Fixed deficit = Fixed(static_cast<int>(random.between(0, 400)));
    const std::vector<Fixed> taken = fill_water(deficit, shares, caps);
    Fixed sum = 0;
    for (std::size_t at = 0; at < taken.size(); ++at) {
      CHECK(taken[at] >= 0 && taken[at] <= caps[at] + decimal("0.000000000000000001"));
      sum += taken[at];
    }
    CHECK(near(sum, std::min(deficit, held), "0.00000000000001"));
  }
  CHECK(fill_water(10, {decimal("0.5"), decimal("0.5")}, {2, 100})[1] == 8);
  CHECK_THROWS(fill_water(1, {1}, {}), std::domain_error);
}

DELEVER_TEST(risk_aware_shares_sum_to_one) {
  const std::vector<Fixed> equity = {decimal("0.2"), decimal("0.5"), decimal("0.3")};
  const std::vector<Fixed> leverage = {1, 3, decimal("0.5")};
  for (const RiskWeight weight :
       {RiskWeight::One, RiskWeight::Linear, RiskWeight::Square, RiskWeight::Shortfall}) {
    const std::vector<Fixed> shares = risk_aware_shares(equity, leverage, weight, 1);
    CHECK(near(shares[0] + shares[1] + shares[2], 1, "0.00000000000000001"));
  }
  CHECK(risk_aware_shares(equity, leverage, RiskWeight::One, 0)[1] == decimal("0.5"));
  CHECK_THROWS(risk_aware_shares(equity, leverage, RiskWeight::Shortfall, 9), std::domain_error);
  CHECK(pro_rata_haircut(3, 2) == 1 && pro_rata_haircut(0, 0) == 0);
}

DELEVER_TEST(queues_are_used_up_from_the_front) {
  const std::vector<QueuedPosition> rows = {{1, 10, 3}, {2, 10, 6}, {3, 20, 3}, {4, 30, -1}};
  const std::vector<QueueFill> fills = deleverage_queue(rows, 25);
  CHECK_EQUAL(fills.size(), std::size_t{3});
  CHECK(fills[0].account == 2 && fills[1].account == 1 && fills[2].account == 3);
  CHECK(fills[2].qty == 5 && fills[2].left == 15);
  CHECK(deleverage_queue(rows, 0).empty());
  CHECK(deleverage_queue(rows, 1'000).size() == 4);
  CHECK_THROWS(deleverage_queue(rows, -1), std::domain_error);
  const std::vector<std::int64_t> buckets = queue_buckets(rows, 5);
  CHECK(buckets == (std::vector<std::int64_t>{2, 1, 3, 5}));
  CHECK_THROWS(queue_buckets(rows, 0), std::domain_error);
}

DELEVER_TEST(random_starts_rotate) {
  std::vector<bool> starts(5, false);
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const std::vector<std::size_t> order = random_start_order(5, seed);
    starts[order[0]] = true;
    for (std::size_t at = 1; at < 5; ++at) CHECK(order[at] == (order[0] + at) % 5);
  }
  CHECK(std::count(starts.begin(), starts.end(), true) == 5);
  CHECK(random_start_order(0, 1).empty());
}

DELEVER_TEST(scores_disagree_as_documented) {
  // Long A 20x at +1%, long B 10x at +12%: the documents take A first, the node B.
  const Fixed a_documents = mark_over_entry_score(decimal("1.01"), 1, 20, 1);
  const Fixed b_documents = mark_over_entry_score(decimal("1.12"), 1, 10, 1);
  CHECK(a_documents > b_documents);
  const Fixed a_node = profit_leverage_score(20, 1, decimal("0.2"), 20);
  const Fixed b_node = profit_leverage_score(10, 1, decimal("1.2"), 10);
  CHECK(a_node < b_node);
  CHECK(profit_leverage_score(0, 1, -5, 10) == decimal("0.0000000000000001"));
  CHECK(leverage_profit(-5, 10, 1).score == 0);
  CHECK(margin_ratio(1, 1, -1) == 0);
  CHECK(effective_leverage_score(90, 100, 80) < 0);
}

DELEVER_TEST(funding_rates_and_regimes) {
  const FundingRegime binance{decimal("0.0001"), decimal("0.0005"), 1, decimal("0.003")};
  CHECK(funding_rate(decimal("0.0006"), binance) == decimal("0.0001"));
  CHECK(funding_rate(decimal("-0.0004"), binance) == decimal("0.0001"));
  CHECK(funding_rate(decimal("0.05"), binance) == decimal("0.003"));
  CHECK(funding_rate(decimal("-0.05"), binance) == decimal("-0.003"));
  constexpr std::int64_t hour_ns = 3'600'000'000'000;
  CHECK(hyperliquid_regime(TimeNs{468'384 * hour_ns}).divisor == 1);
  CHECK(hyperliquid_regime(TimeNs{468'385 * hour_ns}).divisor == 8);
  CHECK(hyperliquid_regime(TimeNs{468'597 * hour_ns}).clamp == 0);
  CHECK(hyperliquid_regime(TimeNs{469'275 * hour_ns}).clamp == decimal("0.0005"));
  CHECK(damped_premium(decimal("-0.001"), decimal("0.00025"), std::nullopt) == decimal("-0.00075"));
  CHECK(damped_premium(decimal("0.2"), decimal("0.00025"), decimal("0.05")) == decimal("0.05"));
  CHECK(average_price_funding(33'000, 3'300) == Fixed(100) / Fixed(24));
  CHECK_EQUAL(next_interval_hours(8, decimal("0.02"), decimal("0.02"), 0), std::int64_t{1});
  CHECK_EQUAL(next_interval_hours(1, 0, decimal("0.02"), 15), std::int64_t{1});
  CHECK_EQUAL(next_interval_hours(1, 0, decimal("0.02"), 16), std::int64_t{4});
  CHECK_EQUAL(next_interval_hours(8, 0, decimal("0.02"), 99), std::int64_t{8});
}

DELEVER_TEST(premiums_count_only_what_is_out) {
  CHECK(impact_premium(100, Fixed(101), Fixed(102)) == decimal("0.01"));
  CHECK(impact_premium(100, Fixed(98), Fixed(99)) == decimal("-0.01"));
  CHECK(impact_premium(100, Fixed(99), Fixed(101)) == 0);
  CHECK(impact_premium(100, std::nullopt, std::nullopt) == 0);
  CHECK_THROWS(impact_premium(0, Fixed(1), std::nullopt), std::domain_error);
  CHECK(weighted_premium({1, 4}) == 3);
  CHECK_THROWS(weighted_premium({}), std::domain_error);
  CHECK(mid_premium(100, 101, 103) == decimal("0.02"));
}

DELEVER_TEST(indices_guard_against_outliers_and_stale_sources) {
  const std::vector<IndexSource> sources = {{100, 1, 0}, {101, 1, 0}, {150, 1, 0}, {1, 9, 60}};
  const IndexTerms cap{decimal("0.05"), 10, OutlierRule::Cap};
  const IndexTerms drop{decimal("0.05"), 10, OutlierRule::Drop};
  CHECK(index_price(sources, drop) == decimal("100.5"));
  CHECK(index_price(sources, cap) == (Fixed(201) + Fixed(101) * decimal("1.05")) / 3);
  CHECK(index_price({{100, 1, 0}, {50, 1, 0}, {150, 1, 0}}, drop) == 100);
  CHECK_THROWS(index_price({{1, 1, 11}}, cap), std::domain_error);
  CHECK(median({4, 1}) == decimal("2.5"));
  CHECK_THROWS(median({}), std::domain_error);
  CHECK(weighted_median({{3, 1}, {1, 1}, {2, 5}}) == 2);
  CHECK_THROWS(weighted_median({{1, 0}}), std::domain_error);
  CHECK(capped_to_median(18'800, 20'000, decimal("0.03")) == 19'400);
}

DELEVER_TEST(averages_forget_and_books_run_dry) {
  DecayingAverage average;
  CHECK(average.mean() == 0);
  average.push(5, 3, 150);
  CHECK(average.mean() == 5);
  average.push(1, 3, 150);
  CHECK(average.mean() < 3 && average.mean() > decimal("2.9"));
  average.push(7, 1'000'000, 150);
  CHECK(near(average.mean(), 7, "0.000000001"));
  CHECK(impact_price({{100, 1}, {110, 10}}, 210) == 105);
  CHECK(impact_price({{100, 1}}, 101) == 0);
  CHECK(impact_price({{100, 1}}, 0) == 100);
  CHECK(funding_basis_price(50'000, decimal("0.0001"), 0, 8) == 50'000);
}

}  // namespace
}  // namespace v1
}  // namespace delever
