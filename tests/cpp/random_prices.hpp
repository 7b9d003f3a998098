// Random rules of index, mark and funding for the small venues of tests, with soon reached limits.
#pragma once

#include "check.hpp"
#include "market/price_rules.hpp"

namespace delever::testing {

inline PriceRules random_prices(Random& random) {
  constexpr std::int64_t second = 1'000'000'000;
  PriceRules rules;
  rules.mark_method = static_cast<MarkMethod>(random.below(6));
  rules.mark_basis = static_cast<BookPrice>(random.below(2));
  rules.mark_ema = TimeNs{random.between(1, 20) * second};
  rules.mark_band_ppm = random.below(2) * 10'000;
  rules.mark_update = TimeNs{random.below(2) * second};
  rules.impact_atoms = random.below(3) * 30'000'000;
  rules.impact_of = static_cast<ImpactOf>(random.below(2));
  rules.impact_bound_ppm = random.below(2) * 2'000;
  rules.index_rule = static_cast<IndexRule>(random.below(4));
  rules.index_outlier = static_cast<IndexOutlier>(random.below(3));
  rules.index_outlier_ppm = random.between(1, 40'000);
  rules.index_stale = TimeNs{random.below(3) * second};
  rules.funding_formula = static_cast<FundingFormula>(random.below(5));
  rules.premium_of = static_cast<PremiumOf>(random.below(5));
  rules.premium_average = static_cast<PremiumAverage>(random.below(3));
  rules.premium_sample = TimeNs{second / 2};
  rules.funding_interest_e8 = 10'000;
  rules.funding_clamp_e8 = 50'000;
  rules.funding_damper_e8 = 25'000;
  rules.funding_cap_of = FundingCap::Share;
  rules.funding_cap_ppm = random.between(1, 2'000);
  rules.funding_paid_on = static_cast<PaidOn>(random.below(2));
  rules.funding_interval_at_cap = TimeNs{60 * second};
  rules.funding_interval_calm = TimeNs{240 * second};
  rules.calm_settlements = 2;
  rules.calm_rate_e8 = random.below(2) * 100'000;
  return rules;
}

}  // namespace delever::testing
