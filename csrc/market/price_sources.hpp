// Prices of the same thing elsewhere, and the one price a venue makes of them.
//
// Owns, per instrument and board, up to `sources_max` sources: a price, a weight, and when it was
// last heard of. A source without weight is not there. A source too long silent does not count.
// All in integer ticks: the median of an even number is the floor of the mean of the two in the
// middle; an outlier's band is [ceil, floor] of the median x (1 -+ share); every mean floors. The
// weighted median is the least price at which half of the weight is reached. Cost: O(sources x log
// sources) a price made, O(1) a source heard of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "market/price_rules.hpp"
#include "units/arithmetic.hpp"

namespace delever {
inline namespace v1 {

constexpr std::size_t sources_max = 16;
constexpr std::int64_t source_weight_max = std::int64_t{1} << 32;

/// Where a source's price goes: into the index, or beside the mark as another venue's perpetual.
enum class SourceBoard : std::uint8_t { Index = 0, Venue = 1 };

struct PriceSource {
  std::int64_t price_ticks = 0;
  std::int64_t weight = 0;
  TimeNs time;
};

/// Of an even number: the floor of the mean of the two in the middle.
std::int64_t median_of(std::vector<std::int64_t> values);

class PriceSources {
 public:
  void hear(std::size_t source, const PriceSource& what);

  /// The index by its rule; empty where no source is fresh.
  std::optional<std::int64_t> index(const PriceRules& rules, TimeNs now) const;
  /// Of the fresh sources; empty where there is none.
  std::optional<std::int64_t> weighted_median(const PriceRules& rules, TimeNs now) const;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(sources_);
  }

 private:
  std::vector<PriceSource> fresh(const PriceRules& rules, TimeNs now) const;

  std::vector<PriceSource> sources_;  ///< by number; as long as the highest heard of
};

}  // namespace v1
}  // namespace delever
