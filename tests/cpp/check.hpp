// The whole test framework: tests register themselves, checks count failures and go on.
//
//   DELEVER_TEST(ladder_is_empty_at_first) { CHECK_EQUAL(PriceLadder(10).lowest(), -1); }
//
// A failed check prints file, line, expression and, for CHECK_EQUAL, both values, and marks the
// test as failed; the first ten per test are printed. A test that throws has failed. Randomised
// tests take their draws from `Random` with a seed written in the test, so that a failure repeats
// itself.
#pragma once

#include <cstdint>
#include <iostream>
#include <string>
#include <vector>

#include "units/digest.hpp"

namespace delever::testing {

struct Test {
  const char* name;
  void (*body)();
};

inline std::vector<Test>& tests() {
  static std::vector<Test> registered;
  return registered;
}
inline bool register_test(const char* name, void (*body)()) {
  tests().push_back({name, body});
  return true;
}
/// Failed checks of the running test.
inline int& failures() {
  static int count = 0;
  return count;
}
inline void fail(const char* file, int line, const std::string& what) {
  if (++failures() <= 10) std::cout << file << ":" << line << ": " << what << "\n";
}

template <class Left, class Right>
void check_equal(const Left& left, const Right& right, const char* text, const char* file,
                 int line) {
  if (left == right) return;
  fail(file, line,
       std::string(text) + ": " + std::to_string(left) + " != " + std::to_string(right));
}

/// A seeded sequence of draws (splitmix64 of a counter).
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(splitmix64(seed)) {}
  std::uint64_t next() { return splitmix64(state_++); }
  /// 0 .. bound - 1.
  std::int64_t below(std::int64_t bound) {
    return static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(bound));
  }
  std::int64_t between(std::int64_t low, std::int64_t high) { return low + below(high - low + 1); }

 private:
  std::uint64_t state_;
};

}  // namespace delever::testing

#define DELEVER_TEST(name)                               \
  static void name();                                    \
  [[maybe_unused]] static const bool registered_##name = \
      ::delever::testing::register_test(#name, name);    \
  static void name()

#define CHECK(expression)                                                         \
  do {                                                                            \
    if (!(expression)) ::delever::testing::fail(__FILE__, __LINE__, #expression); \
  } while (false)

#define CHECK_EQUAL(left, right) \
  ::delever::testing::check_equal(left, right, #left " == " #right, __FILE__, __LINE__)

#define CHECK_THROWS(expression, type)                                                       \
  do {                                                                                       \
    bool thrown = false;                                                                     \
    try {                                                                                    \
      static_cast<void>(expression);                                                         \
    } catch (const type&) {                                                                  \
      thrown = true;                                                                         \
    }                                                                                        \
    if (!thrown) ::delever::testing::fail(__FILE__, __LINE__, #expression " throws " #type); \
  } while (false)
