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
#include <utility>

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
  /// The sum of an event's words, as they come.
  template <std::size_t WordCount>
  class Mix {
   public:
    /// Takes the word in and returns it.
    template <std::size_t word>
    DELEVER_INLINE std::int64_t add(std::int64_t value) {
      static_assert(word < WordCount);
      constexpr std::uint64_t key = digest_keys<WordCount>()[word];
      sum_ += static_cast<std::uint64_t>(value) * key;
      return value;
    }

   private:
    friend class Digest;
    std::uint64_t sum_ = 0;
  };

  template <std::size_t WordCount>
  DELEVER_INLINE void add(const Mix<WordCount>& mix) {
    state_ = (state_ ^ mix.sum_) * 0x9E3779B97F4A7C15ULL;
    state_ ^= state_ >> 32;
  }
  template <std::size_t WordCount>
  DELEVER_INLINE void add(const std::array<std::int64_t, WordCount>& words) {
    add(words, std::make_index_sequence<WordCount>{});
  }
  std::uint64_t value() const { return state_; }
  void restore(std::uint64_t state) { state_ = state; }

 private:
  template <std::size_t WordCount, std::size_t... word>
  DELEVER_INLINE void add(const std::array<std::int64_t, WordCount>& words,
                          std::index_sequence<word...>) {
    Mix<WordCount> mix;
    (mix.template add<word>(words[word]), ...);
    add(mix);
  }

  std::uint64_t state_ = 0x64656C6576657231ULL;  // "delever1"
};

}  // namespace v1
}  // namespace delever
