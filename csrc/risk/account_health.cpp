#include "risk/account_health.hpp"

namespace delever {
inline namespace v1 {

Fixed weighted_health(Fixed base, Fixed quote, Fixed price, const HealthWeights& weights) {
  const Fixed value = base * price * (base < 0 ? weights.liability : weights.asset);
  const Fixed total = value + quote;
  return total < 0 ? total * weights.settle_liability
                   : total * weights.profit * weights.settle_asset;
}

Fixed liquidation_capacity(Fixed maker_rate, Fixed taker_rate, Fixed skew_scale, Fixed seconds,
                           Fixed multiplier) {
  return (maker_rate + taker_rate) * skew_scale * seconds * multiplier;
}

Fixed left_after_windows(Fixed size, Fixed capacity, Fixed windows) {
  const Fixed left = size - capacity * windows;
  return left < 0 ? Fixed(0) : left;
}

}  // namespace v1
}  // namespace delever
