#include "risk/margin_schedule.hpp"

#include <stdexcept>

namespace delever {
inline namespace v1 {

Fixed next_deduction(Fixed floor, Fixed rate, Fixed previous_rate, Fixed previous_deduction) {
  return previous_deduction + floor * (rate - previous_rate);
}

std::vector<Fixed> bracket_deductions(const std::vector<Fixed>& floors,
                                      const std::vector<Fixed>& rates) {
  if (floors.size() != rates.size())
    throw std::domain_error("there are not as many rates as floors");
  std::vector<Fixed> deductions;
  for (std::size_t at = 0; at < floors.size(); ++at) {
    if (at > 0 && floors[at] <= floors[at - 1]) throw std::domain_error("the floors do not rise");
    deductions.push_back(
        at == 0 ? Fixed(0)
                : next_deduction(floors[at], rates[at], rates[at - 1], deductions[at - 1]));
  }
  return deductions;
}

Fixed maintenance_margin(Fixed notional, const std::vector<MarginBracket>& brackets) {
  const MarginBracket* held = nullptr;
  for (const MarginBracket& bracket : brackets)
    if (notional >= bracket.floor) held = &bracket;
  if (held == nullptr) throw std::domain_error("no bracket holds the notional");
  const Fixed margin = notional * held->maintenance_rate - held->deduction;
  return margin < 0 ? Fixed(0) : margin;
}

Fixed tier_rate(Fixed value, const std::vector<std::pair<Fixed, Fixed>>& caps_and_rates) {
  for (const auto& [cap, rate] : caps_and_rates)
    if (value <= cap) return rate;
  throw std::domain_error("the value exceeds the last tier");
}

MarginRates risk_step_rates(Fixed position, const RiskSteps& steps) {
  const Fixed beyond = position - steps.base;
  Fixed added = 0;
  if (beyond > 0) {
    const Fixed rounded = to_multiple(beyond, steps.step, Rounding::Ceil);
    added = mul_div(rounded, steps.base_maintenance, steps.step);
  }
  return {steps.base_maintenance + added, steps.base_initial + added};
}

Fixed size_margin(Fixed size, Fixed base_rate, Fixed slope, Fixed price) {
  return (base_rate + slope * size) * size * price;
}

Fixed maintenance_rate_at(Fixed leverage_max) { return Fixed(1) / (leverage_max + leverage_max); }

}  // namespace v1
}  // namespace delever
