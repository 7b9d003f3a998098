#include "market/premium_window.hpp"

#include <algorithm>

#include "market/impact_price.hpp"

namespace delever {
inline namespace v1 {

namespace {

constexpr std::int64_t e12_per_e8 = 10'000;
constexpr Int128 sample_most = static_cast<Int128>(10) * rate_e12_scale;

std::int64_t held_within(Int128 value, Int128 bound) {
  return static_cast<std::int64_t>(std::clamp(value, -bound, bound));
}

// Bid above a reference less reference above ask, in 1e-6 ticks.
Int128 outside_e6(const PremiumInputs& inputs, Int128 reference_e6) {
  Int128 distance = 0;
  if (inputs.impact_bid_e6) distance += std::max<Int128>(0, *inputs.impact_bid_e6 - reference_e6);
  if (inputs.impact_ask_e6) distance -= std::max<Int128>(0, reference_e6 - *inputs.impact_ask_e6);
  return distance;
}

// Twice the distance, so that mid prices stay whole.
Int128 doubled_distance_e6(PremiumOf of, const PremiumInputs& inputs) {
  const Int128 index_e6 = static_cast<Int128>(inputs.index.value) * tick_e6;
  const Int128 mark_e6 = static_cast<Int128>(inputs.mark.value) * tick_e6;
  switch (of) {
    case PremiumOf::Impact: return 2 * outside_e6(inputs, index_e6);
    case PremiumOf::ImpactOverMark: return 2 * outside_e6(inputs, mark_e6);
    case PremiumOf::Mark: return 2 * (mark_e6 - index_e6);
    case PremiumOf::ImpactMid:
      if (!inputs.impact_bid_e6 || !inputs.impact_ask_e6) return 0;
      return *inputs.impact_bid_e6 + *inputs.impact_ask_e6 - 2 * index_e6;
    case PremiumOf::TouchMid:
      if (inputs.bid_ticks < 0 || inputs.ask_ticks < 0) return 0;
      return static_cast<Int128>(inputs.bid_ticks + inputs.ask_ticks) * tick_e6 - 2 * index_e6;
  }
  return 0;
}

}  // namespace

std::int64_t premium_e12(const PriceRules& rules, const PremiumInputs& inputs) {
  const Int128 twice_index_e6 = 2 * static_cast<Int128>(inputs.index.value) * tick_e6;
  const Int128 doubled = doubled_distance_e6(rules.premium_of, inputs);
  Int128 premium = divide(doubled * rate_e12_scale, twice_index_e6, Round::Trunc);
  if (rules.premium_of == PremiumOf::ImpactOverMark) premium += inputs.carry_e12;
  if (rules.funding_formula == FundingFormula::DampedPremium) {
    const Int128 band = static_cast<Int128>(rules.funding_damper_e8) * e12_per_e8;
    premium = std::max(band, premium) + std::min(-band, premium);
  }
  return held_within(premium, sample_most);
}

void PremiumWindow::push(std::int64_t premium_e12, PremiumAverage average) {
  ++count_;
  const std::int64_t weight = average == PremiumAverage::Linear ? count_ : 1;
  sum_ += static_cast<Int128>(premium_e12) * weight;
  weights_ += weight;
}

std::int64_t PremiumWindow::mean_e12() const {
  if (weights_ == 0) return 0;
  return static_cast<std::int64_t>(divide(sum_, weights_, Round::Trunc));
}

std::int64_t PremiumWindow::average_e12(PremiumAverage average) const {
  return average == PremiumAverage::Previous ? previous_e12_ : mean_e12();
}

void PremiumWindow::close() {
  previous_e12_ = mean_e12();
  sum_ = 0;
  weights_ = 0;
  count_ = 0;
}

std::optional<Int128> funding_cap_e12(const PriceRules& rules, const InstrumentSpec& spec) {
  if (rules.funding_cap_of == FundingCap::None) return std::nullopt;
  const MarginTier& first = spec.tiers.front();
  std::int64_t of_ppm = ppm_scale;
  if (rules.funding_cap_of != FundingCap::Share) of_ppm = first.maintenance_ppm;
  if (rules.funding_cap_of == FundingCap::InitialLessMaintenance) {
    const std::int64_t by_leverage = ppm_scale / first.leverage_max;
    of_ppm = std::max<std::int64_t>(0, std::max(first.initial_ppm, by_leverage) - of_ppm);
  }
  return static_cast<Int128>(rules.funding_cap_ppm) * of_ppm;
}

std::int64_t funding_rate_e8(const PriceRules& rules, const InstrumentSpec& spec,
                             std::int64_t premium_e12, TimeNs interval) {
  const FundingFormula formula = rules.funding_formula;
  const Int128 interest = static_cast<Int128>(rules.funding_interest_e8) * e12_per_e8;
  const Int128 pull = static_cast<Int128>(rules.funding_clamp_e8) * e12_per_e8;
  Int128 rate = premium_e12;
  if (formula == FundingFormula::PremiumAndInterest ||
      formula == FundingFormula::PremiumAndInterestOver)
    rate += std::clamp(interest - rate, -pull, pull);
  if (formula == FundingFormula::PremiumAndDefault) rate += interest;
  const std::optional<Int128> cap = funding_cap_e12(rules, spec);
  const bool caps_period =
      formula == FundingFormula::DampedPremium || formula == FundingFormula::PremiumAndDefault;
  if (cap && caps_period) rate = std::clamp(rate, -*cap, *cap);
  if (formula != FundingFormula::PremiumAndInterest)
    rate = divide(rate * interval.value, rules.funding_period.value, Round::Trunc);
  if (cap && !caps_period) rate = std::clamp(rate, -*cap, *cap);
  return held_within(divide(rate, e12_per_e8, Round::Trunc), rate_e8_scale);
}

}  // namespace v1
}  // namespace delever
