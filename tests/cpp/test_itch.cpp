// The ITCH decoder: framing, chunks, faults; the rows of every type; the books against a slow
// reading of the same bytes; and bytes of any kind.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "check.hpp"
#include "feed/itch_books.hpp"
#include "feed/itch_decoder.hpp"
#include "feed/itch_layout.hpp"

namespace delever {
namespace {

using testing::Random;
using Bytes = std::vector<std::uint8_t>;

const std::string every_type = "SRHYLVWKJhAFECXDUPQBINO";

void put(Bytes& bytes, std::uint64_t value, int width) {
  for (int shift = 8 * (width - 1); shift >= 0; shift -= 8)
    bytes.push_back(static_cast<std::uint8_t>(value >> shift));
}

/// A message whose fields count up; `declared` is what its length bytes say.
void put_message(Bytes& bytes, char type, std::uint64_t reference, std::size_t declared) {
  const std::size_t length = itch_lengths[static_cast<std::uint8_t>(type)];
  put(bytes, declared, 2);
  const std::size_t start = bytes.size();
  put(bytes, static_cast<std::uint8_t>(type), 1);
  put(bytes, 7, 2);
  put(bytes, 1, 2);
  put(bytes, 1'000 + reference, 6);
  put(bytes, reference, 8);
  while (bytes.size() < start + length) bytes.push_back(0);
  bytes.resize(start + length);
  if (type == 'A' || type == 'F' || type == 'P') bytes[start + 19] = 'B';
}
void put_message(Bytes& bytes, char type, std::uint64_t reference) {
  put_message(bytes, type, reference, itch_lengths[static_cast<std::uint8_t>(type)]);
}
void put_add(Bytes& bytes, std::uint64_t reference, Side side, std::uint32_t qty,
             std::uint32_t price) {
  put_message(bytes, 'A', reference);
  std::uint8_t* at = bytes.data() + bytes.size() - 36;
  at[19] = side == Side::Buy ? 'B' : 'S';
  for (int i = 0; i < 4; ++i) at[20 + i] = static_cast<std::uint8_t>(qty >> (24 - 8 * i));
  for (int i = 0; i < 4; ++i) at[32 + i] = static_cast<std::uint8_t>(price >> (24 - 8 * i));
}

/// Keeps what it is given, by the first bytes of each message.
struct Collected {
  std::string types;
  std::vector<std::uint64_t> references;

  template <class Message>
  void on(const Message& message) {
    types += message.type();
    if (message.length() >= 19) references.push_back(ItchOrderDelete{{message.bytes}}.reference());
  }
};

Bytes one_of_each(bool with_lengths) {
  Bytes bytes;
  for (std::size_t i = 0; i < every_type.size(); ++i) {
    const auto length = itch_lengths[static_cast<std::uint8_t>(every_type[i])];
    put_message(bytes, every_type[i], 100 + i, with_lengths ? length : 0);
  }
  return bytes;
}

DELEVER_TEST(itch_cuts_messages_in_chunks_of_any_size) {
  for (const bool with_lengths : {true, false}) {
    const Bytes bytes = one_of_each(with_lengths);
    Collected whole;
    ItchDecoder reader;
    CHECK_EQUAL(reader.feed(bytes, whole), bytes.size());
    CHECK(whole.types == every_type);
    for (std::size_t size = 1; size < 130; ++size) {
      ItchDecoder decoder;
      Collected collected;
      for (std::size_t at = 0; at < bytes.size(); at += size) {
        // A copy of its own, so that a read beyond the chunk is seen.
        const Bytes chunk(
            bytes.begin() + static_cast<std::ptrdiff_t>(at),
            bytes.begin() + static_cast<std::ptrdiff_t>(std::min(at + size, bytes.size())));
        CHECK_EQUAL(decoder.feed(chunk, collected), chunk.size());
      }
      decoder.finish();
      CHECK(!decoder.fault());
      CHECK(collected.types == every_type && collected.references == whole.references);
      CHECK_EQUAL(decoder.offset(), bytes.size());
      CHECK_EQUAL(decoder.messages(), every_type.size());
    }
  }
}

DELEVER_TEST(itch_reports_a_cut_tail) {
  const Bytes bytes = one_of_each(true);
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    ItchDecoder decoder;
    Collected collected;
    decoder.feed({bytes.data(), cut}, collected);
    const std::uint64_t whole = decoder.offset();
    decoder.finish();
    CHECK_EQUAL(decoder.fault().has_value(), whole != cut);
    if (!decoder.fault()) continue;
    CHECK(decoder.fault()->kind == ItchFault::Kind::Truncated);
    CHECK_EQUAL(decoder.fault()->offset, whole);
    CHECK_EQUAL(decoder.fault()->message, collected.types.size());
    CHECK_EQUAL(decoder.fault()->length, cut - whole);
  }
  Bytes ended = bytes;
  put(ended, 0, 2);
  ItchDecoder decoder;
  Collected collected;
  decoder.feed(ended, collected);
  decoder.finish();
  CHECK(!decoder.fault());
}

DELEVER_TEST(itch_stops_at_a_malformed_message) {
  Bytes bytes;
  put_message(bytes, 'D', 1);
  put_message(bytes, 'X', 2);
  const std::size_t good = bytes.size();
  for (const bool wrong_type : {true, false}) {
    Bytes bad = bytes;
    put_message(bad, 'D', 3, wrong_type ? 19 : 20);
    if (wrong_type) bad[good + 2] = 'z';
    put_message(bad, 'D', 4);
    for (const std::size_t size : {std::size_t{1}, std::size_t{5}, bad.size()}) {
      ItchDecoder decoder;
      Collected collected;
      for (std::size_t at = 0; at < bad.size(); at += size)
        decoder.feed({bad.data() + at, std::min(size, bad.size() - at)}, collected);
      decoder.finish();
      CHECK(collected.types == "DX");
      CHECK(decoder.fault().has_value());
      CHECK(decoder.fault()->kind ==
            (wrong_type ? ItchFault::Kind::UnknownType : ItchFault::Kind::WrongLength));
      CHECK_EQUAL(decoder.fault()->offset, good);
      CHECK_EQUAL(decoder.fault()->message, 2u);
      CHECK(decoder.fault()->text().find("byte " + std::to_string(good)) != std::string::npos);
    }
  }
}

DELEVER_TEST(itch_books_stop_before_a_later_message) {
  Bytes bytes;
  for (std::uint64_t i = 0; i < 100; ++i) put_add(bytes, i, Side::Buy, 5, 100);
  for (const std::size_t size : {std::size_t{1}, std::size_t{7}, std::size_t{1'000}}) {
    ItchBooks books;
    ItchBooksUntil until{books, 1'041};
    ItchDecoder decoder;
    for (std::size_t at = 0; at < bytes.size() && !decoder.stopped(); at += size)
      decoder.feed({bytes.data() + at, std::min(size, bytes.size() - at)}, until);
    CHECK(decoder.stopped());
    CHECK_EQUAL(books.books().live_orders(), 42u);
    CHECK_EQUAL(decoder.time_ns(), 1'041);
  }
}

DELEVER_TEST(itch_layouts_are_as_long_as_their_messages) {
  for (int type = 0; type < 256; ++type) {
    std::size_t bytes = 11;
    for (const ItchField& field : itch_fields(static_cast<char>(type))) bytes += field.bytes;
    const std::size_t length = itch_lengths[static_cast<std::size_t>(type)];
    CHECK_EQUAL(length == 0 ? 11 : length, bytes);
    CHECK_EQUAL(length != 0, every_type.find(static_cast<char>(type)) != std::string::npos);
  }
}

DELEVER_TEST(itch_tables_have_native_numbers) {
  Bytes bytes;
  put_message(bytes, 'D', 77);
  put_add(bytes, 0x0102'0304'0506'0708, Side::Sell, 0x0A0B'0C0D, 0x0E0F'1011);
  ItchTables tables;
  ItchDecoder decoder;
  decoder.feed(bytes, tables);
  const Bytes& row = tables.rows('A');
  CHECK_EQUAL(row.size(), ItchTables::row_bytes('A'));
  std::uint64_t reference;
  std::uint32_t shares;
  std::memcpy(&reference, row.data() + 16, 8);
  std::memcpy(&shares, row.data() + 25, 4);
  CHECK_EQUAL(reference, 0x0102'0304'0506'0708u);
  CHECK_EQUAL(shares, 0x0A0B'0C0Du);
  CHECK_EQUAL(row[0], 1);  // the second message
  CHECK_EQUAL(row[24], 'S');
  ItchEvents events;
  ItchDecoder again;
  again.feed(bytes, events);
  CHECK_EQUAL(events.events().size(), 2u);
  CHECK_EQUAL(events.events()[1].price, 0x0E0F'1011u);
  CHECK(events.events()[1].side == Side::Sell);
}

/// What books must show, from the messages one by one.
struct SlowBooks {
  struct Order {
    Side side;
    std::uint32_t price;
    std::uint32_t qty;
  };
  std::map<std::uint64_t, Order> orders;

  void on(const ItchAddOrder& message) {
    if (message.side() == Side::None || message.shares() == 0) return;
    orders.try_emplace(message.reference(),
                       Order{message.side(), message.price(), message.shares()});
  }
  void on(const ItchOrderDelete& message) { orders.erase(message.reference()); }
  void on(const ItchOrderExecuted& message) { take(message.reference(), message.shares()); }
  void on(const ItchOrderCancel& message) { take(message.reference(), message.shares()); }
  void on(const ItchOrderReplace& message) {
    const auto old = orders.find(message.reference());
    if (old == orders.end() || message.shares() == 0) return;
    const bool same = message.reference() == message.new_reference();
    if (!same && orders.count(message.new_reference()) != 0) return;
    const Side side = old->second.side;
    orders.erase(old);
    orders[message.new_reference()] = {side, message.price(), message.shares()};
  }
  void on(const ItchMessage&) {}
  void take(std::uint64_t reference, std::uint32_t qty) {
    const auto found = orders.find(reference);
    if (found == orders.end() || qty == 0 || qty > found->second.qty) return;
    if ((found->second.qty -= qty) == 0) orders.erase(found);
  }
};

void check_same(const ItchBooks& books, const SlowBooks& slow) {
  CHECK_EQUAL(books.books().live_orders(), slow.orders.size());
  for (const auto& [reference, order] : slow.orders) {
    const auto found = books.books().find(reference);
    CHECK(found.has_value());
    if (!found) return;
    CHECK(found->side == order.side);
    CHECK_EQUAL(found->price, order.price);
    CHECK_EQUAL(found->qty, order.qty);
  }
}

/// Messages of all kinds about few orders, most of them valid.
Bytes random_stream(Random& random, std::size_t messages) {
  Bytes bytes;
  for (std::size_t i = 0; i < messages; ++i) {
    const std::int64_t kind = random.below(10);
    const auto reference = static_cast<std::uint64_t>(random.below(300));
    if (kind < 4) {
      put_add(bytes, reference, random.below(2) == 0 ? Side::Buy : Side::Sell,
              static_cast<std::uint32_t>(random.below(30)),
              static_cast<std::uint32_t>(random.below(60)));
      continue;
    }
    const char type =
        kind < 9 ? "DEXUC"[kind - 4] : every_type[static_cast<std::size_t>(random.below(23))];
    put_message(bytes, type, reference);
    const std::size_t length = itch_lengths[static_cast<std::uint8_t>(type)];
    for (std::size_t at = 19; at < length; ++at)
      if (at % 4 == 2)
        bytes[bytes.size() - length + at] = static_cast<std::uint8_t>(random.below(16));
  }
  return bytes;
}

DELEVER_TEST(itch_books_agree_with_a_slow_reading) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Random random(seed);
    const Bytes bytes = random_stream(random, 3'000);
    ItchBooks books;
    SlowBooks slow;
    ItchDecoder fast_decoder;
    ItchDecoder slow_decoder;
    fast_decoder.feed(bytes, books);
    slow_decoder.feed(bytes, slow);
    CHECK_EQUAL(fast_decoder.messages(), 3'000u);
    CHECK(books.books().results(BookResult::Applied) > 500);
    check_same(books, slow);
  }
}

// Bytes flipped, cut out and repeated: what is decoded is decoded alike, and nothing gets large.
DELEVER_TEST(itch_survives_any_bytes) {
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    Random random(seed);
    Bytes bytes = random_stream(random, 200);
    const std::int64_t changes = random.below(20);
    for (std::int64_t i = 0; i < changes && bytes.size() > 100; ++i) {
      const auto at =
          static_cast<std::size_t>(random.below(static_cast<std::int64_t>(bytes.size()) - 60));
      const std::int64_t kind = random.below(10);
      if (kind < 8) {
        bytes[at] = static_cast<std::uint8_t>(random.next());
      } else {
        const auto from = bytes.begin() + static_cast<std::ptrdiff_t>(at);
        const Bytes part(from, from + random.between(1, 50));
        if (kind == 8) bytes.erase(from, from + static_cast<std::ptrdiff_t>(part.size()));
        if (kind == 9) bytes.insert(bytes.begin(), part.begin(), part.end());
      }
    }
    ItchBooks books;
    SlowBooks slow;
    ItchDecoder decoder;
    ItchDecoder slow_decoder;
    for (std::size_t at = 0; at < bytes.size();) {
      const std::size_t left = bytes.size() - at;
      const auto size = std::min(left, static_cast<std::size_t>(random.between(1, 300)));
      const Bytes chunk(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                        bytes.begin() + static_cast<std::ptrdiff_t>(at + size));
      decoder.feed(chunk, books);
      at += size;
    }
    slow_decoder.feed(bytes, slow);
    decoder.finish();
    slow_decoder.finish();
    CHECK_EQUAL(decoder.messages(), slow_decoder.messages());
    CHECK_EQUAL(decoder.offset(), slow_decoder.offset());
    CHECK_EQUAL(decoder.fault().has_value(), slow_decoder.fault().has_value());
    if (decoder.fault()) CHECK(decoder.fault()->text() == slow_decoder.fault()->text());
    check_same(books, slow);
    CHECK(books.books().bytes() < (64u << 20));
  }
}

}  // namespace
}  // namespace delever
