// The best bid and ask of every symbol of an ITCH 5.0 stream, each time they change.
//
// Owns: the books, the last top of each symbol, and the rows since they were last taken; a
// decoder's handler. A row is written after a message that changed price, shares or orders of
// either best level of its symbol; a side without orders has zeros. Memory: the books', 48 bytes a
// symbol, and the rows not yet taken. Cost: that of ItchBooks, and two levels at each message that
// moves an order.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "feed/itch_books.hpp"
#include "feed/itch_messages.hpp"

namespace delever {
inline namespace v1 {

/// Fields of a best level are 0 where the side is empty.
struct ItchTop {
  std::int64_t time_ns = 0;  ///< since midnight
  std::uint64_t bid_shares = 0;
  std::uint64_t ask_shares = 0;
  std::uint32_t bid_price = 0;  ///< in 1e-4 dollars
  std::uint32_t ask_price = 0;
  std::uint32_t bid_orders = 0;
  std::uint32_t ask_orders = 0;
  std::uint64_t stock_locate = 0;

  bool same_levels(const ItchTop& other) const {
    return bid_shares == other.bid_shares && ask_shares == other.ask_shares &&
           bid_price == other.bid_price && ask_price == other.ask_price &&
           bid_orders == other.bid_orders && ask_orders == other.ask_orders;
  }
};
static_assert(sizeof(ItchTop) == 48);

class ItchTops {
 public:
  [[gnu::always_inline]] void prepare(std::span<const ItchMessage> messages) {
    books_.prepare(messages);
  }
  void on(const ItchAddOrder& message) { follow(message); }
  void on(const ItchOrderDelete& message) { follow(message); }
  void on(const ItchOrderReplace& message) { follow(message); }
  void on(const ItchOrderExecuted& message) { follow(message); }
  void on(const ItchOrderCancel& message) { follow(message); }
  void on(const ItchStockDirectory& message) { books_.on(message); }
  void on(const ItchMessage& message) { books_.on(message); }

  const ItchBooks& books() const { return books_; }
  std::vector<ItchTop>& rows() { return rows_; }

 private:
  template <class Message>
  void follow(const Message& message) {
    books_.on(message);
    const SymbolId symbol = message.stock_locate();
    if (symbol >= last_.size()) [[unlikely]]
      last_.resize(std::size_t{symbol} + 1);
    const RestingLevel bid = books_.books().best(symbol, Side::Buy);
    const RestingLevel ask = books_.books().best(symbol, Side::Sell);
    const ItchTop top{message.time_ns(),
                      static_cast<std::uint64_t>(bid.qty),
                      static_cast<std::uint64_t>(ask.qty),
                      static_cast<std::uint32_t>(bid.price),
                      static_cast<std::uint32_t>(ask.price),
                      bid.orders,
                      ask.orders,
                      symbol};
    if (top.same_levels(last_[symbol])) return;
    last_[symbol] = top;
    rows_.push_back(top);
  }

  ItchBooks books_;
  HugeVector<ItchTop> last_;
  std::vector<ItchTop> rows_;
};

}  // namespace v1
}  // namespace delever
