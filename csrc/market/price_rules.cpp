#include "market/price_rules.hpp"

#include "units/arithmetic.hpp"

namespace delever {
inline namespace v1 {

namespace {

constexpr std::int64_t impact_atoms_most = std::int64_t{1} << 60;
constexpr std::int64_t settlements_most = 1'000'000;

struct Bound {
  const char* name;
  std::int64_t value;
  std::int64_t low;
  std::int64_t high;
};

}  // namespace

std::string PriceRules::validate() const {
  const Bound bounds[] = {
      {"mark_ema_ns", mark_ema.value, 1, time_span_ns},
      {"mark_book_ema_ns", mark_book_ema.value, 1, time_span_ns},
      {"mark_band_ppm", mark_band_ppm, 0, ppm_scale},
      {"mark_update_ns", mark_update.value, 0, time_span_ns},
      {"impact_atoms", impact_atoms, 0, impact_atoms_most},
      {"impact_bound_ppm", impact_bound_ppm, 0, ppm_scale},
      {"index_outlier_ppm", index_outlier_ppm, 0, ppm_scale},
      {"index_stale_ns", index_stale.value, 0, time_span_ns},
      {"premium_sample_ns", premium_sample.value, 0, time_span_ns},
      {"funding_period_ns", funding_period.value, 1, time_span_ns * 64},
      {"funding_interest_e8", funding_interest_e8, -rate_e8_scale, rate_e8_scale},
      {"funding_clamp_e8", funding_clamp_e8, 0, rate_e8_scale},
      {"funding_damper_e8", funding_damper_e8, 0, rate_e8_scale},
      {"funding_cap_ppm", funding_cap_ppm, 0, 100 * ppm_scale},
      {"funding_interval_at_cap_ns", funding_interval_at_cap.value, 0, time_span_ns * 64},
      {"funding_interval_calm_ns", funding_interval_calm.value, 0, time_span_ns * 64},
      {"calm_settlements", calm_settlements, 0, settlements_most},
      {"calm_rate_e8", calm_rate_e8, 0, rate_e8_scale},
  };
  for (const Bound& one : bounds)
    if (one.value < one.low || one.value > one.high)
      return std::string("rulebook.") + one.name + " is " + std::to_string(one.value) +
             "; set it within " + std::to_string(one.low) + " .. " + std::to_string(one.high);
  return {};
}

std::string PriceRules::validate_for(const InstrumentSpec& spec) const {
  const bool counts_in_64_bits = is_default_mark() && premium_sample.value == 0;
  if (counts_in_64_bits || spec.price_ticks_max < price_ticks_span) return {};
  return "instrument '" + spec.symbol + "': price_ticks_max is " +
         std::to_string(spec.price_ticks_max) +
         "; these rules of mark and funding need it below 2^48: take a coarser tick";
}

}  // namespace v1
}  // namespace delever
