// The mark price of a perpetual: Binance's median of three (USD-M, as of 18 September 2025).
//
//   P1 = index x (1 + last funding rate x time to funding / funding interval)
//   P2 = index + mean over the last samples of (best bid + best ask)/2 - index
//   mark = median(P1, P2, last price)
// All in integer ticks; each division floors. Samples are kept in half ticks (bid + ask - 2 x
// index) in a ring. A missing last price or an empty ring stands for the index. Cost: O(1) a sample
// and a mark.
#pragma once

#include <cstdint>
#include <vector>

#include "units/arithmetic.hpp"
#include "units/quantity.hpp"

namespace delever {
inline namespace v1 {

/// The mean basis over a sliding window of samples.
class BasisAverage {
 public:
  explicit BasisAverage(std::int64_t samples_max = 30) : samples_max_(samples_max) {}

  void push(std::int64_t half_ticks);
  /// floor(sum / (2 count)); 0 without samples.
  std::int64_t mean_ticks() const { return mean_ticks_; }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(samples_max_);
    archive(ring_);
    archive(oldest_);
    archive(sum_);
    archive(mean_ticks_);
  }

 private:
  std::int64_t samples_max_;
  std::vector<std::int64_t> ring_;
  std::uint64_t oldest_ = 0;
  std::int64_t sum_ = 0;
  std::int64_t mean_ticks_ = 0;  // marks are far more frequent than samples
};

struct FundingState {
  std::int64_t rate_e8 = 0;
  TimeNs next_time;  ///< 0: unset
};

struct MarkInputs {
  PriceTicks index;
  PriceTicks last;  ///< 0: none
  std::int64_t basis_ticks = 0;
  FundingState funding;
  TimeNs time;
  TimeNs funding_interval;
};

struct MarkPrice {
  PriceTicks mark;
  bool from_last = false;  ///< the last price alone decided it
};

/// What of the funding rate is still to be paid, in ticks of the index, floored.
std::int64_t funding_premium(const MarkInputs& inputs);

MarkPrice median_mark(const MarkInputs& inputs, std::int64_t price_ticks_min,
                      std::int64_t price_ticks_max);

}  // namespace v1
}  // namespace delever
