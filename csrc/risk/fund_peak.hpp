// The peak of an insurance fund within a sliding window: what its fall is measured from.
//
// A monotone queue of (time, equity): an older sample that is no higher than a newer one can never
// be the peak again and is dropped when the newer one arrives. Samples come in order of time.
// Invariant: equities fall from front to back. Cost: O(1) amortised; memory O(samples since the
// peak), the worst case a fund that falls at every evaluation point of the window.
#pragma once

#include <cstdint>
#include <deque>

#include "units/arithmetic.hpp"
#include "units/quantity.hpp"

namespace delever {
inline namespace v1 {

class FundPeak {
 public:
  void add(TimeNs time, Int128 equity, TimeNs window) {
    while (!samples_.empty() && samples_.back().equity <= equity) samples_.pop_back();
    samples_.push_back({equity, time});
    while (samples_.front().time < time - window) samples_.pop_front();
  }
  bool empty() const { return samples_.empty(); }
  Int128 peak() const { return samples_.front().equity; }

  template <class Archive>
  void serialize(Archive& archive) {
    std::uint64_t count = samples_.size();
    archive(count);
    for (std::uint64_t at = 0; at < count; ++at) {
      if constexpr (Archive::reading) samples_.emplace_back();
      archive(samples_[at].equity);
      archive(samples_[at].time);
    }
  }

 private:
  struct Sample {
    Int128 equity = 0;
    TimeNs time;
  };

  std::deque<Sample> samples_;
};

}  // namespace v1
}  // namespace delever
