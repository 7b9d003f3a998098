// The order books of an exchange from its ITCH 5.0 stream: a decoder's handler that applies every
// message to full L3 books, and keeps messages by type and the symbols of the directory besides.
//
// Invariants: a symbol's name is that of its latest directory message (R). Updates that contradict
// the books are counted by `books().results` and change nothing. P, Q and B print or void trades
// and move no order; an order that C executes at another price leaves the book like any other.
//
// `ItchBooksUntil` is the same, but stops before the first message later than a time.
//
// Complexity: that of the decoder and of L3Books. What a batch of messages will touch is asked for
// before its first is applied, so that the waits for memory overlap.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <map>
#include <span>
#include <string>

#include "feed/itch_messages.hpp"
#include "feed/l3_book.hpp"

namespace delever {
inline namespace v1 {

class ItchBooks {
 public:
  [[gnu::always_inline]] void prepare(std::span<const ItchMessage> messages) {
    std::array<const void*, itch_batch_max> hints;
    std::array<ItchAddOrder, itch_batch_max> adds;
    std::size_t hint_count = 0;
    std::size_t add_count = 0;
    for (const ItchMessage& message : messages) {
      if (!is_of_order(message)) continue;
      // Whether it adds cannot be predicted: no branch.
      const std::size_t adds_one = is_add(message) ? 1 : 0;
      const Side side = itch_sides[message.bytes[ItchAddOrder::side_at * adds_one]];
      books_.prepare_side(message.stock_locate(), side, adds_one);
      hints[hint_count] = books_.prepare_order(ItchOrderDelete{message}.reference());
      adds[add_count] = ItchAddOrder{message};
      hint_count += 1 - adds_one;
      add_count += adds_one;
    }
    for (std::size_t i = 0; i < add_count; ++i)
      near_[i] = books_.prepare_level(adds[i].stock_locate(), adds[i].side(), adds[i].price());
    next_near_ = 0;
    for (std::size_t i = 0; i < hint_count; ++i) books_.prepare_removal(hints[i]);
  }

  void on(const ItchAddOrder& message) {
    note(message);
    books_.add(message.stock_locate(), message.reference(), message.side(), message.price(),
               message.shares(), near_[next_near_++ % near_.size()]);
  }
  void on(const ItchOrderDelete& message) {
    note(message);
    books_.remove(message.reference());
  }
  void on(const ItchOrderReplace& message) {
    note(message);
    books_.replace(message.reference(), message.new_reference(), message.price(), message.shares());
  }
  void on(const ItchOrderExecuted& message) {
    note(message);
    books_.reduce(message.reference(), message.shares());
  }
  void on(const ItchOrderCancel& message) {
    note(message);
    books_.reduce(message.reference(), message.shares());
  }
  void on(const ItchStockDirectory& message) {
    note(message);
    std::string name(message.stock(), 8);
    name.erase(name.find_last_not_of(' ') + 1);
    symbols_[message.stock_locate()] = name;
  }
  void on(const ItchMessage& message) { note(message); }

  const CompactBooks& books() const { return books_; }
  /// Messages so far, by type.
  const std::array<std::uint64_t, 256>& messages() const { return counts_; }
  /// Names by stock locate.
  const std::map<SymbolId, std::string>& symbols() const { return symbols_; }

 private:
  /// Has a reference where ItchOrderDelete has it, and is at least that long.
  static bool is_of_order(const ItchMessage& message) {
    return message.length() >= itch_lengths['D'] && message.type() != 'I';
  }
  static bool is_add(const ItchMessage& message) {
    return (message.type() == 'A') | (message.type() == 'F');
  }
  static constexpr std::array<std::uint32_t, itch_batch_max> none_near() {
    std::array<std::uint32_t, itch_batch_max> none{};
    none.fill(no_index);
    return none;
  }
  void note(const ItchMessage& message) { ++counts_[message.bytes[0]]; }

  CompactBooks books_;
  std::array<std::uint32_t, itch_batch_max> near_ = none_near();  ///< by adds, of their levels
  std::size_t next_near_ = 0;
  std::map<SymbolId, std::string> symbols_;
  std::array<std::uint64_t, 256> counts_{};
};

struct ItchBooksUntil {
  ItchBooks& books;
  std::int64_t time_ns;

  bool stops_before(const ItchMessage& message) const { return message.time_ns() > time_ns; }
  [[gnu::always_inline]] void prepare(std::span<const ItchMessage> messages) {
    books.prepare(messages);
  }
  template <class Message>
  void on(const Message& message) {
    books.on(message);
  }
};

}  // namespace v1
}  // namespace delever
