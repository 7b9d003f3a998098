// Writes a synthetic day of NASDAQ ITCH 5.0, the same every time, and beside it what books built
// from it must show at its end.
//
//   itch_day MESSAGES SEED DAY.itch SUMMARY.txt
//
// 8,887 symbols whose activity follows Zipf-Mandelbrot, in bursts on one symbol at a time; the mix
// of messages is that of a real day (2019-10-30: A 43.2 %, D 41.9 %, U 8.7 %, E 2.5 %, I 1.3 %, X
// 1.2 %, P 0.5 %, F 0.5 %); live orders rise to 3.4 % of the messages, stay, and fall to a quarter;
// at most 107 prices a side; most cancels are of recent orders; no book is ever crossed. Books are
// kept here as maps of vectors, which shares nothing with the library that is measured.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

namespace {

constexpr int symbols = 8'887;
constexpr int levels_max = 107;
constexpr std::uint32_t tick = 100;  // a cent

std::uint64_t mix(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

struct Random {
  std::uint64_t state;
  std::uint64_t next() { return mix(state++); }
  std::uint32_t below(std::uint32_t bound) {
    return static_cast<std::uint32_t>((next() >> 32) * bound >> 32);
  }
  /// How often a chance of (1 - 1/mean) comes true in a row, at most `most`.
  std::uint32_t run(std::uint32_t mean, std::uint32_t most) {
    std::uint32_t length = 0;
    while (length < most && below(mean) != 0) ++length;
    return length;
  }
};

struct Order {
  std::uint64_t reference;
  std::uint32_t price;
  std::uint32_t shares;
  std::uint32_t place;  // in the symbol's list
  std::uint8_t symbol_side;
};

using Queue = std::vector<std::uint32_t>;  // slots of orders, first in the queue first
struct Symbol {
  std::uint32_t middle = 0;
  std::vector<std::uint32_t> live;                     // slots of orders, roughly by age
  std::array<std::map<std::uint32_t, Queue>, 2> side;  // bids, asks
};

class Day {
 public:
  Day(std::uint64_t messages, std::uint64_t seed, std::FILE* out)
      : messages_(messages), random_{mix(seed)}, out_(out), book_(symbols) {
    double total = 0;
    for (int i = 0; i < symbols; ++i) cumulative_[i] = total += std::pow(i + 51.0, -1.2);
    for (double& sum : cumulative_) sum /= total;
    for (int i = 0; i < symbols; ++i) locate_[i] = static_cast<std::uint16_t>(i + 1);
    for (int i = symbols - 1; i > 0; --i) std::swap(locate_[i], locate_[random_.below(i + 1)]);
    buffer_.reserve(std::size_t{1} << 20);
  }

  void write() {
    system('O');
    for (int i = 0; i < symbols; ++i) directory(i);
    while (written_ < messages_) burst();
    flush();
  }

  void summarise(std::FILE* out) const {
    for (int type = 0; type < 256; ++type)
      if (counts_[type] != 0)
        std::fprintf(out, "messages %c %llu\n", type, as_printed(counts_[type]));
    std::fprintf(out, "live %llu\npeak %llu\n", as_printed(live_), as_printed(peak_));
    std::size_t deepest = 0;
    for (int i = 0; i < symbols; ++i) {
      std::fprintf(out, "symbol %d", locate_[i]);
      for (const auto& side : book_[i].side) {
        std::uint64_t orders = 0;
        std::uint64_t shares = 0;
        for (const auto& [price, queue] : side)
          for (const std::uint32_t slot : queue) ++orders, shares += orders_[slot].shares;
        const bool bids = &side == &book_[i].side[0];
        const std::uint32_t best = side.empty() ? 0
                                   : bids       ? side.rbegin()->first
                                                : side.begin()->first;
        std::fprintf(out, " %u %zu %llu %llu", best, side.size(), as_printed(orders),
                     as_printed(shares));
        deepest = std::max(deepest, side.size());
      }
      std::fprintf(out, "\n");
    }
    std::fprintf(out, "deepest %zu\n", deepest);
  }

 private:
  static unsigned long long as_printed(std::uint64_t number) { return number; }

  // ---- bytes ----
  void flush() {
    std::fwrite(buffer_.data(), 1, buffer_.size(), out_);
    buffer_.clear();
  }
  void put(std::uint64_t value, int bytes) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
      buffer_.push_back(static_cast<std::uint8_t>(value >> shift));
  }
  void text(const std::string& characters, std::size_t width) {
    for (std::size_t i = 0; i < width; ++i)
      buffer_.push_back(static_cast<std::uint8_t>(i < characters.size() ? characters[i] : ' '));
  }
  void head(char type, int length, std::uint16_t locate) {
    if (buffer_.size() > (std::size_t{1} << 20) - 64) flush();
    time_ns_ += 500 + random_.below(2'000);
    put(static_cast<std::uint64_t>(length), 2);
    put(static_cast<std::uint8_t>(type), 1);
    put(locate, 2);
    put(0, 2);
    put(time_ns_, 6);
    ++counts_[static_cast<std::uint8_t>(type)];
    ++written_;
  }
  static std::string name(int symbol) {
    std::string letters;
    for (int rest = symbol + 26; rest > 0; rest /= 26)
      letters.insert(letters.begin(), static_cast<char>('A' + rest % 26));
    return letters;
  }

  void system(char event) {
    head('S', 12, 0);
    put(static_cast<std::uint8_t>(event), 1);
  }
  void directory(int symbol) {
    head('R', 39, locate_[symbol]);
    text(name(symbol), 8);
    text("QN", 2);
    put(100, 4);
    text("NCZ PN1N", 9);
    put(0, 4);
    text("N", 1);
    book_[symbol].middle = tick * (500 + random_.below(20'000));
  }

  // ---- the flow ----
  std::uint64_t wanted_live() const {
    const std::uint64_t top = messages_ * 34 / 1'000;
    const double done = static_cast<double>(written_) / static_cast<double>(messages_);
    if (done < 0.3) return static_cast<std::uint64_t>(static_cast<double>(top) * done / 0.3);
    if (done < 0.8) return top;
    return static_cast<std::uint64_t>(static_cast<double>(top) * (1 - 0.75 * (done - 0.8) / 0.2));
  }

  void burst() {
    const double at = static_cast<double>(random_.next() >> 11) * 0x1p-53;
    const auto found = std::lower_bound(cumulative_.begin(), cumulative_.end() - 1, at);
    const int symbol = static_cast<int>(found - cumulative_.begin());
    if (random_.below(4) == 0) {
      const std::uint32_t step = random_.below(2) == 0 ? tick : 0;
      book_[symbol].middle += step != 0 ? tick : book_[symbol].middle > 200 * tick ? -tick : 0;
    }
    for (std::uint32_t left = 1 + random_.run(4, 40); left != 0 && written_ < messages_; --left)
      message(symbol);
  }

  void message(int symbol) {
    const std::uint32_t draw = random_.below(1'000);
    const std::uint64_t wanted = wanted_live();
    if (draw < 13) return imbalance(symbol);
    if (draw < 18) return trade(symbol);
    if (book_[symbol].live.empty()) return add(symbol);
    if (draw < 18 + 87) return replace(symbol);
    if (draw < 18 + 87 + 25) return execute(symbol);
    if (draw < 18 + 87 + 25 + 12) return cancel(symbol);
    const std::uint32_t adds = live_ < wanted ? 560 : 440;
    random_.below(1'000) < adds ? add(symbol) : remove(symbol, pick(symbol));
  }

  /// A live order: most often one of the eight latest.
  std::uint32_t pick(int symbol) {
    const auto size = static_cast<std::uint32_t>(book_[symbol].live.size());
    const std::uint32_t back =
        random_.below(10) < 7 ? random_.below(std::min(size, 8u)) : random_.below(size);
    return book_[symbol].live[size - 1 - back];
  }

  /// A price for an order of this side that crosses nothing and opens no level too many.
  std::uint32_t draw_price(const Symbol& book, int side) {
    const std::uint32_t away = random_.below(10) < 7 ? random_.run(3, 20) : random_.below(100);
    std::uint32_t price = side == 0 ? book.middle - tick - away * tick : book.middle + away * tick;
    if (side == 0 && !book.side[1].empty())
      price = std::min(price, book.side[1].begin()->first - tick);
    if (side == 1 && !book.side[0].empty())
      price = std::max(price, book.side[0].rbegin()->first + tick);
    if (book.side[side].size() >= levels_max && book.side[side].count(price) == 0)
      price = side == 0 ? book.side[0].rbegin()->first : book.side[1].begin()->first;
    return price;
  }

  std::uint32_t rest(int symbol, int side, std::uint32_t price, std::uint32_t shares) {
    std::uint32_t slot = static_cast<std::uint32_t>(orders_.size());
    if (free_.empty()) {
      orders_.emplace_back();
    } else {
      slot = free_.back();
      free_.pop_back();
    }
    Symbol& book = book_[symbol];
    reference_ += 1 + (random_.below(8) == 0 ? random_.below(4) : 0);
    orders_[slot] = Order{reference_, price, shares, static_cast<std::uint32_t>(book.live.size()),
                          static_cast<std::uint8_t>(side)};
    book.live.push_back(slot);
    book.side[side][price].push_back(slot);
    peak_ = std::max(peak_, ++live_);
    return slot;
  }
  void drop(int symbol, std::uint32_t slot) {
    Symbol& book = book_[symbol];
    const Order& order = orders_[slot];
    auto& side = book.side[order.symbol_side];
    const auto level = side.find(order.price);
    level->second.erase(std::find(level->second.begin(), level->second.end(), slot));
    if (level->second.empty()) side.erase(level);
    orders_[book.live.back()].place = order.place;
    book.live[order.place] = book.live.back();
    book.live.pop_back();
    free_.push_back(slot);
    --live_;
  }

  void add(int symbol) {
    const int side = static_cast<int>(random_.below(2));
    const std::uint32_t shares =
        random_.below(3) == 0 ? 1 + random_.below(500) : 100 * (1 + random_.below(5));
    const std::uint32_t slot = rest(symbol, side, draw_price(book_[symbol], side), shares);
    const bool named = random_.below(88) == 0;
    head(named ? 'F' : 'A', named ? 40 : 36, locate_[symbol]);
    put(orders_[slot].reference, 8);
    put(side == 0 ? 'B' : 'S', 1);
    put(shares, 4);
    text(name(symbol), 8);
    put(orders_[slot].price, 4);
    if (named) text("MMID", 4);
  }
  void remove(int symbol, std::uint32_t slot) {
    head('D', 19, locate_[symbol]);
    put(orders_[slot].reference, 8);
    drop(symbol, slot);
  }
  void replace(int symbol) {
    const std::uint32_t old = pick(symbol);
    const Order before = orders_[old];
    drop(symbol, old);
    const std::uint32_t price = draw_price(book_[symbol], before.symbol_side);
    const std::uint32_t slot =
        rest(symbol, before.symbol_side, price, 100 * (1 + random_.below(5)));
    head('U', 35, locate_[symbol]);
    put(before.reference, 8);
    put(orders_[slot].reference, 8);
    put(orders_[slot].shares, 4);
    put(price, 4);
  }
  void execute(int symbol) {
    const int side = book_[symbol].side[0].empty()   ? 1
                     : book_[symbol].side[1].empty() ? 0
                                                     : static_cast<int>(random_.below(2));
    const auto& levels = book_[symbol].side[side];
    const std::uint32_t slot =
        (side == 0 ? levels.rbegin()->second : levels.begin()->second).front();
    Order& order = orders_[slot];
    const std::uint32_t shares =
        random_.below(2) == 0 ? order.shares : 1 + random_.below(order.shares);
    const bool priced = random_.below(50) == 0;
    head(priced ? 'C' : 'E', priced ? 36 : 31, locate_[symbol]);
    put(order.reference, 8);
    put(shares, 4);
    put(++match_, 8);
    if (priced) text("Y", 1), put(order.price, 4);
    if ((order.shares -= shares) == 0) drop(symbol, slot);
  }
  void cancel(int symbol) {
    const std::uint32_t slot = pick(symbol);
    Order& order = orders_[slot];
    if (order.shares == 1) return remove(symbol, slot);
    const std::uint32_t shares = 1 + random_.below(order.shares - 1);
    head('X', 23, locate_[symbol]);
    put(order.reference, 8);
    put(shares, 4);
    order.shares -= shares;
  }
  void trade(int symbol) {
    head('P', 44, locate_[symbol]);
    put(0, 8);
    text("B", 1);
    put(100, 4);
    text(name(symbol), 8);
    put(book_[symbol].middle, 4);
    put(++match_, 8);
  }
  void imbalance(int symbol) {
    head('I', 50, locate_[symbol]);
    put(1'000, 8);
    put(0, 8);
    text("N", 1);
    text(name(symbol), 8);
    for (int price = 0; price < 3; ++price) put(book_[symbol].middle, 4);
    text("O ", 2);
  }

  std::uint64_t messages_;
  Random random_;
  std::FILE* out_;
  std::vector<std::uint8_t> buffer_;
  std::vector<Symbol> book_;
  std::vector<Order> orders_;
  std::vector<std::uint32_t> free_;
  std::array<double, symbols> cumulative_{};
  std::array<std::uint16_t, symbols> locate_{};
  std::array<std::uint64_t, 256> counts_{};
  std::uint64_t written_ = 0;
  std::uint64_t live_ = 0;
  std::uint64_t peak_ = 0;
  std::uint64_t reference_ = 0;
  std::uint64_t match_ = 0;
  std::uint64_t time_ns_ = 9ULL * 3'600 * 1'000'000'000;
};

}  // namespace

int main(int count, char** arguments) {
  if (count != 5) {
    std::fprintf(stderr, "itch_day MESSAGES SEED DAY.itch SUMMARY.txt\n");
    return 2;
  }
  std::FILE* out = std::fopen(arguments[3], "wb");
  std::FILE* summary = std::fopen(arguments[4], "w");
  if (out == nullptr || summary == nullptr) {
    std::fprintf(stderr, "cannot write %s or %s\n", arguments[3], arguments[4]);
    return 1;
  }
  Day day(std::strtoull(arguments[1], nullptr, 10), std::strtoull(arguments[2], nullptr, 10), out);
  day.write();
  day.summarise(summary);
  return std::fclose(out) == 0 && std::fclose(summary) == 0 ? 0 : 1;
}
