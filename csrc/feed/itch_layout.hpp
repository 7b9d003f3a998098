// What every ITCH 5.0 message looks like, field by field, and its rows with native numbers.
//
// Owns: the list of fields of each of the 23 types, in the order of the specification, after the
// header that all share (stock_locate, tracking_number, time_ns). `ItchTables` is a decoder's
// handler that turns messages into rows, one table per type: the header as 16 bytes (message
// number u32, locate u16, tracking u16, time i64), then the fields without padding, numbers in
// native byte order, texts as they are. `ItchEvents` does it for what moves orders and prints
// trades, in one table of 48-byte rows.
//
// Invariants: the fields of a type, its header included, are as long as itch_lengths says.
//
// Complexity: O(fields) a message; memory is what the rows take.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "feed/itch_messages.hpp"

namespace delever {
inline namespace v1 {

struct ItchField {
  const char* name;
  std::uint8_t bytes;  ///< 1, 2, 4 or 8 of a number; any of a text
  bool text;
};

/// The fields of a type after the header; none where there is no such type.
std::span<const ItchField> itch_fields(char type);

class ItchTables {
 public:
  /// Bytes of a row before its fields.
  static constexpr std::size_t header_bytes = 16;
  static std::size_t row_bytes(char type) {
    return header_bytes + itch_lengths[static_cast<std::uint8_t>(type)] - 11;
  }

  template <class Message>
  void on(const Message& message) {
    append(message);
  }
  /// The rows of a type, one after another.
  const std::vector<std::uint8_t>& rows(char type) const {
    return tables_[static_cast<std::uint8_t>(type)];
  }

 private:
  void append(const ItchMessage& message);

  std::array<std::vector<std::uint8_t>, 256> tables_;
  std::uint32_t number_ = 0;
};

/// What moved an order or printed a trade. Fields that a type does not have are 0.
struct ItchEvent {
  std::int64_t time_ns = 0;         ///< since midnight
  std::uint64_t reference = 0;      ///< of the order (A F E C X D U P)
  std::uint64_t new_reference = 0;  ///< of the order that replaces it (U)
  std::uint64_t match_number = 0;   ///< of the trade (E C P Q B)
  std::uint64_t shares = 0;         ///< added, taken, traded or, with U, the new order's
  std::uint32_t price = 0;          ///< in 1e-4 dollars (A F C U P Q)
  std::uint16_t stock_locate = 0;
  char type = 0;
  Side side = Side::None;  ///< of the order (A F P)
};
static_assert(sizeof(ItchEvent) == 48);

class ItchEvents {
 public:
  void on(const ItchAddOrder& message);
  void on(const ItchOrderExecuted& message);
  void on(const ItchOrderExecutedWithPrice& message);
  void on(const ItchOrderCancel& message);
  void on(const ItchOrderDelete& message);
  void on(const ItchOrderReplace& message);
  void on(const ItchTrade& message);
  void on(const ItchCrossTrade& message);
  void on(const ItchBrokenTrade& message);
  void on(const ItchMessage&) {}

  std::vector<ItchEvent>& events() { return events_; }

 private:
  ItchEvent& append(const ItchMessage& message);

  std::vector<ItchEvent> events_;
};

}  // namespace v1
}  // namespace delever
