// The premium of a perpetual over its index, its average over a funding interval, and the rate that
// follows.
//
// Owns the sums of one interval's samples and the mean of the interval before. Premiums and rates
// are shares in 1e-12, the rate that is settled in 1e-8; every division truncates towards zero, so
// that neither side is favoured. A sample lies within +-10 (1,000 %); a settled rate within +-1.
// Sums are 128 bits wide: 2^31 samples fit. Cost: O(1) a sample and a rate.
#pragma once

#include <cstdint>
#include <optional>

#include "market/instrument.hpp"
#include "market/price_rules.hpp"
#include "units/arithmetic.hpp"

namespace delever {
inline namespace v1 {

struct PremiumInputs {
  PriceTicks index;
  PriceTicks mark;
  std::optional<Int128> impact_bid_e6;  ///< none: too thin
  std::optional<Int128> impact_ask_e6;
  std::int64_t bid_ticks = -1;  ///< the touch; -1: none
  std::int64_t ask_ticks = -1;
  std::int64_t carry_e12 = 0;  ///< rate x time to funding / interval
};

/// One sample, damped where the formula damps samples.
std::int64_t premium_e12(const PriceRules& rules, const PremiumInputs& inputs);

class PremiumWindow {
 public:
  void push(std::int64_t premium_e12, PremiumAverage average);
  /// By the rule, of what has been sampled so far; 0 without samples.
  std::int64_t average_e12(PremiumAverage average) const;
  /// A settlement: the interval is over.
  void close();
  std::int64_t count() const { return count_; }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(sum_);
    archive(weights_);
    archive(count_);
    archive(previous_e12_);
  }

 private:
  std::int64_t mean_e12() const;

  Int128 sum_ = 0;
  Int128 weights_ = 0;
  std::int64_t count_ = 0;
  std::int64_t previous_e12_ = 0;
};

/// What a rate is held within, in 1e-12; empty where there is no cap.
std::optional<Int128> funding_cap_e12(const PriceRules& rules, const InstrumentSpec& spec);

/// The rate of one interval for an average premium, in 1e-8.
std::int64_t funding_rate_e8(const PriceRules& rules, const InstrumentSpec& spec,
                             std::int64_t premium_e12, TimeNs interval);

}  // namespace v1
}  // namespace delever
