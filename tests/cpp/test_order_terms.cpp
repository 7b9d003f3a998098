// OrderTermsPool: indices are reused last freed first, come with defaults and survive a snapshot.
#include "archive_bytes.hpp"
#include "check.hpp"
#include "market/order_terms.hpp"

namespace delever {
namespace {

DELEVER_TEST(terms_are_reused_last_freed_first_with_defaults) {
  OrderTermsPool pool;
  CHECK_EQUAL(pool.acquire(), 0u);
  CHECK_EQUAL(pool.acquire(), 1u);
  CHECK_EQUAL(pool.acquire(), 2u);
  pool[0].display_lots = 7;
  pool[2].oco_group = 9;
  pool.release(0);
  pool.release(2);
  CHECK_EQUAL(pool.live(), 1u);
  CHECK_EQUAL(pool.acquire(), 2u);
  CHECK_EQUAL(pool[2].oco_group, 0u);
  CHECK_EQUAL(pool.acquire(), 0u);
  CHECK_EQUAL(pool[0].display_lots, 0);
  CHECK_EQUAL(pool.acquire(), 3u);
  pool.release(3);
  CHECK_THROWS(pool.release(3), InvariantViolation);
  CHECK_THROWS(pool.release(4), InvariantViolation);
}

DELEVER_TEST(terms_continue_alike_after_a_snapshot) {
  OrderTermsPool pool;
  for (int i = 0; i < 5; ++i) pool[pool.acquire()].accepted = i;
  pool.release(3);
  pool.release(1);
  const std::vector<std::byte> bytes = testing::bytes_of(pool);
  OrderTermsPool restored;
  testing::Reader reader{bytes.data()};
  restored.serialize(reader);
  CHECK_EQUAL(restored[4].accepted, 4);
  CHECK_EQUAL(restored.live(), 3u);
  for (int i = 0; i < 4; ++i) CHECK_EQUAL(restored.acquire(), pool.acquire());
  CHECK(testing::bytes_of(restored) == testing::bytes_of(pool));
}

}  // namespace
}  // namespace delever
