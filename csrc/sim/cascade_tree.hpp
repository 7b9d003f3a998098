// Cascades: which liquidation led to which, and how large, long and deep the trees are.
//
// The parent of a liquidation is the latest one whose forced trading moved the price through its
// threshold. `PassageMap` knows who moved the price through a level last; a move of anybody else
// (mover no_parent) wipes what it passes, so that a price which fell by itself makes a new root.
// `cascades` sums trees up from a parent per node (parents come before their children), and
// `hill_fit` gives the tail exponent of their sizes with its Kolmogorov-Smirnov distance
// (B. M. Hill, Ann. Statist. 3, 1975; Clauset, Shalizi and Newman, SIAM Review 51, 2009).
//
// Cost: a move or a question of the map O(log levels), amortised (each move adds one interval and
// removes those it covers); `cascades` is linear. Worst case: memory grows with the number of
// intervals that were never passed again.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

namespace delever {
inline namespace v1 {

constexpr std::int64_t no_parent = -1;

class PassageMap {
 public:
  /// The price went from one level to the other through the trading of `mover`.
  void move(std::int64_t from_ticks, std::int64_t to_ticks, std::int64_t mover);
  /// Who last brought the price down to (falling) or up to this level; no_parent: nobody known.
  std::int64_t mover_through(std::int64_t level_ticks, bool falling) const;

 private:
  /// Intervals by their first level; each ends where the next begins, and neighbours differ, so
  /// that what nobody moved costs nothing.
  using Intervals = std::map<std::int64_t, std::int64_t>;
  static void assign(Intervals& intervals, std::int64_t first, std::int64_t last,
                     std::int64_t mover);
  static std::int64_t at(const Intervals& intervals, std::int64_t level);
  Intervals fallen_, risen_;
};

/// One tree: its root's row, how many liquidations and dollars, from when to when, and the longest
/// chain of triggers in it (a lone liquidation: 1).
struct Cascade {
  std::int64_t root = 0;
  std::int64_t size = 0;
  double usd = 0;
  std::int64_t start_ns = 0;
  std::int64_t end_ns = 0;
  std::int64_t depth = 0;
};

/// The trees, by root. Throws std::invalid_argument where the columns differ in length or a parent
/// is neither no_parent nor an earlier row.
std::vector<Cascade> cascades(std::span<const std::int64_t> parents,
                              std::span<const std::int64_t> times_ns, std::span<const double> usd);

/// What a forest of cascades amounts to.
struct CascadeSummary {
  std::int64_t liquidations = 0;
  std::int64_t trees = 0;
  double branching = 0;             ///< of the liquidations, the part that another one led to
  double branching_usd = 0;         ///< of their dollars
  std::int64_t largest = -1;        ///< the tree of the most liquidations, by number; -1: none
  std::vector<std::int64_t> sizes;  ///< trees of 1, 2-3, 4-7, 8-15, ... liquidations
};

/// `trees` are those of `parents`; one value of `usd` a liquidation. The part with a parent is the
/// mean number of children, which in a forest that has ended is the branching ratio n, as trees of
/// mean size 1 / (1 - n) say. Throws as `cascades` does where the columns differ in length.
CascadeSummary summary_of(std::span<const Cascade> trees, std::span<const std::int64_t> parents,
                          std::span<const double> usd);

struct TailFit {
  double exponent = 0;        ///< of the complementary distribution, ~ x^-exponent
  double standard_error = 0;  ///< exponent / sqrt(count)
  double distance = 0;        ///< Kolmogorov-Smirnov, of the tail to its fit
  std::int64_t count = 0;     ///< values in the tail
};

/// Of the values of at least `minimum`, continuous or integers (an integer x is read as its
/// interval's lower end, x - 1/2: `integers`). Throws std::invalid_argument where fewer than ten
/// are left or minimum is not positive.
TailFit hill_fit(std::span<const double> values, double minimum, bool integers);

}  // namespace v1
}  // namespace delever
