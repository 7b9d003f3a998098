// What collateral is worth and how a pool stands: worked by hand, and the guard's worth against the
// one that is asked.
#include "check.hpp"
#include "risk/certificate.hpp"
#include "risk/pool.hpp"

namespace delever {
namespace {

using testing::Random;

DELEVER_TEST(collateral_worked_by_hand) {
  // A coin at 50,000 (1e8 atoms are worth 5e12), of which 90 % count.
  const CollateralRate rate{5'000'000'000'000, 900'000};
  CHECK(rate.worth(150'000'000) == 6'750'000'000'000);
  CHECK(rate.worth(-150'000'000) == -7'500'000'000'000);  // a debt counts whole
  CHECK(rate.charge(150'000'000) == 7'500'000'000'000);
  CHECK(rate.bought(7'500'000'000'001) == 150'000'000);
  const CollateralRate odd{33, 900'000};
  CHECK(odd.worth(10'000'000) == 2);    // 3.3 rounded down, 2.7 rounded down
  CHECK(odd.worth(-10'000'000) == -4);  // away from zero
  CHECK(odd.charge(10'000'000) == 4);
  CHECK((CollateralRate{0, ppm_scale}.worth(5) == 0));
  CHECK((CollateralRate{0, ppm_scale}.bought(5) == 0));
  CHECK(valuation_rate.worth(-7) == -7 && valuation_rate.charge(7) == 7);
}

DELEVER_TEST(guards_value_collateral_as_the_question_does) {
  Random random(6'061);
  for (int trial = 0; trial < 20'000; ++trial) {
    const Valuation valuation{random.between(1, 1LL << random.between(0, 30)),
                              random.between(0, ppm_scale), 1'000'000};
    const PriceTicks price{random.between(0, valuation.price_ticks_max)};
    const Int128 amount = random.between(-(1LL << 60), 1LL << 60) >> random.below(50);
    const CollateralRate rate{price.value * valuation.tick_atoms, valuation.weight_ppm};
    CHECK(worth_of(valuation, amount, price) == rate.worth(amount));
  }
}

DELEVER_TEST(a_pool_is_breached_at_its_maintenance_or_below_nothing) {
  PoolStanding standing;
  CHECK(!standing.is_breached(true));  // nothing held, nothing owed
  standing.equity = -1;
  CHECK(standing.is_breached(false));
  CHECK_EQUAL(standing.deficit_ppm(), 1'000'000'000'000);  // no notional to measure it by
  standing = {.equity = 100, .maintenance = 100, .notional = 10'000};
  CHECK(standing.is_breached(true));
  CHECK(!standing.is_breached(false));
  CHECK_EQUAL(standing.deficit_ppm(), 0);
  standing.equity = 67;
  CHECK_EQUAL(standing.deficit_ppm(), 3'300);
  standing.equity = 1'067;
  CHECK_EQUAL(standing.deficit_ppm(), -96'700);
  CHECK(!standing.is_breached(true));
}

DELEVER_TEST(a_need_is_covered_by_what_is_loose_and_free) {
  const CollateralRate coin{5'000'000'000'000, 900'000};
  const Cover plain{.loose = 50, .free = 40};
  CHECK(plain.allows(Money{40}) && !plain.allows(Money{41}));
  const Cover worth{1'000'000'000, 4'500'000'000'000, coin, Cover::Kind::Worth};
  CHECK(worth.allows(Money{100'000'000}) && !worth.allows(Money{100'001'000}));
  const Cover charge{unlimited_atoms, 5'000'000'000'000, coin, Cover::Kind::Charge};
  CHECK(charge.allows(Money{100'000'000}) && !charge.allows(Money{100'000'001}));
  const Cover unknown{unlimited_atoms, 5, CollateralRate{0, ppm_scale}, Cover::Kind::Charge};
  CHECK(!unknown.allows(Money{1}));
}

}  // namespace
}  // namespace delever
