// The messages of NASDAQ TotalView-ITCH 5.0 as views over their bytes: nothing is copied or
// converted until a field is read.
//
// A view is a pointer to a message's first byte, its type, and is valid as long as the bytes are.
// All numbers are big-endian; times are nanoseconds since midnight (48 bits), prices are 1e-4
// dollars in 32 bits, quantities are shares. `itch_lengths` gives the length of a message by its
// type, 0 where there is no such type. itch_layout.hpp lists the fields of all 23 types; here are
// accessors for those that change books or print trades.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "market/order_types.hpp"

namespace delever {
inline namespace v1 {

template <class Word>
Word big_endian(const std::uint8_t* bytes) {
  Word word;
  std::memcpy(&word, bytes, sizeof(Word));
  if constexpr (std::endian::native == std::endian::little) {
    if constexpr (sizeof(Word) == 2) word = __builtin_bswap16(word);
    if constexpr (sizeof(Word) == 4) word = __builtin_bswap32(word);
    if constexpr (sizeof(Word) == 8) word = __builtin_bswap64(word);
  }
  return word;
}

constexpr std::array<std::uint8_t, 256> make_itch_lengths() {
  std::array<std::uint8_t, 256> lengths{};
  constexpr struct {
    char type;
    std::uint8_t bytes;
  } known[] = {{'S', 12}, {'R', 39}, {'H', 25}, {'Y', 20}, {'L', 26}, {'V', 35},
               {'W', 12}, {'K', 28}, {'J', 35}, {'h', 21}, {'A', 36}, {'F', 40},
               {'E', 31}, {'C', 36}, {'X', 23}, {'D', 19}, {'U', 35}, {'P', 44},
               {'Q', 40}, {'B', 19}, {'I', 50}, {'N', 20}, {'O', 48}};
  for (const auto& one : known) lengths[static_cast<std::uint8_t>(one.type)] = one.bytes;
  return lengths;
}
constexpr std::array<std::uint8_t, 256> itch_lengths = make_itch_lengths();
constexpr std::size_t itch_length_max = 50;
/// How many messages a handler is asked to prepare for at a time.
constexpr std::size_t itch_batch_max = 32;

constexpr std::array<Side, 256> make_itch_sides() {
  std::array<Side, 256> sides{};
  sides['B'] = Side::Buy;
  sides['S'] = Side::Sell;
  return sides;
}
constexpr std::array<Side, 256> itch_sides = make_itch_sides();

/// Any message: what all have.
struct ItchMessage {
  const std::uint8_t* bytes;

  char type() const { return static_cast<char>(bytes[0]); }
  std::uint16_t stock_locate() const { return big_endian<std::uint16_t>(bytes + 1); }
  std::int64_t time_ns() const {
    return static_cast<std::int64_t>(big_endian<std::uint64_t>(bytes + 3) & 0xFFFF'FFFF'FFFF);
  }
  std::size_t length() const { return itch_lengths[bytes[0]]; }

 protected:
  std::uint32_t u32(std::size_t at) const { return big_endian<std::uint32_t>(bytes + at); }
  std::uint64_t u64(std::size_t at) const { return big_endian<std::uint64_t>(bytes + at); }
  static Side side_of(std::uint8_t letter) {
    return itch_sides[letter];  // a look-up: which side comes next cannot be predicted
  }
};

/// R: a symbol and its locate, before trading starts.
struct ItchStockDirectory : ItchMessage {
  const char* stock() const { return reinterpret_cast<const char*>(bytes + 11); }  ///< 8, padded
};
/// A and F: an order rests.
struct ItchAddOrder : ItchMessage {
  static constexpr std::size_t side_at = 19;
  std::uint64_t reference() const { return u64(11); }
  Side side() const { return side_of(bytes[side_at]); }
  std::uint32_t shares() const { return u32(20); }
  const char* stock() const { return reinterpret_cast<const char*>(bytes + 24); }
  std::uint32_t price() const { return u32(32); }
};
/// E and C: a resting order trades; C at a price of its own.
struct ItchOrderExecuted : ItchMessage {
  std::uint64_t reference() const { return u64(11); }
  std::uint32_t shares() const { return u32(19); }
  std::uint64_t match_number() const { return u64(23); }
};
struct ItchOrderExecutedWithPrice : ItchOrderExecuted {
  bool printable() const { return bytes[31] == 'Y'; }
  std::uint32_t price() const { return u32(32); }
};
/// X: an order shrinks.
struct ItchOrderCancel : ItchMessage {
  std::uint64_t reference() const { return u64(11); }
  std::uint32_t shares() const { return u32(19); }
};
/// D: an order is gone.
struct ItchOrderDelete : ItchMessage {
  std::uint64_t reference() const { return u64(11); }
};
/// U: an order gives way to a new one of the same symbol and side.
struct ItchOrderReplace : ItchMessage {
  std::uint64_t reference() const { return u64(11); }
  std::uint64_t new_reference() const { return u64(19); }
  std::uint32_t shares() const { return u32(27); }
  std::uint32_t price() const { return u32(31); }
};
/// P: a trade against an order that was not shown.
struct ItchTrade : ItchMessage {
  std::uint64_t reference() const { return u64(11); }
  Side side() const { return side_of(bytes[19]); }
  std::uint32_t shares() const { return u32(20); }
  std::uint32_t price() const { return u32(32); }
  std::uint64_t match_number() const { return u64(36); }
};
/// Q: the print of an auction.
struct ItchCrossTrade : ItchMessage {
  std::uint64_t shares() const { return u64(11); }
  std::uint32_t price() const { return u32(27); }
  std::uint64_t match_number() const { return u64(31); }
};
/// B: a trade is void.
struct ItchBrokenTrade : ItchMessage {
  std::uint64_t match_number() const { return u64(11); }
};

}  // namespace v1
}  // namespace delever
