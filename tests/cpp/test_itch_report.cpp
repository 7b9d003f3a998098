// What a check of an ITCH stream finds and writes, the times of day that it reads, and how the
// format is recognised.
#include <array>
#include <string>

#include "check.hpp"
#include "feed/feed_formats.hpp"
#include "feed/itch_report.hpp"

namespace delever {
namespace {

constexpr std::int64_t minute_ns = 60'000'000'000;

void put(std::uint8_t* bytes, std::uint64_t value, int width) {
  for (int at = 0; at < width; ++at)
    bytes[at] = static_cast<std::uint8_t>(value >> (8 * (width - 1 - at)));
}

struct Add {
  std::array<std::uint8_t, 36> bytes{};

  Add(std::int64_t time_ns, std::uint64_t reference, char side, std::uint32_t price) {
    bytes[0] = 'A';
    put(&bytes[1], 3, 2);
    put(&bytes[5], static_cast<std::uint64_t>(time_ns), 6);
    put(&bytes[11], reference, 8);
    bytes[19] = static_cast<std::uint8_t>(side);
    put(&bytes[20], 100, 4);
    put(&bytes[32], price, 4);
  }
  ItchAddOrder view() const { return ItchAddOrder{{bytes.data()}}; }
};

DELEVER_TEST(itch_check_finds_crossed_states_and_steps_back) {
  ItchCheck check;
  const Add bid{5 * minute_ns, 1, 'B', 10'000};
  const Add ask{6 * minute_ns, 2, 'S', 10'100};
  const Add crossing{4 * minute_ns, 3, 'B', 10'100};
  const Add again{4 * minute_ns, 3, 'B', 10'200};  // in use: nothing is done, still crossed
  for (const Add* add : {&bid, &ask, &crossing, &again}) check.on(add->view());
  check.on(ItchMessage{again.bytes.data()});
  CHECK_EQUAL(check.messages(), 5u);
  CHECK_EQUAL(check.updates(), 4u);
  CHECK_EQUAL(check.crossed().count, 2u);
  CHECK_EQUAL(check.crossed().first_message, 2u);
  CHECK_EQUAL(check.crossed().first_time_ns, 4 * minute_ns);
  CHECK_EQUAL(check.backward().count, 3u);
  CHECK_EQUAL(check.first_time_ns(), 5 * minute_ns);
  CHECK_EQUAL(check.last_time_ns(), 6 * minute_ns);
  CHECK_EQUAL(check.books().books().live_orders(), 3u);
  const std::string text = report(check);
  CHECK(text.find("crossed   2 of 4 states, first at 00:04:00.000000000, message 2\n") !=
        std::string::npos);
  CHECK(text.find("there, 1 other contradictions") != std::string::npos);
  const std::string shown = ladder(check.books().books(), 3, 5);
  CHECK(shown.find("1                 100              1.0100 | 1.0100 ") != std::string::npos);
}

DELEVER_TEST(clock_times_are_read_to_the_nanosecond) {
  CHECK_EQUAL(parse_clock("09:30").value_or(-1), 570 * minute_ns);
  CHECK_EQUAL(parse_clock("09:30:01.5").value_or(-1), 570 * minute_ns + 1'500'000'000);
  CHECK_EQUAL(parse_clock("00:00:00.000000001").value_or(-1), 1);
  CHECK_EQUAL(parse_clock("34200000000000").value_or(-1), 34'200'000'000'000);
  for (const char* wrong : {"", "9:30", "09:60", "25:00", "09:30:60", "09:30:00.0000000001",
                            "09:", "09:30:", "09:30:00:00", "-5", "09:30:00Z", "1e9", ".5", "09:-3",
                            "99999999999999999999", "2026-02-05T09:30:00"})
    CHECK(!parse_clock(wrong));
  for (const std::int64_t time_ns : {std::int64_t{0}, 570 * minute_ns + 1, 1440 * minute_ns - 1})
    CHECK_EQUAL(parse_clock(clock_text(time_ns)).value_or(-1), time_ns);
}

DELEVER_TEST(itch_is_recognised_by_its_first_message_or_its_name) {
  using namespace std::string_view_literals;
  CHECK(sniff_format("day", "\0\x0CS\0\0"sv) == "itch");
  CHECK(sniff_format("day", "\0\0S\0\0"sv) == "itch");
  CHECK(sniff_format("day", "\0\x0DS\0\0"sv).empty());
  CHECK(sniff_format("01302019.NASDAQ_ITCH50.gz", "") == "itch");
  CHECK(sniff_format("SWITCH_2012-06-21_1_2_message_5.csv", "34200,1,1,1,1,1\n") == "lobster");
}

}  // namespace
}  // namespace delever
