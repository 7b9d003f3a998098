// The clock of a simulation: the times at which its agents act, and the number of each.
//
// A schedule is a list of windows, each with its own step (a minute where nothing is asked, a
// second in the core of the event). Step k begins at `time_ns(k)`; the number k is the exogenous
// tick that keys what an agent draws at it. All times are kept (8 bytes a step); `step_at` is a
// binary search.
#pragma once

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <vector>

namespace delever {
inline namespace v1 {

constexpr std::int64_t second_ns = 1'000'000'000;
constexpr std::int64_t minute_ns = 60 * second_ns;
constexpr std::int64_t hour_ns = 60 * minute_ns;
constexpr std::uint32_t no_step = 0xFFFFFFFF;

/// Up to `until_ns`, one step every `step_ns`.
struct StepWindow {
  std::int64_t until_ns = 0;
  std::int64_t step_ns = second_ns;
};

class StepClock {
 public:
  StepClock(std::int64_t start_ns, const std::vector<StepWindow>& windows) {
    std::int64_t time = start_ns;
    for (const StepWindow& window : windows) {
      if (window.step_ns <= 0) throw std::invalid_argument("a step must last at least 1 ns");
      for (; time < window.until_ns; time += window.step_ns) times_.push_back(time);
    }
    if (times_.empty()) throw std::invalid_argument("the simulation ends before it starts");
    times_.push_back(time);
  }

  std::uint32_t step_count() const { return static_cast<std::uint32_t>(times_.size() - 1); }
  std::int64_t time_ns(std::uint32_t step) const { return times_[step]; }
  /// The time from this step to the next.
  std::int64_t duration_ns(std::uint32_t step) const { return times_[step + 1] - times_[step]; }
  double duration_seconds(std::uint32_t step) const {
    return static_cast<double>(duration_ns(step)) / static_cast<double>(second_ns);
  }
  /// The first step at or after `time_ns`; no_step where the simulation has ended by then.
  std::uint32_t step_at(std::int64_t time) const {
    const auto end = times_.end() - 1;
    const auto found = std::lower_bound(times_.begin(), end, time);
    return found == end ? no_step : static_cast<std::uint32_t>(found - times_.begin());
  }

 private:
  std::vector<std::int64_t> times_;  // one more than there are steps
};

}  // namespace v1
}  // namespace delever
