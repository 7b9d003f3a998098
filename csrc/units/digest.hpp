// The digest of an event stream: one 64-bit state, advanced once per event over the event's words.
//
//   e = sum_i word[i] * key[i]   (mod 2^64, key[i] = splitmix64(i + 1) | 1)
//   h = (h ^ e) * 0x9E3779B97F4A7C15;  h ^= h >> 32
//
// The products are independent, so an event costs about one multiplication of latency plus its
// throughput. This identifies runs; it is not cryptographic.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "units/inline.hpp"
namespace delever {
inline namespace v1 {

constexpr std::uint64_t splitmix64(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

template <std::size_t WordCount>
constexpr std::array<std::uint64_t, WordCount> digest_keys() {
  std::array<std::uint64_t, WordCount> keys{};
  for (std::size_t i = 0; i < WordCount; ++i) keys[i] = splitmix64(i + 1) | 1;
  return keys;
}

class Digest {
 public:
  template <std::size_t WordCount>
  DELEVER_INLINE void add(const std::array<std::int64_t, WordCount>& words) {
    static constexpr auto keys = digest_keys<WordCount>();
    std::uint64_t mixed = 0;
    for (std::size_t i = 0; i < WordCount; ++i)
      mixed += static_cast<std::uint64_t>(words[i]) * keys[i];
    state_ = (state_ ^ mixed) * 0x9E3779B97F4A7C15ULL;
    state_ ^= state_ >> 32;
  }
  std::uint64_t value() const { return state_; }
  void restore(std::uint64_t state) { state_ = state; }

 private:
  std::uint64_t state_ = 0x64656C6576657231ULL;  // "delever1"
};

}  // namespace v1
}  // namespace delever
