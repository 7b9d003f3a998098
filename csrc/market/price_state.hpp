// What an instrument remembers for its index, mark and funding rate, beside the ring of basis
// samples that the median of three needs.
//
// Plain state: the venue alone changes it, at evaluation points and settlements. All of it goes
// into snapshots; a venue with the default rules leaves it as it was made. Sources cost memory only
// once one is heard of.
#pragma once

#include <cstdint>

#include "market/decaying_mean.hpp"
#include "market/premium_window.hpp"
#include "market/price_sources.hpp"

namespace delever {
inline namespace v1 {

struct PriceState {
  PriceSources index_sources;
  PriceSources venue_sources;
  bool index_due = false;   ///< a source of the index has spoken since the last point
  DecayingMean basis_mean;  ///< EmaInBand, OracleBookVenues
  DecayingMean book_mean;   ///< OracleBookVenues: of the book's own price
  TimeNs marked;            ///< when the formula last made the mark
  bool was_marked = false;
  PremiumWindow premium;
  TimeNs premium_sampled;
  bool premium_was_sampled = false;
  TimeNs funding_interval;  ///< 0 until the venue sets it
  std::int64_t calm = 0;    ///< settlements in a row with a small rate

  template <class Archive>
  void serialize(Archive& archive) {
    index_sources.serialize(archive);
    venue_sources.serialize(archive);
    archive(index_due);
    basis_mean.serialize(archive);
    book_mean.serialize(archive);
    archive(marked);
    archive(was_marked);
    premium.serialize(archive);
    archive(premium_sampled);
    archive(premium_was_sampled);
    archive(funding_interval);
    archive(calm);
  }
};

}  // namespace v1
}  // namespace delever
