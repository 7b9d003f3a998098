// Rules in quantums and shortages: identities over random accounts, refusals, limits.
#include <limits>
#include <stdexcept>

#include "check.hpp"
#include "risk/collateral_exchange.hpp"
#include "risk/quantum_liquidation.hpp"
#include "risk/shortage_liquidation.hpp"

namespace delever {
inline namespace v1 {
namespace {

using testing::Random;

PerpetualTerms market(std::int64_t id = 0) {
  PerpetualTerms terms;
  terms.id = id;
  terms.oracle = {-8, 5'000'000'000, -5};
  terms.initial_ppm = 200'000;
  terms.maintenance_fraction_ppm = 500'000;
  return terms;
}

Subaccount random_account(Random& random) {
  const std::int64_t quantums = random.between(1, 100'000'000) * (random.below(2) == 0 ? 1 : -1);
  const Int128 notional = to_quote_quantums(market().oracle, quantums);
  const Int128 equity = random.between(-1'000'000, 6'000'000'000);
  return {equity - notional, {{0, quantums}}};
}

DELEVER_TEST(parts_closed_at_bankruptcy_use_the_collateral_up) {
  Random random(31);
  const std::vector<PerpetualTerms> terms = {market()};
  for (int trial = 0; trial < 2'000; ++trial) {
    Subaccount account = random_account(random);
    const Int128 collateral = subaccount_risk(account, terms).collateral;
    Int128 size = account.quantums_of(0);
    const Int128 part = size / random.between(1, 4);
    if (part == 0) continue;
    const QuantumResult<Int128> whole = bankruptcy_quantums(account, terms, 0, -size);
    CHECK(whole.refusal == QuantumRefusal::None);
    CHECK(whole.value == -account.quote_balance);  // closing all of the only position empties it
    const QuantumResult<Int128> first = bankruptcy_quantums(account, terms, 0, -part);
    account.add(0, -part, first.value);
    size = account.quantums_of(0);
    if (size == 0) continue;
    const Int128 left = subaccount_risk(account, terms).collateral;
    CHECK((left < 0) == (collateral < 0) || left == 0 || collateral == 0);
  }
}

DELEVER_TEST(deltas_have_to_close) {
  const std::vector<PerpetualTerms> terms = {market()};
  const Subaccount account{-4'501'000'000, {{0, 10'000'000}}};
  for (const std::int64_t delta : {0, 1, -10'000'001}) {
    CHECK(bankruptcy_quantums(account, terms, 0, delta).refusal ==
          QuantumRefusal::InvalidPositionSizeDelta);
    CHECK(fillable_price(account, terms, 0, delta, {}).refusal ==
          QuantumRefusal::InvalidPositionSizeDelta);
  }
  CHECK(bankruptcy_quantums(account, terms, 1, -1).refusal ==
        QuantumRefusal::InvalidPositionSizeDelta);
  PerpetualTerms free = market();
  free.initial_ppm = 0;
  CHECK(bankruptcy_quantums(account, {free}, 0, -1).refusal == QuantumRefusal::ZeroMaintenance);
  CHECK_THROWS(subaccount_risk(account, {market(7)}), std::domain_error);
}

DELEVER_TEST(a_fillable_price_lies_between_oracle_and_full_spread) {
  Random random(32);
  const std::vector<PerpetualTerms> terms = {market()};
  for (int trial = 0; trial < 1'000; ++trial) {
    const Subaccount account = random_account(random);
    const Int128 size = account.quantums_of(0);
    const QuantumResult<Ratio> price = fillable_price(account, terms, 0, -size, {});
    CHECK(price.refusal == QuantumRefusal::None);
    const SubaccountRisk one = position_risk(market(), size);
    const Ratio oracle = Ratio::of(one.collateral, size);
    const Ratio worst = Ratio::of(10 * one.collateral - one.maintenance, 10 * size);
    CHECK(size > 0 ? !(price.value < worst) && !(oracle < price.value)
                   : !(worst < price.value) && !(price.value < oracle));
  }
}

DELEVER_TEST(subticks_stay_in_64_bits) {
  CHECK(fillable_subticks(Ratio(0), true, 100, 1) == 100);
  const Int128 most = std::numeric_limits<std::uint64_t>::max();
  CHECK(fillable_subticks(power_of_ten(30), false, 100, 1) == most / 100 * 100);
  CHECK(fillable_subticks(Ratio::of(-1, 3), true, 5, 0) == 5);
  CHECK_THROWS(fillable_subticks(Ratio(1), true, 0, 0), std::domain_error);
}

DELEVER_TEST(deleveraging_conserves_or_changes_nothing) {
  Random random(33);
  const std::vector<PerpetualTerms> terms = {market()};
  int moved = 0;
  for (int trial = 0; trial < 4'000; ++trial) {
    const SubaccountPair pair{random_account(random), random_account(random)};
    const Int128 size = pair.liquidated.quantums_of(0);
    const Int128 delta = -size / random.between(1, 3);
    const auto price = trial % 2 == 0 ? DeleveragingPrice::Bankruptcy : DeleveragingPrice::Oracle;
    const QuantumResult<SubaccountPair> after = deleverage(pair, terms, 0, delta, price);
    if (after.refusal != QuantumRefusal::None) continue;
    ++moved;
    CHECK(after.value.liquidated.quote_balance + after.value.offsetting.quote_balance ==
          pair.liquidated.quote_balance + pair.offsetting.quote_balance);
    CHECK(after.value.liquidated.quantums_of(0) == size + delta);
    CHECK(after.value.offsetting.quantums_of(0) == pair.offsetting.quantums_of(0) - delta);
  }
  CHECK(moved > 200);
}

DELEVER_TEST(no_position_may_become_riskier) {
  CHECK(is_valid_transition({-1, 0, 10}, {0, 0, 0}));
  CHECK(!is_valid_transition({5, 20, 10}, {4, 20, 10}));
  CHECK(is_valid_transition({5, 20, 10}, {5, 20, 10}));
  CHECK(!is_valid_transition({5, 20, 10}, {6, 20, 11}));
  CHECK(!is_valid_transition({5, 20, 10}, {-1, 0, 0}));
  CHECK(is_valid_transition({-5, 0, 0}, {-4, 0, 0}));
}

DELEVER_TEST(initial_rates_between_the_caps) {
  CHECK(scaled_initial_ppm(200'000, 0, 0, 99) == 200'000);
  CHECK(scaled_initial_ppm(200'000, 10, 20, 10) == 200'000);
  CHECK(scaled_initial_ppm(200'000, 10, 20, 15) == 600'000);
  CHECK(scaled_initial_ppm(200'000, 10, 20, 20) == 1'000'000);
  CHECK(initial_margin_quantums(1, 100'000) == 1);
  CHECK(initial_margin_quantums(0, 100'000) == 0);
}

DELEVER_TEST(premiums_of_thin_and_crossed_books) {
  PremiumTerms terms;
  terms.index = {-10, 1'000'190'000, -5};
  terms.quantum_conversion_exponent = -8;
  terms.impact_notional = 5'000'000'000;
  terms.premium_max_ppm = 1'000'000;
  const SubtickOrder ask{false, 10'000'000'000, 100'010'000};
  CHECK(premium_ppm({ask}, terms) == Int128{-89});
  CHECK(premium_ppm({}, terms) == Int128{0});
  CHECK(premium_ppm({{false, 1'000, 100'010'000}}, terms) == Int128{0});
  CHECK_THROWS(premium_ppm({ask, {true, 1, 100'010'000}}, terms), std::domain_error);
  terms.premium_max_ppm = 10;
  CHECK(premium_ppm({ask}, terms) == Int128{-10});
  terms.impact_notional = 0;
  CHECK(premium_ppm({{false, 1, 100'010'000}}, terms) == Int128{-10});
  terms.index.price = 0;
  CHECK(!premium_ppm({ask}, terms));
}

DELEVER_TEST(funding_rounds_towards_zero) {
  const OraclePrice oracle{-12, 1'000, 0};
  CHECK(funding_index_delta(oracle, 1'001'999, 28'800) == 1'001);
  CHECK(funding_index_delta(oracle, -1'001'999, 28'800) == -1'001);
  CHECK(funding_index_delta(oracle, 1'001'999, 0) == 0);
  CHECK(funding_clamp_ppm(6'000'000, 450'000, 1'000'000) == 0);
  CHECK_THROWS(funding_clamp_ppm(1, 450'000, 1'000'001 * 2), std::domain_error);
  CHECK_THROWS(to_quote_quantums({0, power_of_ten(37), 38}, power_of_ten(30)), std::overflow_error);
}

ShortageTerms drift_terms() { return {700, 10'000, 10'000, 100'000'000, 1'000'000}; }

DELEVER_TEST(a_shortage_is_cured_and_money_conserved) {
  Random random(34);
  int partial = 0;
  for (int trial = 0; trial < 3'000; ++trial) {
    ShortageTerms terms = drift_terms();
    const PerpPosition user{random.between(1, 100) * 1'000'000'000 * (trial % 2 == 0 ? 1 : -1), 0};
    const Int128 value = (user.base < 0 ? -user.base : user.base) / 10;  // at a price of 100
    const PerpPosition held{user.base, user.base > 0 ? -value : value};
    const Int128 deposit = random.between(0, 8'000) * value / 100'000;
    const PerpTransfer moved = liquidate_shortage(held, deposit, terms);
    CHECK(moved.user.base + moved.liquidator.base == held.base);
    CHECK(moved.user.quote + moved.liquidator.quote + moved.insurance_paid == held.quote);
    const Int128 left = moved.user.base / 10;
    const Int128 size = left < 0 ? -left : left;
    const Int128 equity = deposit + moved.user.quote + left;
    if (size != 0 && moved.liquidator.base != 0) ++partial;
    CHECK(size == 0 || equity >= size * 7 / 100 - 2);
  }
  CHECK(partial > 100);
}

DELEVER_TEST(shortages_at_their_edges) {
  ShortageTerms terms = drift_terms();
  terms.oracle_price = 0;
  CHECK(base_to_cover_shortage(1, terms) == every_base_unit);
  CHECK(insurance_fee_rate(1, 1, terms) == 0);
  terms = drift_terms();
  terms.liquidator_fee = 70'000;
  CHECK(base_to_cover_shortage(1, terms) == every_base_unit);
  terms.liquidator_fee = 60'000;
  CHECK_THROWS(base_to_cover_shortage(1, terms), std::domain_error);
  CHECK(insurance_fee_rate(0, 0, drift_terms()) == 0);
  CHECK(liquidator_fee_rate(20'000, 50'000, 0, 1'499) == 20'000);
  CHECK(liquidator_fee_rate(20'000, 50'000, 0, 1'500) == 21'500);
  CHECK_THROWS(liquidator_fee_rate(1, 2, 10, 9), std::domain_error);
  CHECK_THROWS(transfer_perp({5, 0}, 6, drift_terms()), std::domain_error);
}

DELEVER_TEST(collateral_for_debt_and_back) {
  Random random(35);
  for (int trial = 0; trial < 2'000; ++trial) {
    const ExchangeSide asset{random.between(1, 1'000'000'000), random.between(0, 9), 1'010'000,
                             8'000};
    const ExchangeSide liability{random.between(1, 1'000'000'000), random.between(0, 9), 990'000,
                                 12'000};
    const Int128 debt = random.between(1, 1'000'000'000'000);
    const Int128 taken = asset_for_debt(asset, liability, 0, debt);
    // What the asset taken pays for is the debt, but for the rounding down of the asset.
    CHECK(debt_for_asset(asset, liability, taken) <= debt || taken == 0);
    CHECK(debt_for_asset(asset, liability, taken + 1) >= debt || taken == 0);
    const std::optional<Int128> cure = debt_to_cover_shortage(asset, liability, 1'000'000, 0);
    CHECK(cure && *cure >= 0);
  }
  const ExchangeSide coin{100'000'000, 9, 1'000'000, 10'000};
  CHECK(!debt_to_cover_shortage(coin, coin, 1, 0));
  CHECK(asset_for_debt(coin, coin, 1'005'000'000, 1'000'000'000) == 1'005'000'000);  // dust
  CHECK(debt_insurance_fee(coin, {0, 9, 1'000'000, 12'000}, 1, 1, 9) == 0);
  CHECK_THROWS(debt_for_asset(coin, {0, 9, 1'000'000, 12'000}, 1), std::domain_error);
  CHECK_THROWS(asset_for_debt({1, 9, 1, 1}, coin, 0, power_of_ten(38)), std::overflow_error);
}

}  // namespace
}  // namespace v1
}  // namespace delever
