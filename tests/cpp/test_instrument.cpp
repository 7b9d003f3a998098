// InstrumentSpec::validate: sound specifications pass, each single fault is named.
#include <algorithm>
#include <functional>
#include <string>

#include "check.hpp"
#include "market/instrument.hpp"

namespace delever {
namespace {

using testing::Random;

InstrumentSpec sound() {
  InstrumentSpec spec;
  spec.symbol = "BTCUSDT";
  spec.atoms_per_tick_lot = 10'000;  // tick 0.1 USDT, lot 0.001 BTC
  spec.price_ticks_max = 10'000'000;
  spec.order_lots_max = 1'000'000;
  spec.position_lots_max = 10'000'000;
  spec.maker_fee_ppm = -50;
  spec.taker_fee_ppm = 500;
  spec.liquidation_fee_ppm = 12'500;
  spec.tiers = {{Money{0}, 4'000, Money{0}, 125},
                {Money{5'000'000'000'000}, 5'000, Money{5'000'000'000}, 100},
                {Money{25'000'000'000'000}, 10'000, Money{130'000'000'000}, 50}};
  return spec;
}

/// The complaint about a sound specification with one change; it must name `field`.
void check_fault(const char* field, const std::function<void(InstrumentSpec&)>& change) {
  InstrumentSpec spec = sound();
  change(spec);
  const std::string complaint = spec.validate();
  if (complaint.find(field) == std::string::npos) {
    testing::fail(__FILE__, __LINE__, std::string(field) + " not named in '" + complaint + "'");
  }
}

DELEVER_TEST(instrument_accepts_what_is_sound) {
  CHECK(sound().validate().empty());
  InstrumentSpec widest = sound();
  widest.atoms_per_tick_lot = 1;
  widest.price_ticks_max = (std::int64_t{1} << 31) - 1;
  widest.position_lots_max = std::int64_t{1} << 31;
  CHECK(widest.validate().empty());
  widest.price_ticks_max += 1;  // the product is 2^62 now
  CHECK(!widest.validate().empty());
}

DELEVER_TEST(instrument_names_a_wrong_scale) {
  using Spec = InstrumentSpec;
  check_fault("symbol", [](Spec& spec) { spec.symbol = ""; });
  check_fault("symbol", [](Spec& spec) { spec.symbol = "SEVENTEEN-LETTERS"; });
  check_fault("symbol", [](Spec& spec) { spec.symbol = "BTC USDT"; });
  check_fault("symbol", [](Spec& spec) { spec.symbol = "BTC\xC3\xA9"; });
  check_fault("atoms_per_tick_lot", [](Spec& spec) { spec.atoms_per_tick_lot = 0; });
  check_fault("price_ticks_max", [](Spec& spec) { spec.price_ticks_max = -5; });
  check_fault("order_lots_max", [](Spec& spec) { spec.order_lots_max = 0; });
  check_fault("order_lots_max", [](Spec& spec) { spec.order_lots_max = 10'000'001; });
  check_fault("position_lots_max", [](Spec& spec) { spec.position_lots_max = 0; });
  check_fault("2^62", [](Spec& spec) { spec.atoms_per_tick_lot = INT64_MAX; });
  check_fault("2^62", [](Spec& spec) { spec.price_ticks_max = INT64_MAX; });
}

DELEVER_TEST(instrument_names_a_wrong_rate) {
  using Spec = InstrumentSpec;
  check_fault("maker_fee_ppm", [](Spec& spec) { spec.maker_fee_ppm = -100'001; });
  check_fault("taker_fee_ppm", [](Spec& spec) { spec.taker_fee_ppm = 100'001; });
  check_fault("liquidation_fee_ppm", [](Spec& spec) { spec.liquidation_fee_ppm = -1; });
  check_fault("liquidation_fee_ppm", [](Spec& spec) { spec.liquidation_fee_ppm = 1'000'001; });
  check_fault("market_bound_ppm", [](Spec& spec) { spec.market_bound_ppm = 0; });
  check_fault("market_bound_ppm", [](Spec& spec) { spec.market_bound_ppm = 1'000'000; });
  check_fault("leverage_default", [](Spec& spec) { spec.leverage_default = 126; });
  check_fault("leverage_default", [](Spec& spec) { spec.leverage_default = 0; });
}

DELEVER_TEST(instrument_names_a_wrong_tier) {
  using Spec = InstrumentSpec;
  check_fault("tiers", [](Spec& spec) { spec.tiers.clear(); });
  check_fault("tiers[0].floor", [](Spec& spec) { spec.tiers[0].floor = Money{1}; });
  check_fault("tiers[0].deduction", [](Spec& spec) { spec.tiers[0].deduction = Money{1}; });
  check_fault("tiers[0].maintenance", [](Spec& spec) { spec.tiers[0].maintenance_ppm = 0; });
  check_fault("tiers[0].leverage_max", [](Spec& spec) { spec.tiers[0].leverage_max = 0; });
  check_fault("tiers[1].floor", [](Spec& spec) { spec.tiers[1].floor = Money{0}; });
  check_fault("tiers[1].maintenance", [](Spec& spec) { spec.tiers[1].maintenance_ppm = 3'999; });
  check_fault("tiers[2].maintenance",
              [](Spec& spec) { spec.tiers[2].maintenance_ppm = 1'000'000; });
  check_fault("tiers[2].leverage_max", [](Spec& spec) { spec.tiers[2].leverage_max = 101; });
  check_fault("tiers[2].deduction", [](Spec& spec) { spec.tiers[2].deduction = Money{130}; });
  check_fault("130000000000", [](Spec& spec) { spec.tiers[2].deduction = Money{130}; });
  check_fault("tiers[1].floor", [](Spec& spec) { spec.tiers[1].floor.value += 1; });
}

InstrumentSpec sound_inverse() {
  InstrumentSpec spec = sound();
  spec.contract = ContractKind::Inverse;
  spec.atom_ticks_per_lot = 200'000'000;  // lots of 1 USD, tick 0.5 USD
  spec.price_ticks_min = 100;
  spec.settle_currency = 1;
  return spec;
}

DELEVER_TEST(instrument_accepts_sound_contracts_and_rules) {
  CHECK(sound_inverse().validate().empty());
  InstrumentSpec step = sound();
  step.tier_rule = TierRule::Step;
  step.tiers[1].deduction = step.tiers[2].deduction = Money{0};
  step.tiers[1].floor.value += 1;  // any floor will do, nothing has to be continuous
  step.tiers[2].initial_ppm = 20'000;
  CHECK(step.validate().empty());
  InstrumentSpec grows = sound_inverse();
  grows.tier_rule = TierRule::SizeLinear;
  grows.tiers.resize(1);
  grows.maintenance_slope_e12 = grows.initial_slope_e12 = 50'000'000;  // 0.5 % per 100 coins
  grows.open_interest_lower = Money{1'000};
  grows.open_interest_upper = Money{2'000};
  CHECK(grows.validate().empty());
}

DELEVER_TEST(instrument_names_a_wrong_contract_or_rule) {
  using Spec = InstrumentSpec;
  const auto fault = [](const char* field, const std::function<void(Spec&)>& change) {
    check_fault(field, [&](Spec& spec) {
      spec = sound_inverse();
      change(spec);
    });
  };
  fault("contract", [](Spec& spec) { spec.contract = static_cast<ContractKind>(2); });
  fault("atom_ticks_per_lot", [](Spec& spec) { spec.atom_ticks_per_lot = 0; });
  fault("price_ticks_min", [](Spec& spec) { spec.price_ticks_min = 0; });
  fault("price_ticks_min", [](Spec& spec) { spec.price_ticks_min = 10'000'001; });
  fault("settle_currency", [](Spec& spec) { spec.settle_currency = 8; });
  fault("2^62", [](Spec& spec) { spec.atom_ticks_per_lot = INT64_MAX / 4'000; });
  fault("tier_rule", [](Spec& spec) { spec.tier_rule = static_cast<TierRule>(3); });
  fault("maintenance_fee_ppm", [](Spec& spec) { spec.maintenance_fee_ppm = -1; });
  fault("maintenance_fee_ppm", [](Spec& spec) {
    spec.tiers.resize(1);
    spec.tiers[0].maintenance_ppm = 999'000;
    spec.maintenance_fee_ppm = 1'000;
  });
  fault("maintenance_slope_e12", [](Spec& spec) { spec.maintenance_slope_e12 = 1; });
  fault("open_interest_upper", [](Spec& spec) { spec.open_interest_lower = Money{5}; });
  fault("tiers[1].initial_ppm", [](Spec& spec) { spec.tiers[0].initial_ppm = 7; });
  fault("tiers[1].deduction", [](Spec& spec) { spec.tier_rule = TierRule::Step; });
  fault("the number of tiers", [](Spec& spec) { spec.tier_rule = TierRule::SizeLinear; });
  fault("maintenance_slope_e12", [](Spec& spec) {
    spec.tier_rule = TierRule::SizeLinear;
    spec.tiers.resize(1);
    spec.contract = ContractKind::Linear;
    spec.maintenance_slope_e12 = 100'000;  // x 10,000,000 lots reaches 1
  });
}

Money maintenance(const InstrumentSpec& spec, std::int64_t notional) {
  const MarginTier& tier = spec.tier_of(Money{notional});
  return share_ppm(Money{notional}, tier.maintenance_ppm, Round::Ceil) - tier.deduction;
}

DELEVER_TEST(instrument_maintenance_is_monotone_and_continuous) {
  const InstrumentSpec spec = sound();
  Random random(31);
  for (int i = 0; i < 20'000; ++i) {
    const std::int64_t anchor = spec.tiers[static_cast<std::size_t>(random.below(3))].floor.value;
    const std::int64_t from = std::max<std::int64_t>(0, anchor + random.between(-3'000, 3'000));
    const std::int64_t step = random.below(2'000);
    const std::int64_t rise = (maintenance(spec, from + step) - maintenance(spec, from)).value;
    CHECK(rise >= 0 && rise <= step + 1);
    CHECK(rise <= step * 10'000 / 1'000'000 + 1);
  }
}

}  // namespace
}  // namespace delever
