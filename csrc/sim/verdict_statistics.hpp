// What draws of a posterior say about one horizon: odds of the three classes, what would settle
// them, and where over depth per under-reporting a cut-off lies.
//
// A draw is a point of the unknowns with one population. The cut-offs were frozen before any
// replay: ORDERLY if E < 0.2 and n < 0.5, SPIRAL if E >= 0.5 and n >= 1, else AMPLIFIED; a verdict
// only at 90 % of all draws, those without a fit counted against it. Cost: O(draws log draws).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace delever {
inline namespace v1 {

inline constexpr double orderly_share = 0.2, spiral_share = 0.5;
inline constexpr double orderly_n = 0.5, spiral_n = 1.0;

/// 0 ORDERLY, 1 AMPLIFIED, 2 SPIRAL; 3 stands for no fit.
std::int64_t verdict_class(double share, double n);

/// How many bits of the classes' entropy an unknown would take away on average, were it known to
/// a third of its draws; thirds of equal counts, so that no unknown wins by having more of them.
double information(std::span<const std::int64_t> classes, std::span<const double> unknown);

/// The value that best divides the draws that hit (below it) from the rest; 0 where none does.
/// `order` is the draws by ascending value, equal ones as they come.
double dividing_value(std::span<const double> values, const std::vector<bool>& hits,
                      std::span<const std::size_t> order);

/// Where a path (in logs) first passes a third and two thirds of its largest fall from the top of
/// [first, last]: when a leg is kicked.
std::vector<std::size_t> kick_steps(std::span<const double> log_path, std::size_t first,
                                    std::size_t last);

/// The value below which a part of the draws lies, interpolated between neighbours.
double quantile(std::vector<double> values, double part);

}  // namespace v1
}  // namespace delever
