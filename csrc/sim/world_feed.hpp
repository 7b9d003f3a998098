// What a venue's public feed showed of a closed world's liquidations.
//
// The engine liquidates at the beginning of a step; a step that is longer than a feed's window
// would look like one burst. So the liquidations of a step and coin are taken as spread evenly over
// it, in their order, before the feed's rules thin them (sim/observation.hpp); at a second a step
// and a window of a second this changes nothing. Sums go into the bin in which the step began,
// where the true sums are. O(n log n) in the liquidations, after a run or at any time in it;
// nothing here is seen by the market.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/clock.hpp"
#include "sim/observation.hpp"

namespace delever {
inline namespace v1 {

/// For each of these, all of one venue and at the beginnings of steps, ascending: 1 if it was
/// shown.
std::vector<std::uint8_t> shown_by_feed(std::span<const Liquidation> liquidations,
                                        const StepClock& clock, const std::vector<FeedRule>& rules);

/// USD by bin, instrument and side (long, short) of those that are marked; `coins` by instrument.
/// Bins are `bin_ns` long from `start_ns` on; what lies beyond the last is left out.
std::vector<double> sums_by_bin(std::span<const Liquidation> liquidations,
                                std::span<const std::uint8_t> marked,
                                std::span<const std::uint32_t> coins, std::int64_t start_ns,
                                std::int64_t bin_ns, std::size_t bins);

}  // namespace v1
}  // namespace delever
