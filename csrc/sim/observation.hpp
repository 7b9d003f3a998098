// The observation operator: which of the true liquidations a venue's public feed showed.
//
// Most feeds show at most one liquidation per symbol and second: the last of that second, or, by an
// older wording, the largest; the more there are in a second, the more are lost, so that no single
// factor takes a reported figure back to the truth. `FeedRule` is what one venue did from one day
// on (delever/feeds.toml has them with their sources), `FeedFilter` applies a venue's rules to
// liquidations as they come, in ascending time. Windows are whole multiples of their length since
// 1970, for a feed's own phase is not published. A shown liquidation keeps its own time and size.
//
// Cost: O(1) a liquidation; memory: one pending liquidation per instrument. Worst case: the rules
// are searched linearly, and there are a handful.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "feed/liquidation.hpp"

namespace delever {
inline namespace v1 {

enum class FeedKeeps : std::uint8_t { All, Last, Largest };

/// From `from_ns` on, one liquidation per instrument and `window_ns` (of no meaning for All).
struct FeedRule {
  std::int64_t from_ns = 0;
  std::int64_t window_ns = 1'000'000'000;
  FeedKeeps keeps = FeedKeeps::All;
};

class FeedFilter {
 public:
  /// Rules in ascending time; before the first nothing is known and everything is shown. Throws
  /// std::invalid_argument where a rule keeps one per window and the window is not positive, or
  /// where the times do not ascend.
  explicit FeedFilter(std::vector<FeedRule> rules);

  /// Takes the next true liquidation; calls show(liquidation, tag) for the one it has pushed out of
  /// its finished window, or for itself where all are shown.
  template <class Show>
  void add(const Liquidation& liquidation, std::size_t tag, Show&& show) {
    const FeedRule& rule = rule_at(liquidation.time_ns);
    if (rule.keeps == FeedKeeps::All) return show(liquidation, tag);
    if (pending_.size() <= liquidation.instrument) pending_.resize(liquidation.instrument + 1);
    Pending& kept = pending_[liquidation.instrument];
    const std::int64_t window = liquidation.time_ns / rule.window_ns;
    if (kept.window != window && kept.window != no_window) show(kept.liquidation, kept.tag);
    const bool first = kept.window != window;
    const bool larger = liquidation.usd > kept.liquidation.usd;
    if (first || rule.keeps == FeedKeeps::Last || larger) kept = {window, liquidation, tag};
  }
  /// What is still pending, by instrument.
  template <class Show>
  void finish(Show&& show) {
    for (Pending& kept : pending_) {
      if (kept.window != no_window) show(kept.liquidation, kept.tag);
      kept.window = no_window;
    }
  }

 private:
  static constexpr std::int64_t no_window = -1;
  struct Pending {
    std::int64_t window = no_window;
    Liquidation liquidation;
    std::size_t tag = 0;
  };
  const FeedRule& rule_at(std::int64_t time_ns) const;

  std::vector<FeedRule> rules_;
  std::vector<Pending> pending_;
};

/// Which of these (in ascending time) were shown, in their order; throws std::invalid_argument
/// where a time is below the one before.
std::vector<std::size_t> observed(std::span<const Liquidation> truth,
                                  const std::vector<FeedRule>& rules);

}  // namespace v1
}  // namespace delever
