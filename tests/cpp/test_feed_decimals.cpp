// Decimals to integer units: exact, or refused.
#include <limits>
#include <stdexcept>
#include <string>

#include "check.hpp"
#include "feed/decimal_scale.hpp"

namespace delever {
inline namespace v1 {
namespace {

std::int64_t counted(const char* unit, const char* text, std::int32_t shift = 0) {
  DecimalScale scale(unit);
  std::int64_t units = 0;
  const DecimalFault fault = scale.count(text, shift, units);
  return fault == DecimalFault::None ? units : -1000 - static_cast<std::int64_t>(fault);
}

constexpr std::int64_t no_number = -1000 - static_cast<std::int64_t>(DecimalFault::NoNumber);
constexpr std::int64_t too_long = -1000 - static_cast<std::int64_t>(DecimalFault::TooLong);
constexpr std::int64_t no_multiple = -1000 - static_cast<std::int64_t>(DecimalFault::NoMultiple);

DELEVER_TEST(feed_decimals_are_exact) {
  CHECK_EQUAL(counted("0.01", "0.1"), 10);
  CHECK_EQUAL(counted("0.01", "61800.20"), 6'180'020);
  CHECK_EQUAL(counted("0.25", "3720.25"), 14'881);
  CHECK_EQUAL(counted("0.25", "-0.5"), -2);
  CHECK_EQUAL(counted("0.01", "5853300", -4), 58'533);
  CHECK_EQUAL(counted("1e-9", "34200.004241176"), 34'200'004'241'176);
  CHECK_EQUAL(counted("0.00000001", "1e-7"), 10);
  CHECK_EQUAL(counted("10", "1.5E+3"), 150);
  CHECK_EQUAL(counted("0.1", "+.5"), 5);
  CHECK_EQUAL(counted("1", "0e999"), 0);
  CHECK_EQUAL(counted("1", "000000000000000000000000007"), 7);
}

DELEVER_TEST(feed_decimals_that_do_not_fit_are_refused) {
  CHECK_EQUAL(counted("0.01", "0.105"), no_multiple);
  CHECK_EQUAL(counted("0.25", "0.3"), no_multiple);
  CHECK_EQUAL(counted("1", "1e-300"), no_multiple);
  for (const char* text : {"", "-", ".", "1.2.3", "1e", "1e1.5", "abc", "1 ", "0x1", "nan", "--1"})
    CHECK_EQUAL(counted("1", text), no_number);
  CHECK_EQUAL(counted("1", "1234567890123456789"), too_long);
  CHECK_EQUAL(counted("0.00000001", "999999999999"), too_long);
  CHECK_EQUAL(counted("1", "1e999"), too_long);
  CHECK_EQUAL(counted("1", "1e99999"), no_number);
  for (const char* unit : {"0", "-1", "", "x", "1e-19", "1e99"})
    CHECK_THROWS(DecimalScale(unit), std::invalid_argument);
}

DELEVER_TEST(feed_decimals_measure_the_finest_place) {
  DecimalScale scale;
  std::int64_t units = 0;
  for (const char* text : {"5", "0.500", "12.25", "1e-1"})
    CHECK(scale.count(text, 0, units) == DecimalFault::None);
  CHECK(scale.deduced().text() == "0.001");
  CHECK(DecimalScale{}.deduced().text() == "1");
  CHECK(DecimalScale("0.25").deduced().text() == "0.25");
  CHECK(DecimalScale("0.25").text(-7) == "-1.75");
  CHECK(DecimalScale("50").text(3) == "150");
  CHECK(DecimalScale("1e-8").text(0) == "0.00000000");
  CHECK(DecimalScale("1e-8").text(std::numeric_limits<std::int64_t>::min()) ==
        "-92233720368.54775808");
}

DELEVER_TEST(feed_decimals_take_noisy_numbers_to_the_nearest_unit) {
  const DecimalScale scale("0.00000001");
  std::int64_t units = 0;
  CHECK(scale.count_nearest("1.7885566900000001", units) == DecimalFault::None);
  CHECK_EQUAL(units, 178'855'669);
  CHECK(scale.count_nearest("8.8351857299999992", units) == DecimalFault::None);
  CHECK_EQUAL(units, 883'518'573);
  CHECK(scale.count_nearest("-0.000000006", units) == DecimalFault::None);
  CHECK_EQUAL(units, -1);
  CHECK(scale.count_nearest("bad", units) == DecimalFault::NoNumber);
}

}  // namespace
}  // namespace v1
}  // namespace delever
