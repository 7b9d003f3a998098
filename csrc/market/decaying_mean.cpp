#include "market/decaying_mean.hpp"

#include <algorithm>

namespace delever {
inline namespace v1 {

namespace {

constexpr int unit_bits = 60;
constexpr Int128 unit = Int128{1} << unit_bits;
constexpr Int128 ln_2 = 799'144'290'325'165'978;  // ln(2) x 2^60, floored
constexpr int terms = 18;                         // ln(2)^19 / 19! < 2^-66
constexpr int share_bits = 32;
constexpr std::int64_t constants_most = 64;

}  // namespace

std::int64_t decay_e60(std::int64_t held_ns, std::int64_t constant_ns) {
  const Int128 exponent = (static_cast<Int128>(held_ns) << unit_bits) / constant_ns;
  const auto halvings = static_cast<std::int64_t>(exponent / ln_2);
  if (halvings > unit_bits) return 0;
  const Int128 rest = exponent % ln_2;
  Int128 sum = unit;
  for (int count = terms; count > 0; --count) sum = unit - ((rest * sum) >> unit_bits) / count;
  return static_cast<std::int64_t>(sum >> halvings);
}

void DecayingMean::push_sample(Int128 value_e12, std::int64_t samples) {
  if (empty()) {
    mean_e12_ = value_e12;
    weight_ = 1;
    return;
  }
  mean_e12_ += divide(2 * (value_e12 - mean_e12_), samples + 1, Round::Floor);
}

void DecayingMean::push_held(Int128 value_e12, std::int64_t held_ns, std::int64_t constant_ns) {
  const std::int64_t held = std::min(held_ns, constants_most * constant_ns);
  weight_ = ((weight_ * decay_e60(held, constant_ns)) >> unit_bits) + held;
  const Int128 share = (static_cast<Int128>(held) << share_bits) / weight_;
  mean_e12_ += divide((value_e12 - mean_e12_) * share, Int128{1} << share_bits, Round::Floor);
}

std::int64_t DecayingMean::ticks() const {
  return static_cast<std::int64_t>(divide(mean_e12_, tick_e12, Round::Floor));
}

}  // namespace v1
}  // namespace delever
