// The liquidation map of one instrument as a histogram: lots still waiting, by price and side.
//
// Bins are equal steps of price. Lots enter at the venue's own threshold when a position opens and
// leave from the same bin, so the sum is exact whatever happened in between; thresholds outside the
// range, or moved later by funding, are not followed.
#pragma once

#include <cstdint>
#include <vector>

namespace delever {
inline namespace v1 {

constexpr std::uint16_t no_bin = 0xFFFF;

class MapHistogram {
 public:
  MapHistogram(double low_usd, double high_usd, std::uint32_t bins)
      : low_(low_usd), width_((high_usd - low_usd) / bins), lots_(2 * std::size_t{bins}) {}

  std::uint16_t bin_of(double price_usd) const {
    const double at = (price_usd - low_) / width_;
    return at >= 0 && at < static_cast<double>(bins()) ? static_cast<std::uint16_t>(at) : no_bin;
  }
  /// Adds (or with a negative `lots` removes) lots of longs or shorts.
  void add(std::uint16_t bin, bool is_long, std::int64_t lots) {
    if (bin != no_bin) lots_[2 * std::size_t{bin} + (is_long ? 0 : 1)] += lots;
  }
  std::uint32_t bins() const { return static_cast<std::uint32_t>(lots_.size() / 2); }
  double edge_usd(std::uint32_t bin) const { return low_ + width_ * bin; }
  /// bins x (long, short).
  const std::vector<std::int64_t>& lots() const { return lots_; }

 private:
  double low_;
  double width_;
  std::vector<std::int64_t> lots_;
};

}  // namespace v1
}  // namespace delever
