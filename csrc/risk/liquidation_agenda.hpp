// The units in liquidation between two steps: which, since which event, and when they are due.
//
// Ordered by account, instrument (0xFFFF: a pool) and leg (of a pool: its currency), so that asking
// them in order asks in no order of memory. A venue whose procedure is a single order keeps none.
// Cost: O(log units) to find, enter or leave; `next_due` is O(units) once after a change. Worst
// case: a venue that sells in clips through a crash holds every breached account here, and each
// evaluation point asks all of them.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <map>

#include "units/ids.hpp"
#include "units/quantity.hpp"

namespace delever {
inline namespace v1 {

struct LiquidationKey {
  AccountId account = 0;
  InstrumentId instrument = 0;  ///< every_instrument: a pool
  std::uint16_t leg = 0;        ///< of a pool: its currency

  friend auto operator<=>(const LiquidationKey&, const LiquidationKey&) = default;
};

/// A liquidation so far.
struct LiquidationRun {
  Sequence start = no_cause;  ///< its LiquidationStarted
  TimeNs due;                 ///< of the next step
  std::int64_t steps = 0;
  QtyLots closed;  ///< signed, in the closing direction
  Money fees;
  PriceTicks limit;  ///< of the last order
};

class LiquidationAgenda {
 public:
  bool empty() const { return runs_.empty(); }
  const std::map<LiquidationKey, LiquidationRun>& runs() const { return runs_; }

  bool has(const LiquidationKey& key) const { return runs_.contains(key); }
  const LiquidationRun* find(const LiquidationKey& key) const {
    const auto found = runs_.find(key);
    return found == runs_.end() ? nullptr : &found->second;
  }
  void put(const LiquidationKey& key, const LiquidationRun& run) {
    runs_.insert_or_assign(key, run);
    is_current_ = false;
  }
  void drop(const LiquidationKey& key) { is_current_ = runs_.erase(key) == 0 && is_current_; }

  /// When the first of them is due; the end of time where there is none.
  std::int64_t next_due_ns() {
    if (is_current_) return next_due_ns_;
    next_due_ns_ = std::numeric_limits<std::int64_t>::max();
    for (const auto& [key, run] : runs_)
      if (run.due.value < next_due_ns_) next_due_ns_ = run.due.value;
    is_current_ = true;
    return next_due_ns_;
  }

  template <class Archive>
  void serialize(Archive& archive) {
    std::uint64_t count = runs_.size();
    archive(count);
    if constexpr (Archive::reading) {
      while (count-- > 0) {
        LiquidationKey key;
        LiquidationRun run;
        serialize_entry(archive, key, run);
        put(key, run);
      }
    } else {
      for (const auto& entry : runs_) {
        LiquidationKey key = entry.first;
        LiquidationRun run = entry.second;
        serialize_entry(archive, key, run);
      }
    }
  }

 private:
  template <class Archive>
  static void serialize_entry(Archive& archive, LiquidationKey& key, LiquidationRun& run) {
    archive(key.account);
    archive(key.instrument);
    archive(key.leg);
    archive(run.start);
    archive(run.due);
    archive(run.steps);
    archive(run.closed);
    archive(run.fees);
    archive(run.limit);
  }

  std::map<LiquidationKey, LiquidationRun> runs_;
  std::int64_t next_due_ns_ = std::numeric_limits<std::int64_t>::max();
  bool is_current_ = true;
};

}  // namespace v1
}  // namespace delever
