// How the log holds what it holds most until somebody looks: an event of an order or a fill as one
// cache line of eight words, instead of a word in each of ten columns.
//
// Owns: which word of an Event lies where in the row of its family, and in how many bits. Words
// that are whole take a word of the row; those that are small by nature (accounts, kinds, sides,
// reasons, the command's number) share one. What a family keeps in sparse columns is not in the
// row. `excess_of` says whether a row can hold the event, so that nothing is ever cut off.
//
// Invariants: a part is whole bytes; it is stored as such, not shifted into its word. The only one
// of an odd number of bytes begins its word: it is stored as all of it, before what lies above.
//
// Cost: packing is a store per part, all to one line; unpacking the same number of loads and a
// store per column.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>

#include "units/inline.hpp"
#include "venue/event.hpp"

namespace delever {
inline namespace v1 {

constexpr std::size_t event_row_words = 8;

/// Where a row holds a word of the event.
struct RowPart {
  Word word;
  std::uint8_t at;
  std::uint8_t shift = 0;
  std::uint8_t bits = 64;

  constexpr std::uint64_t mask() const { return ~std::uint64_t{0} >> (64 - bits); }
};

namespace row_layout {

inline constexpr std::array orders{
    RowPart{Word::Sequence, 0},       RowPart{Word::TimeNs, 1},
    RowPart{Word::Command, 2, 0, 56}, RowPart{Word::Reason, 2, 56, 8},
    RowPart{Word::OrderId, 3},        RowPart{Word::PriceTicks, 4},
    RowPart{Word::QtyLots, 5},        RowPart{Word::OtherOrder, 6},
    RowPart{Word::Account, 7, 0, 32}, RowPart{Word::Instrument, 7, 32, 16},
    RowPart{Word::Kind, 7, 48, 8},    RowPart{Word::Side, 7, 56, 8},
};
inline constexpr std::array fills{
    RowPart{Word::Sequence, 0},       RowPart{Word::TimeNs, 1},
    RowPart{Word::Command, 2, 0, 56}, RowPart{Word::Side, 2, 56, 8},
    RowPart{Word::OrderId, 3},        RowPart{Word::OtherOrder, 4},
    RowPart{Word::PriceTicks, 5},     RowPart{Word::QtyLots, 6},
    RowPart{Word::Account, 7, 0, 32}, RowPart{Word::OtherAccount, 7, 32, 32},
};

}  // namespace row_layout

/// The parts of a family's rows; none where the log keeps its columns as they come.
constexpr std::span<const RowPart> row_parts_of(EventFamily family) {
  if (family == EventFamily::Orders) return row_layout::orders;
  if (family == EventFamily::Fills) return row_layout::fills;
  return {};
}
/// Whether the log keeps the family in rows.
constexpr bool has_rows(EventFamily family) { return !row_parts_of(family).empty(); }
constexpr bool is_in_row(EventFamily family, Word word) {
  for (const RowPart& part : row_parts_of(family))
    if (part.word == word) return true;
  return false;
}

// Every index is known when compiling, so that an event made on the spot never exists in memory.
namespace row_layout {

template <class Bytes>
DELEVER_INLINE void put_bytes(std::uint64_t* word, unsigned shift, std::int64_t value) {
  constexpr unsigned beyond = 64 - 8 * sizeof(Bytes);
  const unsigned before = std::endian::native == std::endian::little ? shift : beyond - shift;
  const auto bytes = static_cast<Bytes>(value);
  std::memcpy(reinterpret_cast<std::byte*>(word) + before / 8, &bytes, sizeof bytes);
}
/// Stores a part where it lies in the row.
template <EventFamily family, std::size_t index>
DELEVER_INLINE void put(const Event& event, std::uint64_t* row) {
  constexpr RowPart part = row_parts_of(family)[index];
  const std::int64_t value = event[part.word];
  if constexpr (part.bits == 8) put_bytes<std::uint8_t>(row + part.at, part.shift, value);
  if constexpr (part.bits == 16) put_bytes<std::uint16_t>(row + part.at, part.shift, value);
  if constexpr (part.bits == 32) put_bytes<std::uint32_t>(row + part.at, part.shift, value);
  if constexpr (part.bits > 32) row[part.at] = static_cast<std::uint64_t>(value);
}
template <EventFamily family, std::size_t index>
DELEVER_INLINE std::uint64_t excess_of(const Event& event) {
  constexpr RowPart part = row_parts_of(family)[index];
  static_assert(part.shift % 8 == 0 && (part.bits % 16 == 0 || part.bits == 8 || part.shift == 0));
  if constexpr (part.bits == 64) return 0;
  return static_cast<std::uint64_t>(event[part.word]) & ~part.mask();
}

}  // namespace row_layout

/// Writes the event's row.
template <EventFamily family, std::size_t... index>
DELEVER_INLINE void pack(const Event& event, std::uint64_t* row, std::index_sequence<index...>) {
  (row_layout::put<family, index>(event, row), ...);
}

/// 0 where every word fits into its place in the row.
template <EventFamily family, std::size_t... index>
DELEVER_INLINE std::uint64_t excess_of(const Event& event, std::index_sequence<index...>) {
  return (row_layout::excess_of<family, index>(event) | ...);
}

inline std::int64_t unpack(const std::uint64_t* row, const RowPart& part) {
  return static_cast<std::int64_t>(row[part.at] >> part.shift & part.mask());
}

}  // namespace v1
}  // namespace delever
