// Counter-based randomness: a draw is a pure function of (seed, purpose, agent, tick).
//
// There is no generator state, hence no order of drawing: switching one agent or mechanism off
// moves nobody else's draws, and a draw may be asked for again. `agent` says who draws, `purpose`
// for what, and `tick` is the agent's own exogenous counter (a step of the clock, an episode),
// never a count of draws made so far. Within one purpose the map (agent, tick) -> bits is a
// bijection of 64 bits, so two keys of one stream never share a value. About two nanoseconds a
// draw. Integers only; the floating distributions are the simulation's (sim/distributions.hpp). Not
// cryptographic.
#pragma once

#include <cstdint>

#include "units/digest.hpp"

namespace delever {
inline namespace v1 {

/// One seed's draws for one purpose.
class RandomStream {
 public:
  RandomStream() = default;
  constexpr RandomStream(std::uint64_t seed, std::uint32_t purpose)
      : key_(splitmix64(splitmix64(seed) + purpose)), second_key_(splitmix64(~key_)) {}

  /// 64 uniform bits.
  constexpr std::uint64_t bits(std::uint32_t agent, std::uint32_t tick) const {
    const std::uint64_t name = (static_cast<std::uint64_t>(agent) << 32) | tick;
    return splitmix64(splitmix64(name ^ key_) + second_key_);
  }

 private:
  std::uint64_t key_ = 0;
  std::uint64_t second_key_ = 0;
};

}  // namespace v1
}  // namespace delever
