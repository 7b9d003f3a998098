// How much of the calm market's depth is there now: the part both the makers' quotes and the price
// impact of flow see.
//
// The factor falls at once with z, the last minute's absolute return in calm units (the survival
// table of research), and recovers with a half-life; frozen, it stays 1. It is a causal function of
// the prices shown to it. O(1) a step, 1 kB, no allocation.
#pragma once

#include <array>
#include <cstdint>

namespace delever {
inline namespace v1 {

/// Depth left at z, as a part of the calm one (1 at 0, falling).
double depth_survival(double z);

/// |return| over the last minute, from a price seen at every step.
class RecentReturn {
 public:
  /// The absolute return since the latest price at least a minute old (or the oldest seen).
  double observe(std::int64_t time_ns, double price);

 private:
  struct Seen {
    std::int64_t time_ns = 0;
    double price = 0;
  };
  std::array<Seen, 64> seen_{};
  std::uint32_t oldest_ = 0;
  std::uint32_t count_ = 0;
};

struct DepthTerms {
  bool withdrawal = true;                ///< false: the factor stays 1
  double calm_per_sqrt_minute = 0.0005;  ///< the unit of z
  double half_life_s = 300.0;            ///< of withdrawn depth
};

class DepthState {
 public:
  explicit DepthState(const DepthTerms& terms) : terms_(terms) {}

  /// Sees `price`, `seconds` after the last one; returns the factor.
  double observe(std::int64_t time_ns, double price, double seconds);
  void follow(double factor) { factor_ = factor; }
  double factor() const { return factor_; }

 private:
  DepthTerms terms_;
  RecentReturn recent_;
  double factor_ = 1.0;
};

}  // namespace v1
}  // namespace delever
