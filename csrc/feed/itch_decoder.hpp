// Cuts a stream of bytes into ITCH 5.0 messages and gives each to a handler.
//
// Framing: every message follows its length in two bytes; where they are zero, its type says how
// long it is (as in files that leave them unset). Two zero bytes and nothing after them end a
// session. Chunks may end anywhere: the start of an unfinished message, at most 51 bytes, is kept.
//
// A message of an unknown type, or whose length is not its type's, is a fault: decoding stops there
// for good, with everything before it handled, and `fault` says where and what. `finish` reports
// bytes that are left over. So garbage costs no memory, and is found where it starts.
//
// A handler has on(message) for the views of itch_messages.hpp (ItchMessage for the other types);
// the calls are resolved at compile time. If it has `bool stops_before(const ItchMessage&) const`,
// decoding pauses before the first message it says yes to, and goes on with the next `feed`. If it
// has `prepare(std::span<const ItchMessage>)`, it sees each batch of up to 32 before handling it.
//
// Complexity: O(1) a message; 12 to 20 ns, most of it the branch on the type.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>

#include "feed/itch_messages.hpp"

namespace delever {
inline namespace v1 {

/// Why decoding stopped.
struct ItchFault {
  enum class Kind : std::uint8_t { UnknownType, WrongLength, Truncated };
  Kind kind = Kind::Truncated;
  std::uint64_t offset = 0;   ///< of the message's length bytes, from the start of the stream
  std::uint64_t message = 0;  ///< how many messages precede it
  std::uint32_t length = 0;   ///< as its length bytes say; Truncated: how many bytes there are
  std::uint8_t type = 0;      ///< 0: not even that is there

  /// What is wrong, in words.
  std::string text() const;
};

template <class Handler>
concept ItchStops = requires(const Handler& handler, const ItchMessage& message) {
  { handler.stops_before(message) } -> std::same_as<bool>;
};

template <class Handler>
concept ItchPrepares = requires(Handler& handler, std::span<const ItchMessage> messages) {
  handler.prepare(messages);
};

/// Gives one message to its handler as the view of its type.
template <class Handler>
inline void dispatch_itch(const std::uint8_t* bytes, Handler& handler) {
  switch (bytes[0]) {
    case 'A':
    case 'F': return handler.on(ItchAddOrder{{bytes}});
    case 'D': return handler.on(ItchOrderDelete{{bytes}});
    case 'U': return handler.on(ItchOrderReplace{{bytes}});
    case 'E': return handler.on(ItchOrderExecuted{{bytes}});
    case 'C': return handler.on(ItchOrderExecutedWithPrice{{{bytes}}});
    case 'X': return handler.on(ItchOrderCancel{{bytes}});
    case 'P': return handler.on(ItchTrade{{bytes}});
    case 'Q': return handler.on(ItchCrossTrade{{bytes}});
    case 'B': return handler.on(ItchBrokenTrade{{bytes}});
    case 'R': return handler.on(ItchStockDirectory{{bytes}});
    default: return handler.on(ItchMessage{bytes});
  }
}

class ItchDecoder {
 public:
  /// Handles all complete messages of the chunk; returns how many of its bytes were taken: all,
  /// unless the handler stopped or there is a fault.
  template <class Handler>
  std::size_t feed(std::span<const std::uint8_t> chunk, Handler& handler) {
    if (fault_) return 0;
    std::size_t taken = 0;
    if (kept_ != 0) {
      taken = complete_kept(chunk, handler);
      if (kept_ != 0) return taken;
    }
    taken += run(chunk.subspan(taken), handler);
    if (fault_ || stopped_) return taken;
    const std::span<const std::uint8_t> rest = chunk.subspan(taken);
    std::memcpy(keep_.data(), rest.data(), rest.size());
    kept_ = rest.size();
    return chunk.size();
  }

  /// The stream ends here: bytes left over are a fault, unless they mark the end of a session.
  void finish();

  /// Bytes taken by handled messages.
  std::uint64_t offset() const { return offset_; }
  std::uint64_t messages() const { return messages_; }
  /// Of the last message handled, since midnight; 0 before the first.
  std::int64_t time_ns() const { return time_ns_; }
  const std::optional<ItchFault>& fault() const { return fault_; }
  /// The handler stopped before a message.
  bool stopped() const { return stopped_; }

 private:
  static constexpr std::size_t prefix = 2;
  static constexpr std::size_t frame_max = prefix + itch_length_max;

  enum class Pause : std::uint8_t { None, EndOfBytes, Stop, Fault };

  /// The length of the message whose frame starts here, 0 where it is malformed (or unknown yet).
  static std::size_t length_of(const std::uint8_t* frame) {
    const std::size_t declared = big_endian<std::uint16_t>(frame);
    const std::size_t known = itch_lengths[frame[prefix]];
    return declared == known || declared == 0 ? known : 0;
  }

  /// Handles complete messages from the start of the bytes; returns how many bytes they took.
  template <class Handler>
  std::size_t run(std::span<const std::uint8_t> bytes, Handler& handler) {
    const std::uint8_t* at = bytes.data();
    const std::uint8_t* const end = at + bytes.size();
    Pause pause = Pause::None;
    while (pause == Pause::None) {
      std::array<ItchMessage, itch_batch_max> batch;
      std::size_t count = 0;
      pause = collect(at, end, batch, count, handler);
      const std::span<const ItchMessage> messages(batch.data(), count);
      if constexpr (ItchPrepares<Handler>) handler.prepare(messages);
      for (const ItchMessage& message : messages) dispatch_itch(message.bytes, handler);
      messages_ += count;
      if (count != 0) time_ns_ = messages.back().time_ns();
    }
    const auto taken = static_cast<std::size_t>(at - bytes.data());
    offset_ += taken;
    stopped_ = pause == Pause::Stop;
    if (pause == Pause::Fault) set_fault(at);
    return taken;
  }

  /// Finds the next messages, and moves `at` behind them.
  template <class Handler>
  static Pause collect(const std::uint8_t*& at, const std::uint8_t* end,
                       std::array<ItchMessage, itch_batch_max>& batch, std::size_t& count,
                       const Handler& handler) {
    while (count != itch_batch_max) {
      const auto left = static_cast<std::size_t>(end - at);
      if (left <= prefix) [[unlikely]]
        return Pause::EndOfBytes;
      const std::size_t length = length_of(at);
      if (length == 0) [[unlikely]]
        return Pause::Fault;
      if (left < prefix + length) [[unlikely]]
        return Pause::EndOfBytes;
      const ItchMessage message{at + prefix};
      if constexpr (ItchStops<Handler>) {
        if (handler.stops_before(message)) [[unlikely]]
          return Pause::Stop;
      }
      batch[count++] = message;
      at += prefix + length;
    }
    return Pause::None;
  }

  /// Completes the kept start of a message from the chunk and handles it; returns the bytes used.
  template <class Handler>
  std::size_t complete_kept(std::span<const std::uint8_t> chunk, Handler& handler) {
    const std::size_t before = kept_;
    const std::size_t wanted = std::min(frame_max - kept_, chunk.size());
    std::size_t used = 0;
    while (used < wanted) {
      keep_[kept_++] = chunk[used++];
      if (kept_ <= prefix) continue;
      const std::size_t length = length_of(keep_.data());
      if (length != 0 && kept_ < prefix + length) continue;
      run({keep_.data(), kept_}, handler);
      if (stopped_ || fault_) {
        kept_ = before;
        return 0;
      }
      kept_ = 0;
      break;
    }
    return used;
  }

  void set_fault(const std::uint8_t* frame);

  std::array<std::uint8_t, frame_max> keep_{};
  std::size_t kept_ = 0;
  std::uint64_t offset_ = 0;
  std::uint64_t messages_ = 0;
  std::int64_t time_ns_ = 0;
  std::optional<ItchFault> fault_;
  bool stopped_ = false;
};

}  // namespace v1
}  // namespace delever
