// Every decoder on its sample: whole, in pieces of any size, cut off, and mutated at random. A
// mutation may be refused or may decode to something else; it must not crash, hang, or make more
// events than its bytes allow, and the events before a fault must be those of the sample.
#include <string>
#include <string_view>

#include "check.hpp"
#include "feed/feed_check.hpp"
#include "feed/lobster.hpp"
#include "feed/seed_scan.hpp"
#include "feed_samples.hpp"

namespace delever {
inline namespace v1 {
namespace {

using testing::read_all;
using testing::Sample;
using testing::samples;
using testing::stream_of;

bool same(const FeedEvent& a, const FeedEvent& b) {
  return a.time_ns == b.time_ns && a.receive_time_ns == b.receive_time_ns &&
         a.order_reference == b.order_reference && a.price_ticks == b.price_ticks &&
         a.qty_lots == b.qty_lots && a.sequence == b.sequence && a.kind == b.kind &&
         a.side == b.side && a.flags == b.flags && a.instrument == b.instrument;
}

bool same(const FeedBatch& a, const FeedBatch& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t at = 0; at < a.size(); ++at)
    if (!same(a[at], b[at])) return false;
  return true;
}

FeedBatch decoded(const Sample& sample, std::size_t piece = 1 << 20) {
  FeedStream stream = stream_of(sample);
  FeedBatch events = read_all(stream, sample.bytes, piece);
  if (stream.fault())
    testing::fail(sample.format, static_cast<int>(stream.row()), stream.fault()->message);
  return events;
}

DELEVER_TEST(feed_samples_decode_and_the_cut_does_not_matter) {
  constexpr std::size_t expected[] = {7, 8, 7, 4, 4, 7 - 1, 5, 10};
  std::size_t at = 0;
  for (const Sample& sample : samples()) {
    const FeedBatch whole = decoded(sample);
    CHECK_EQUAL(whole.size(), expected[at++]);
    for (const std::size_t piece : {1, 2, 3, 7, 16, 55, 56, 57, 100})
      CHECK(same(decoded(sample, piece), whole));
  }
}

DELEVER_TEST(feed_samples_leave_the_books_they_should) {
  const auto book_after = [](const Sample& sample) {
    RecordedBook book;
    for (const FeedEvent& event : decoded(sample)) book.apply(event);
    return book.at(0).top();
  };
  const auto all = samples();
  CHECK_EQUAL(book_after(all[0]).bid_lots + book_after(all[0]).ask_lots, 0);
  CHECK_EQUAL(book_after(all[1]).ask_ticks, 5'859'100);
  CHECK_EQUAL(book_after(all[2]).bid_lots, 1);
  CHECK_EQUAL(book_after(all[2]).ask_ticks, 372'050);
  CHECK_EQUAL(book_after(all[3]).bid_lots, 0);
  CHECK_EQUAL(book_after(all[5]).bid_ticks, 64'200);
  CHECK_EQUAL(book_after(all[5]).ask_lots, 0);
  CHECK_EQUAL(book_after(all[7]).bid_ticks, 100);
  CHECK_EQUAL(book_after(all[7]).bid_lots, 15);
  CHECK_EQUAL(book_after(all[7]).ask_ticks, 101);
}

DELEVER_TEST(feed_faults_name_the_place_and_keep_what_was_before) {
  Sample sample = samples()[0];
  const FeedBatch whole = decoded(sample);
  sample.bytes.replace(sample.bytes.find("34202.5,4"), 9, "34202.5,9");
  FeedStream stream = stream_of(sample);
  const FeedBatch events = read_all(stream, sample.bytes, 5);
  CHECK_EQUAL(events.size(), std::size_t{3});
  CHECK(same(events, FeedBatch(whole.begin(), whole.begin() + 3)));
  CHECK_EQUAL(stream.fault()->row, 4);
  CHECK(stream.fault()->column == "type");
  CHECK(stream.fault()->message.find("'9'") != std::string::npos);
}

DELEVER_TEST(feed_cut_off_anywhere_ends_in_a_fault_or_in_fewer_events) {
  for (const Sample& sample : samples()) {
    const FeedBatch whole = decoded(sample);
    for (std::size_t length = 0; length < sample.bytes.size(); ++length) {
      FeedStream stream = stream_of(sample);
      const FeedBatch events =
          read_all(stream, std::string_view(sample.bytes).substr(0, length), 9);
      CHECK(events.size() <= whole.size());
    }
  }
}

DELEVER_TEST(feed_of_one_endless_row_is_refused) {
  for (const Sample& sample : samples()) {
    if (std::string_view(sample.format) == "databento") continue;
    FeedStream stream = stream_of(sample);
    const std::string piece(1 << 20, '1');
    FeedBatch events;
    for (int at = 0; at < 8; ++at) stream.feed(piece, events);
    CHECK(stream.fault().has_value());
  }
}

std::string mutated(std::string bytes, testing::Random& random) {
  constexpr std::string_view likely = "0123456789.,-{}[]\":eE \n\r\\";
  for (std::int64_t changes = random.between(1, 6); changes-- > 0 && !bytes.empty();) {
    const auto size = static_cast<std::int64_t>(bytes.size());
    const auto at = static_cast<std::size_t>(random.below(size));
    const auto some = static_cast<std::size_t>(random.between(1, 12));
    switch (random.below(5)) {
      case 0: bytes[at] = static_cast<char>(random.below(256)); break;
      case 1: bytes[at] = likely[static_cast<std::size_t>(random.below(likely.size()))]; break;
      case 2: bytes.erase(at, some); break;
      case 3:
        bytes.insert(at, bytes.substr(static_cast<std::size_t>(random.below(size)), 4 * some));
        break;
      default:
        bytes.insert(at, some, likely[static_cast<std::size_t>(random.below(likely.size()))]);
    }
  }
  return bytes;
}

DELEVER_TEST(feed_mutations_are_survived) {
  testing::Random random(11);
  for (int round = 0; round < 4'000; ++round) {
    for (Sample sample : samples()) {
      sample.bytes = mutated(sample.bytes, random);
      FeedStream stream = stream_of(sample);
      const FeedBatch events =
          read_all(stream, sample.bytes, static_cast<std::size_t>(random.between(1, 400)));
      CHECK(events.size() <= sample.bytes.size() + 1);
      FeedCheck check;
      check.apply(events);
      SeedScan scan;
      scan.apply(events);
      CHECK(scan.orders(true).size() <= events.size());
      CHECK_EQUAL(check.events(), static_cast<std::int64_t>(events.size()));
    }
  }
}

DELEVER_TEST(feed_names_tell_the_day) {
  CHECK_EQUAL(lobster_midnight_ns("AAPL_2012-06-21_342_576_message_1.csv").value_or(0),
              1'340'251'200'000'000'000);
  // Daylight saving time began on 11 March 2012 and ended on 4 November, at two in the morning.
  CHECK_EQUAL(*lobster_midnight_ns("2012-03-11"), 1'331'442'000'000'000'000);
  CHECK_EQUAL(*lobster_midnight_ns("2012-03-12"), 1'331'524'800'000'000'000);
  CHECK_EQUAL(*lobster_midnight_ns("2012-11-04"), 1'352'001'600'000'000'000);
  CHECK_EQUAL(*lobster_midnight_ns("2012-11-05"), 1'352'091'600'000'000'000);
  for (const char* name : {"", "AAPL.csv", "2012-02-30", "2012-13-01", "20120621", "1234-56-78"})
    CHECK(!lobster_midnight_ns(name));
}

DELEVER_TEST(feed_formats_are_recognised) {
  for (const Sample& sample : samples()) {
    const std::string_view format = sample.format;
    if (format.starts_with("lobster") || format == "databento") continue;
    CHECK(sniff_format("file", sample.bytes) == format);
  }
  CHECK(sniff_format("A_2012-06-21_1_2_message_5.csv", "34200,1,1,1,1,1\n") == "lobster");
  CHECK(sniff_format("x.dbn.zst", "") == "databento");
  CHECK(sniff_format("x", "DBN\3") == "databento");
  CHECK(sniff_format("data.csv", "a,b,c\n1,2,3").empty());
}

}  // namespace
}  // namespace v1
}  // namespace delever
