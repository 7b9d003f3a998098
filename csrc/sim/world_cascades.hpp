// Which liquidation of a closed world led to which: a parent for every one, as it happens.
//
// The world's price moves by what each liquidation's forced orders did to it (dI = F / (100 D)) and
// by what nobody here did: fair value, decay, everybody else's flow. A venue's mark follows the
// index, which shows a price one step old, or the present price around which its makers quote; its
// move is taken as the mixture of these two moves that comes nearest to it, and so are its parts.
// Parts against the move come first, then what is nobody's, then those along it, in order, so that
// a level is passed by a liquidation with the part of the move that was its own. The parent of a
// liquidation is who last brought its venue's mark through its threshold (sim/cascade_tree.hpp); a
// coin that follows the first one hands on what moved that.
//
// Cost: O(log levels) a part, venue and coin of the step. Memory: 60 bytes a liquidation, the parts
// of two steps and one control interval, and by venue and coin one interval for each level that a
// liquidation passed last: bounded by the range of prices in ticks. One thread at a time, after all
// markets of a step.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "feed/liquidation.hpp"
#include "market/instrument.hpp"
#include "sim/cascade_tree.hpp"

namespace delever {
inline namespace v1 {

/// The mark at which a position, evaluated at this mark with this deficit (of its notional, in
/// ppm), would just have been breached, in ticks; exact to rounding for a linear contract.
std::int64_t breach_ticks(const InstrumentSpec& spec, std::int64_t lots, std::int64_t mark_ticks,
                          std::int64_t deficit_ppm);

/// One row a liquidation, by step, then by venue, then in the venue's order.
struct CascadeRows {
  std::vector<Liquidation> liquidations;  ///< `instrument` is the coin
  std::vector<std::int64_t> parents;      ///< an earlier row, or no_parent
  std::vector<std::int64_t> threshold_ticks;
  std::vector<std::uint8_t> venues;
};

class WorldCascades {
 public:
  /// Prices by group and coin; every venue belongs to one group.
  WorldCascades(std::size_t groups, std::size_t venues, std::size_t coins);

  /// A step begins: what was pushed in the last one moves the prices now.
  void begin_step();
  /// The first coin's moves since the last innovation also move another one, times beta.
  void follow(std::size_t group, std::size_t coin, double beta);
  /// All coins have had their innovation.
  void end_innovation(std::size_t group);
  void set_price(std::size_t group, std::size_t coin, double log_price);
  void set_index(std::size_t coin, double log_index);
  /// The venue's mark, at which it was evaluated in this step.
  void set_mark(std::size_t venue, std::size_t group, std::size_t coin, std::int64_t mark_ticks);
  /// A liquidation at this mark; rows of a venue in its own order.
  void add(std::size_t venue, const Liquidation& liquidation, std::int64_t level_ticks);
  /// So much of its position was closed so far.
  void set_usd(std::size_t venue, std::int64_t liquidation, double usd);
  /// Its forced orders moved a price by so much, to be seen in the next step.
  void push(std::size_t venue, std::int64_t liquidation, std::size_t group, std::size_t coin,
            double log_move);

  std::size_t count(std::size_t venue) const { return numbers_[venue].size(); }
  const CascadeRows& rows() const { return rows_; }

 private:
  struct Part {
    std::int64_t mover = no_parent;
    double log_move = 0;
  };
  using Parts = std::vector<Part>;
  /// A coin's price in a group: where it is, where it was a step ago, and what moved it there.
  struct Price {
    double now = 0, before = 0;
    Parts parts, parts_before, next;
  };
  struct Index {
    double now = 0, before = 0;
  };
  struct Mark {
    std::int64_t ticks = 0;  ///< 0: not seen yet
    PassageMap passages;
  };

  Price& price(std::size_t group, std::size_t coin) { return prices_[group * coins_ + coin]; }
  void mix_parts(const Price& indexed, const Price& own, double own_weight);
  void pass(Mark& mark, std::int64_t to_ticks);

  std::size_t coins_;
  std::vector<Price> prices_;   // group x coin
  std::vector<Parts> leading_;  // of the first coin since its last innovation, by group
  std::vector<Index> indices_;  // by coin
  std::vector<Mark> marks_;     // venue x coin
  std::vector<std::vector<std::int64_t>> numbers_;  // row of a venue's liquidation
  CascadeRows rows_;
  Parts mixed_;
};

}  // namespace v1
}  // namespace delever
