// What a user decides where the rulebook leaves it to one: who is deleveraged first, and how much
// of a breached position a step closes.
//
// An advisor is asked in the middle of a command and may fail by throwing. So that a failure leaves
// nothing half done, a venue with an advisor first rehearses a batch on a branch, with the advisor,
// and then carries it out with the answers it got (Venue::apply): a batch costs a copy of the venue
// and twice the work. Answers must depend on what is given alone; the venue asks nobody twice.
#pragma once

#include <cstdint>
#include <vector>

#include "units/ids.hpp"

namespace delever {
inline namespace v1 {

/// Positions of one instrument as columns, by account and leg; ticks, lots and atoms.
struct AdvisedPositions {
  std::vector<std::int64_t> account;
  std::vector<std::int64_t> instrument;
  std::vector<std::int64_t> leg;
  std::vector<std::int64_t> qty;
  std::vector<std::int64_t> cost;
  std::vector<std::int64_t> margin;
  std::vector<std::int64_t> mark;
  std::vector<std::int64_t> equity;       ///< of the position, or the pool that backs it
  std::vector<std::int64_t> maintenance;  ///< as equity

  std::size_t size() const { return account.size(); }
};

class LiquidationAdvisor {
 public:
  virtual ~LiquidationAdvisor() = default;

  /// A score for each candidate; the largest is deleveraged first.
  virtual std::vector<std::int64_t> scores(const AdvisedPositions& candidates) = 0;
  /// How many lots of the one position given are to be closed; cut to 1 .. all.
  virtual std::int64_t lots(const AdvisedPositions& position) = 0;
};

}  // namespace v1
}  // namespace delever
