// Means that forget: of a price, or of its distance from the index, in fixed point.
//
// A mean is held in 1e-12 ticks. Two ways to take a sample in:
//   push_sample   mean += (value - mean) x 2 / (samples + 1), one weight per sample (Deribit)
//   push_held     the weight of all before decays by e^(-held / constant), the value weighs `held`
//                 (Hyperliquid's numerator and denominator; here their quotient and the latter)
// The first value is the mean. e^-x is counted in 2^-60 and good to 2^-56; the share of a value in
// 2^-32; every division floors. Bounds: values below 2^89, so prices below 2^48 ticks; constants
// below 2^44 ns. Cost: 18 multiplications a held value, one division a sample.
#pragma once

#include <cstdint>

#include "units/arithmetic.hpp"

namespace delever {
inline namespace v1 {

constexpr std::int64_t tick_e12 = 1'000'000'000'000;

/// e^(-held / constant) in 2^-60, for 0 <= held <= 64 x constant.
std::int64_t decay_e60(std::int64_t held_ns, std::int64_t constant_ns);

class DecayingMean {
 public:
  void push_sample(Int128 value_e12, std::int64_t samples);
  void push_held(Int128 value_e12, std::int64_t held_ns, std::int64_t constant_ns);

  bool empty() const { return weight_ == 0; }
  /// In whole ticks, floored; 0 while empty.
  std::int64_t ticks() const;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(mean_e12_);
    archive(weight_);
  }

 private:
  Int128 mean_e12_ = 0;
  Int128 weight_ = 0;  ///< ns; of push_sample: 1 once there was one
};

}  // namespace v1
}  // namespace delever
