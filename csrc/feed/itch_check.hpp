// What a pass over an ITCH 5.0 stream finds: the books it leads to, the time it spans, messages
// earlier than the one before, and updates after which a symbol's book is crossed.
//
// Owns: the books and the counts; a decoder's handler. Only an order that comes (A, F, U) can cross
// a book, so the touch is looked at there; updates are counted, not stretches: a book that stays
// crossed over three orders counts three. Each finding keeps the number of the first message, from
// 0, as faults do. Cost: that of ItchBooks, and two levels at each order that comes.
#pragma once

#include <cstdint>
#include <span>

#include "feed/itch_books.hpp"
#include "feed/itch_messages.hpp"

namespace delever {
inline namespace v1 {

/// How often something was, and where first.
struct ItchFinding {
  std::uint64_t count = 0;
  std::uint64_t first_message = 0;
  std::int64_t first_time_ns = 0;
};

class ItchCheck {
 public:
  [[gnu::always_inline]] void prepare(std::span<const ItchMessage> messages) {
    books_.prepare(messages);
  }
  template <class Message>
  void on(const Message& message) {
    books_.on(message);
    look_at_time(message);
    ++messages_;
  }
  void on(const ItchAddOrder& message) { on_coming(message); }
  void on(const ItchOrderReplace& message) { on_coming(message); }

  const ItchBooks& books() const { return books_; }
  std::uint64_t messages() const { return messages_; }
  std::int64_t first_time_ns() const { return first_time_ns_; }
  std::int64_t last_time_ns() const { return last_time_ns_; }  ///< the latest, not the last
  /// Orders that came: how many states `crossed` is out of.
  std::uint64_t updates() const { return updates_; }
  const ItchFinding& crossed() const { return crossed_; }
  const ItchFinding& backward() const { return backward_; }

 private:
  template <class Message>
  void on_coming(const Message& message) {
    books_.on(message);
    look_at_time(message);
    ++updates_;
    if (books_.books().crossed(message.stock_locate())) note(crossed_, message);
    ++messages_;
  }
  void look_at_time(const ItchMessage& message) {
    const std::int64_t time_ns = message.time_ns();
    if (messages_ == 0) first_time_ns_ = last_time_ns_ = time_ns;
    if (time_ns < last_time_ns_) {
      note(backward_, message);
    } else {
      last_time_ns_ = time_ns;
    }
  }
  void note(ItchFinding& finding, const ItchMessage& message) const {
    if (finding.count++ == 0) finding = {1, messages_, message.time_ns()};
  }

  ItchBooks books_;
  std::uint64_t messages_ = 0, updates_ = 0;
  std::int64_t first_time_ns_ = 0, last_time_ns_ = 0;
  ItchFinding crossed_, backward_;
};

}  // namespace v1
}  // namespace delever
