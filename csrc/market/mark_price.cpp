#include "market/mark_price.hpp"

#include <algorithm>

namespace delever {
inline namespace v1 {

void BasisAverage::push(std::int64_t half_ticks) {
  sum_ += half_ticks;
  if (static_cast<std::int64_t>(ring_.size()) < samples_max_) {
    ring_.push_back(half_ticks);
  } else {
    sum_ -= ring_[oldest_];
    ring_[oldest_] = half_ticks;
    oldest_ = oldest_ + 1 == ring_.size() ? 0 : oldest_ + 1;
  }
  const std::int64_t divisor = 2 * static_cast<std::int64_t>(ring_.size());
  mean_ticks_ = mul_div(sum_, 1, divisor, Round::Floor);
}

std::int64_t funding_premium(const MarkInputs& inputs) {
  const std::int64_t left = (inputs.funding.next_time - inputs.time).value;
  if (left <= 0 || inputs.funding.rate_e8 == 0) return 0;
  const Int128 scale = static_cast<Int128>(rate_e8_scale) * inputs.funding_interval.value;
  const Int128 product = static_cast<Int128>(inputs.index.value) * inputs.funding.rate_e8 * left;
  return static_cast<std::int64_t>(divide(product, scale, Round::Floor));
}

MarkPrice median_mark(const MarkInputs& inputs, std::int64_t price_ticks_min,
                      std::int64_t price_ticks_max) {
  const std::int64_t index = inputs.index.value;
  const std::int64_t by_funding = index + funding_premium(inputs);
  const std::int64_t by_basis = index + inputs.basis_ticks;
  const std::int64_t last = inputs.last.value != 0 ? inputs.last.value : index;
  const std::int64_t median =
      std::max(std::min(by_funding, by_basis), std::min(std::max(by_funding, by_basis), last));
  const bool from_last =
      inputs.last.value != 0 && median == last && median != by_funding && median != by_basis;
  return {PriceTicks{std::clamp(median, price_ticks_min, price_ticks_max)}, from_last};
}

}  // namespace v1
}  // namespace delever
