#include "bindings/machine_config.hpp"

#include <pybind11/stl.h>

#include <string>
#include <utility>

#include "bindings/bindings.hpp"
#include "units/arithmetic.hpp"

namespace delever {
inline namespace v1 {
namespace {

namespace py = pybind11;

/// Reads the keys of one dict, and remembers which it was asked for, to refuse the others.
class Fields {
 public:
  Fields(py::dict values, std::string where)
      : values_(std::move(values)), where_(std::move(where)) {}

  template <class Value>
  Value take(const char* key) {
    if (!values_.contains(key))
      throw Misuse(Misunderstanding::Config, where_ + ": '" + key + "' is missing");
    const py::object value = values_[key];
    ++taken_;
    try {
      return value.cast<Value>();
    } catch (const py::cast_error&) {
      throw Misuse(Misunderstanding::Config, where_ + "." + key + " is " +
                                                 std::string(py::repr(value)) +
                                                 ": it does not have the right type");
    }
  }
  /// The same, where the key may be left out.
  template <class Value>
  Value take_or(const char* key, Value otherwise) {
    return values_.contains(key) ? take<Value>(key) : otherwise;
  }
  /// A number that stands for one of an enumeration's words, `first` to `last`.
  template <class Word>
  Word word(const char* key, Word first, Word last) {
    const auto value = take<std::int64_t>(key);
    if (value < static_cast<std::int64_t>(first) || value > static_cast<std::int64_t>(last))
      throw Misuse(Misunderstanding::Config,
                   where_ + "." + key + " is " + std::to_string(value) + "; give " +
                       std::to_string(static_cast<std::int64_t>(first)) + " .. " +
                       std::to_string(static_cast<std::int64_t>(last)));
    return static_cast<Word>(value);
  }
  template <class Word>
  Word word_or(const char* key, Word first, Word last, Word otherwise) {
    return values_.contains(key) ? word(key, first, last) : otherwise;
  }
  Money money(const char* key) { return Money{take<std::int64_t>(key)}; }
  TimeNs time(const char* key) { return TimeNs{take<std::int64_t>(key)}; }

  void finish() const {
    if (values_.size() != taken_)
      throw Misuse(Misunderstanding::Config,
                   where_ + " has a key too many: " + std::string(py::str(values_.attr("keys")())));
  }

 private:
  py::dict values_;
  std::string where_;
  std::size_t taken_ = 0;
};

MarginTier tier_from(const py::dict& values, const std::string& where) {
  Fields fields(values, where);
  MarginTier tier;
  tier.floor = fields.money("floor_atoms");
  tier.maintenance_ppm = fields.take<std::int64_t>("maintenance_ppm");
  tier.deduction = fields.money("deduction_atoms");
  tier.leverage_max = fields.take<std::int64_t>("leverage_max");
  tier.initial_ppm = fields.take_or<std::int64_t>("initial_ppm", 0);
  fields.finish();
  return tier;
}

// What only some contracts have; the names are the specification's.
void take_contract(Fields& fields, InstrumentSpec& spec) {
  spec.contract =
      fields.word_or("contract", ContractKind::Linear, ContractKind::Inverse, spec.contract);
  spec.tier_rule =
      fields.word_or("tier_rule", TierRule::Marginal, TierRule::SizeLinear, spec.tier_rule);
  spec.settle_currency = fields.take_or("settle_currency", spec.settle_currency);
  const bool is_inverse = spec.is_inverse();
  std::int64_t& scale = is_inverse ? spec.atom_ticks_per_lot : spec.atoms_per_tick_lot;
  scale = fields.take<std::int64_t>(is_inverse ? "atom_ticks_per_lot" : "atoms_per_tick_lot");
  const char* unused = is_inverse ? "atoms_per_tick_lot" : "atom_ticks_per_lot";
  fields.take_or<std::int64_t>(unused, 0);  // a whole specification names both
  spec.price_ticks_min = fields.take_or("price_ticks_min", spec.price_ticks_min);
  spec.maintenance_fee_ppm = fields.take_or("maintenance_fee_ppm", spec.maintenance_fee_ppm);
  spec.maintenance_slope_e12 = fields.take_or("maintenance_slope_e12", spec.maintenance_slope_e12);
  spec.initial_slope_e12 = fields.take_or("initial_slope_e12", spec.initial_slope_e12);
  spec.open_interest_lower.value = fields.take_or("open_interest_lower_atoms", std::int64_t{0});
  spec.open_interest_upper.value = fields.take_or("open_interest_upper_atoms", std::int64_t{0});
}

InstrumentSpec instrument_from(const py::dict& values, const std::string& where) {
  Fields fields(values, where);
  InstrumentSpec spec;
  spec.symbol = fields.take<std::string>("symbol");
  take_contract(fields, spec);
  spec.price_ticks_max = fields.take<std::int64_t>("price_ticks_max");
  spec.order_lots_max = fields.take<std::int64_t>("order_lots_max");
  spec.position_lots_max = fields.take<std::int64_t>("position_lots_max");
  spec.maker_fee_ppm = fields.take<std::int64_t>("maker_fee_ppm");
  spec.taker_fee_ppm = fields.take<std::int64_t>("taker_fee_ppm");
  spec.liquidation_fee_ppm = fields.take<std::int64_t>("liquidation_fee_ppm");
  spec.market_bound_ppm = fields.take<std::int64_t>("market_bound_ppm");
  spec.leverage_default = fields.take<std::int64_t>("leverage_default");
  for (const py::handle tier : fields.take<py::list>("tiers"))
    spec.tiers.push_back(tier_from(tier.cast<py::dict>(),
                                   where + ".tiers[" + std::to_string(spec.tiers.size()) + "]"));
  fields.finish();
  return spec;
}

Currency currency_from(const py::dict& values, const std::string& where) {
  Fields fields(values, where);
  Currency currency;
  currency.symbol = fields.take<std::string>("symbol");
  currency.weight_ppm = fields.take_or("weight_ppm", currency.weight_ppm);
  currency.tick_atoms = fields.take_or("tick_atoms", currency.tick_atoms);
  currency.price_ticks_max = fields.take_or("price_ticks_max", currency.price_ticks_max);
  fields.finish();
  return currency;
}

// What only venues with cross margin or several currencies have.
void take_accounts(Fields& fields, Rulebook& rules) {
  rules.cross_pool =
      fields.word_or("cross_pool", CrossPool::Currency, CrossPool::Account, rules.cross_pool);
  rules.margin_mode_default = fields.word_or("margin_mode_default", MarginMode::Isolated,
                                             MarginMode::Cross, rules.margin_mode_default);
  const auto listed = fields.take_or("currencies", py::sequence(py::list()));
  if (py::len(listed) != 0) rules.currencies.clear();
  for (const py::handle one : listed)
    rules.currencies.push_back(
        currency_from(one.cast<py::dict>(),
                      "rulebook.currencies[" + std::to_string(rules.currencies.size()) + "]"));
}

// What a rulebook says of liquidations; a word left out is Binance's.
void take_procedure(Fields& fields, LiquidationProcedure& rules) {
  const auto number = [&](const char* key, std::int64_t& value) {
    value = fields.take_or(key, value);
  };
  rules.reduce = fields.word_or("reduce", Reduce::Whole, Reduce::Asked, rules.reduce);
  rules.close_price = fields.word_or("close_price", ClosePrice::Bankruptcy, ClosePrice::Fillable,
                                     rules.close_price);
  rules.close_tif = fields.word_or("close_tif", CloseTimeInForce::Immediate,
                                   CloseTimeInForce::FillOrKill, rules.close_tif);
  rules.remainder =
      fields.word_or("remainder", Remainder::Takeover, Remainder::Vault, rules.remainder);
  number("step_interval_ns", rules.step_interval.value);
  number("fraction_ppm", rules.fraction_ppm);
  number("fraction_above_atoms", rules.fraction_above.value);
  number("clip_atoms", rules.clip.value);
  number("clip_lots", rules.clip_lots);
  number("step_tiers_from", rules.step_tiers_from);
  number("vault_ppm", rules.vault_ppm);
  rules.fee_of = fields.word_or("liquidation_fee_of", LiquidationFee::Filled, LiquidationFee::None,
                                rules.fee_of);
  number("bankruptcy_adjustment_ppm", rules.bankruptcy_adjustment_ppm);
  number("spread_to_maintenance_ppm", rules.spread_to_maintenance_ppm);
  rules.last_resort = fields.word_or("last_resort", LastResort::Bankruptcy,
                                     LastResort::PreviousMark, rules.last_resort);
  number("mark_beyond_ppm", rules.mark_beyond_ppm);
  rules.fund_trigger = fields.word_or("fund_trigger", FundTrigger::Depleted, FundTrigger::Solvent,
                                      rules.fund_trigger);
  number("fund_fall_ppm", rules.fund_fall_ppm);
  number("fund_window_ns", rules.fund_window.value);
  rules.ranking = fields.word_or("ranking", Ranking::LeverageProfit, Ranking::User, rules.ranking);
  number("ranking_seed", rules.ranking_seed);
}

// How index, mark and funding rate are made; what is left out is as it is by default.
void take_prices(Fields& fields, PriceRules& rules) {
  const auto number = [&](const char* key, std::int64_t& value) {
    value = fields.take_or(key, value);
  };
  const auto time = [&](const char* key, TimeNs& value) { number(key, value.value); };
  rules.mark_method = fields.word_or("mark_method", MarkMethod::MedianOfThree, MarkMethod::Oracle,
                                     rules.mark_method);
  rules.mark_basis =
      fields.word_or("mark_basis", BookPrice::Touch, BookPrice::Impact, rules.mark_basis);
  time("mark_ema_ns", rules.mark_ema);
  time("mark_book_ema_ns", rules.mark_book_ema);
  number("mark_band_ppm", rules.mark_band_ppm);
  time("mark_update_ns", rules.mark_update);
  number("impact_atoms", rules.impact_atoms);
  rules.impact_of =
      fields.word_or("impact_of", ImpactOf::Notional, ImpactOf::Margin, rules.impact_of);
  number("impact_bound_ppm", rules.impact_bound_ppm);
  rules.index_rule = fields.word_or("index_rule", IndexRule::WeightedMean, IndexRule::EqualWeights,
                                    rules.index_rule);
  rules.index_outlier =
      fields.word_or("index_outlier", IndexOutlier::None, IndexOutlier::Drop, rules.index_outlier);
  number("index_outlier_ppm", rules.index_outlier_ppm);
  time("index_stale_ns", rules.index_stale);
}

void take_funding(Fields& fields, PriceRules& rules) {
  const auto number = [&](const char* key, std::int64_t& value) {
    value = fields.take_or(key, value);
  };
  const auto time = [&](const char* key, TimeNs& value) { number(key, value.value); };
  rules.funding_formula = fields.word_or("funding_formula", FundingFormula::PremiumAndInterest,
                                         FundingFormula::PremiumAndDefault, rules.funding_formula);
  rules.premium_of =
      fields.word_or("premium_of", PremiumOf::Impact, PremiumOf::ImpactOverMark, rules.premium_of);
  rules.premium_average = fields.word_or("premium_average", PremiumAverage::Linear,
                                         PremiumAverage::Previous, rules.premium_average);
  time("premium_sample_ns", rules.premium_sample);
  time("funding_period_ns", rules.funding_period);
  number("funding_interest_e8", rules.funding_interest_e8);
  number("funding_clamp_e8", rules.funding_clamp_e8);
  number("funding_damper_e8", rules.funding_damper_e8);
  number("funding_cap_ppm", rules.funding_cap_ppm);
  rules.funding_cap_of = fields.word_or("funding_cap_of", FundingCap::None,
                                        FundingCap::InitialLessMaintenance, rules.funding_cap_of);
  rules.funding_paid_on =
      fields.word_or("funding_paid_on", PaidOn::Mark, PaidOn::Index, rules.funding_paid_on);
  time("funding_interval_at_cap_ns", rules.funding_interval_at_cap);
  time("funding_interval_calm_ns", rules.funding_interval_calm);
  number("calm_settlements", rules.calm_settlements);
  number("calm_rate_e8", rules.calm_rate_e8);
}

}  // namespace

std::vector<InstrumentSpec> instruments_from(const py::list& instruments) {
  std::vector<InstrumentSpec> specs;
  for (const py::handle values : instruments)
    specs.push_back(instrument_from(values.cast<py::dict>(),
                                    "instruments[" + std::to_string(specs.size()) + "]"));
  return specs;
}

Rulebook rulebook_from(const py::dict& values) {
  Fields fields(values, "rulebook");
  Rulebook rules;
  rules.basis_samples = fields.take<std::int64_t>("basis_samples");
  rules.sample_interval = fields.time("sample_interval_ns");
  rules.funding_interval = fields.time("funding_interval_ns");
  rules.unwind_interval = fields.time("unwind_interval_ns");
  rules.unwind_clip = fields.money("unwind_clip_atoms");
  rules.unwind_bound_ppm = fields.take<std::int64_t>("unwind_bound_ppm");
  rules.deleveraging = fields.take<bool>("deleveraging");
  rules.breach_at_equality = fields.take<bool>("breach_at_equality");
  rules.self_trade = fields.word("self_trade", SelfTrade::Maker, SelfTrade::Allow);
  rules.market_residual =
      fields.word("market_residual", MarketResidual::Cancel, MarketResidual::Rest);
  rules.iceberg_refresh =
      fields.word("iceberg_refresh", IcebergRefresh::AtOnce, IcebergRefresh::EndOfTaker);
  rules.iceberg_amend_up =
      fields.word("iceberg_amend_up", IcebergAmendUp::Lose, IcebergAmendUp::Keep);
  rules.stop_source = fields.word("stop_source", TriggerSource::Last, TriggerSource::Quote);
  rules.stop_entry = fields.word("stop_entry", StopEntry::Run, StopEntry::Reject);
  rules.auction_price = fields.word("auction_price", AuctionPrice::Mid, AuctionPrice::MaxPrice);
  rules.price_band_ppm = fields.take<std::int64_t>("price_band_ppm");
  if (rules.price_band_ppm < 0 || rules.price_band_ppm > ppm_scale)
    throw Misuse(Misunderstanding::Config, "rulebook.price_band_ppm is " +
                                               std::to_string(rules.price_band_ppm) +
                                               "; give 0 (off) .. " + std::to_string(ppm_scale));
  take_prices(fields, rules.prices);
  take_funding(fields, rules.prices);
  take_accounts(fields, rules);
  take_procedure(fields, rules.procedure);
  const std::string complaint = rules.validate();
  if (!complaint.empty()) throw Misuse(Misunderstanding::Config, complaint);
  fields.finish();
  return rules;
}

}  // namespace v1
}  // namespace delever
