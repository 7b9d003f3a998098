// Index and mark prices out of several sources: medians, weights, outliers, stale sources, bases.
//
// The index is the weighted mean of the fresh sources. A source further than a band from the median
// of all is capped to the band (Binance since 2021) or dropped, and where several are out the
// median itself is the index (Binance 2020). A basis average with exponential forgetting keeps the
// two sums of Hyperliquid's mark: numerator and denominator both decay by e^(-elapsed / time
// constant). A mark is the median of its candidates; of an even number, the mean of the two in the
// middle.
#pragma once

#include <cstdint>
#include <vector>

#include "units/fixed.hpp"

namespace delever {
inline namespace v1 {

Fixed median(std::vector<Fixed> values);

struct WeightedValue {
  Fixed value;
  Fixed weight;
};

/// The least value at which half of the weight is reached.
Fixed weighted_median(std::vector<WeightedValue> values);

/// `price` held within median x (1 +- band).
Fixed capped_to_median(Fixed price, Fixed median_price, Fixed band);

enum class OutlierRule : std::uint8_t { Cap, Drop };

struct IndexSource {
  Fixed price;
  Fixed weight;
  Fixed age_seconds;
};

struct IndexTerms {
  Fixed band;
  Fixed age_max_seconds;  ///< older: no weight
  OutlierRule rule = OutlierRule::Cap;
};

/// std::domain_error where no source is fresh.
Fixed index_price(const std::vector<IndexSource>& sources, const IndexTerms& terms);

struct DecayingAverage {
  Fixed numerator;
  Fixed denominator;

  /// A sample that held for `seconds`.
  void push(Fixed value, Fixed seconds, Fixed time_constant_seconds);
  Fixed mean() const { return denominator == 0 ? Fixed(0) : numerator / denominator; }
};

/// index x (1 + rate x left / interval).
Fixed funding_basis_price(Fixed index, Fixed rate, Fixed left, Fixed interval);

struct BookLevel {
  Fixed price;
  Fixed qty;
};

/// Average price of trading `notional` against levels, best first; zero where they are too thin.
Fixed impact_price(const std::vector<BookLevel>& levels, Fixed notional);

}  // namespace v1
}  // namespace delever
