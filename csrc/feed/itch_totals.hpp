// What an ITCH 5.0 stream holds, without building anything: messages by type, shares added, taken
// and printed, and a checksum of what its order messages say. A handler of ItchDecoder.
//
// Invariants: the checksum is a sum (mod 2^64) over the messages of their time, symbol, numbers,
// price and shares, each times an odd constant of its own: any field that differs changes it.
//
// Complexity: the decoder's, and a few additions a message.
#pragma once

#include <array>
#include <cstdint>

#include "feed/itch_messages.hpp"

namespace delever {
inline namespace v1 {

class ItchTotals {
 public:
  void on(const ItchAddOrder& message) {
    const std::uint32_t shares = message.shares();
    added += shares;
    note(message, message.reference(), shares, message.price());
  }
  void on(const ItchOrderExecuted& message) {
    const std::uint32_t shares = message.shares();
    executed += shares;
    note(message, message.reference(), shares, message.match_number());
  }
  void on(const ItchOrderCancel& message) {
    const std::uint32_t shares = message.shares();
    cancelled += shares;
    note(message, message.reference(), shares, 0);
  }
  void on(const ItchOrderDelete& message) { note(message, message.reference(), 0, 0); }
  void on(const ItchOrderReplace& message) {
    const std::uint32_t shares = message.shares();
    added += shares;
    note(message, message.reference(), shares, message.price());
    checksum += message.new_reference() * 0xC2B2'AE3D'27D4'EB4F;
  }
  void on(const ItchTrade& message) {
    const std::uint32_t shares = message.shares();
    printed += shares;
    note(message, message.match_number(), shares, message.price());
  }
  void on(const ItchCrossTrade& message) {
    const std::uint64_t shares = message.shares();
    printed += shares;
    note(message, message.match_number(), shares, message.price());
  }
  void on(const ItchMessage& message) { note(message, 0, 0, 0); }

  std::array<std::uint64_t, 256> messages{};  ///< by type
  std::uint64_t added = 0;                    ///< shares of A, F and U
  std::uint64_t executed = 0;                 ///< shares of E and C
  std::uint64_t cancelled = 0;                ///< shares of X
  std::uint64_t printed = 0;                  ///< shares of P and Q
  std::uint64_t checksum = 0;

 private:
  void note(const ItchMessage& message, std::uint64_t number, std::uint64_t shares,
            std::uint64_t price) {
    ++messages[message.bytes[0]];
    checksum += static_cast<std::uint64_t>(message.time_ns()) * 0x9E37'79B9'7F4A'7C15 +
                message.stock_locate() * std::uint64_t{0x1656'67B1'9E37'79F9} +
                number * 0x27D4'EB2F'1656'67C5 + shares * 0x85EB'CA77'C2B2'AE63 +
                price * 0xFF51'AFD7'ED55'8CCD;
  }
};

}  // namespace v1
}  // namespace delever
