// Layer 0: rounding against its definition, quantities, ids and the digest.
#include "check.hpp"
#include "units/arithmetic.hpp"
#include "units/ids.hpp"
#include "units/invariant.hpp"

namespace delever {
namespace {

using testing::Random;

std::int64_t draw(Random& random, int bits) {
  const std::int64_t magnitude = random.below(std::int64_t{1} << bits);
  return random.below(2) == 0 ? magnitude : -magnitude;
}

/// The quotient q is right where q*c relates to the product as the rounding says.
bool is_rounded(Int128 product, Int128 divisor, Int128 quotient, Round round) {
  const Int128 rest = product - quotient * divisor;
  if (round == Round::Floor) return rest >= 0 && rest < divisor;
  if (round == Round::Ceil) return rest <= 0 && rest > -divisor;
  if (product >= 0) return rest >= 0 && rest < divisor;
  return rest <= 0 && rest > -divisor;
}

DELEVER_TEST(mul_div_rounds_as_named) {
  Random random(1);
  for (int i = 0; i < 100'000; ++i) {
    const int bits = static_cast<int>(random.between(1, 40));
    const std::int64_t a = draw(random, bits);
    const std::int64_t b = draw(random, static_cast<int>(random.between(1, 22)));
    const std::int64_t c = 1 + random.below(std::int64_t{1} << random.between(1, 30));
    for (const Round round : {Round::Floor, Round::Ceil, Round::Trunc}) {
      CHECK(is_rounded(static_cast<Int128>(a) * b, c, mul_div(a, b, c, round), round));
    }
  }
}

DELEVER_TEST(mul_div_holds_wide_products) {
  Random random(2);
  for (int i = 0; i < 100'000; ++i) {
    const std::int64_t a = draw(random, 62);
    const std::int64_t c = (std::int64_t{1} << 61) + random.below(std::int64_t{1} << 61);
    const std::int64_t b = draw(random, 61);
    for (const Round round : {Round::Floor, Round::Ceil, Round::Trunc}) {
      CHECK(is_rounded(static_cast<Int128>(a) * b, c, mul_div(a, b, c, round), round));
    }
  }
  CHECK_EQUAL(mul_div(INT64_MAX, INT64_MAX, INT64_MAX, Round::Floor), INT64_MAX);
  CHECK_EQUAL(mul_div(INT64_MIN, 1, 1, Round::Ceil), INT64_MIN);
}

DELEVER_TEST(mul_div_agrees_at_the_signs) {
  CHECK_EQUAL(mul_div(7, 1, 2, Round::Floor), 3);
  CHECK_EQUAL(mul_div(7, 1, 2, Round::Ceil), 4);
  CHECK_EQUAL(mul_div(-7, 1, 2, Round::Floor), -4);
  CHECK_EQUAL(mul_div(-7, 1, 2, Round::Ceil), -3);
  CHECK_EQUAL(mul_div(-7, 1, 2, Round::Trunc), -3);
  CHECK_EQUAL(mul_div(-8, 1, 2, Round::Floor), -4);
  CHECK_EQUAL(share_ppm(Money{1'000'001}, 1, Round::Ceil).value, 2);
  CHECK_EQUAL(share_ppm(Money{1'000'001}, -1, Round::Ceil).value, -1);
}

DELEVER_TEST(quantities_add_and_compare) {
  QtyLots qty{5};
  qty += QtyLots{7};
  qty -= QtyLots{20};
  CHECK_EQUAL(qty.value, -8);
  CHECK_EQUAL(absolute(qty).value, 8);
  CHECK_EQUAL(sign(qty), -1);
  CHECK_EQUAL(sign(QtyLots{}), 0);
  CHECK(PriceTicks{1} < PriceTicks{2} && -PriceTicks{1} == PriceTicks{-1});
}

DELEVER_TEST(order_ids_hold_slot_and_generation) {
  Random random(3);
  for (int i = 0; i < 1'000; ++i) {
    const auto slot = static_cast<std::uint32_t>(random.next());
    const auto generation = static_cast<std::uint32_t>(random.next());
    const OrderId id = make_order_id(generation, slot);
    CHECK_EQUAL(order_slot(id), slot);
    CHECK_EQUAL(order_generation(id), generation);
  }
}

DELEVER_TEST(digest_sees_every_word_and_the_order) {
  const std::array<std::int64_t, 3> first{1, 2, 3}, second{4, 5, 6};
  Digest ab, ba, again;
  ab.add(first), ab.add(second);
  ba.add(second), ba.add(first);
  again.add(first), again.add(second);
  CHECK(ab.value() != ba.value());
  CHECK_EQUAL(ab.value(), again.value());
  for (std::size_t word = 0; word < 3; ++word) {
    std::array<std::int64_t, 3> changed = second;
    changed[word] ^= 1;
    Digest other;
    other.add(first), other.add(changed);
    CHECK(other.value() != ab.value());
  }
}

DELEVER_TEST(a_broken_invariant_names_its_expression) {
  try {
    DELEVER_INVARIANT(1 + 1 == 3);
    CHECK(false);
  } catch (const InvariantViolation& broken) {
    CHECK(std::string(broken.what()).find("1 + 1 == 3") != std::string::npos);
  }
}

}  // namespace
}  // namespace delever
