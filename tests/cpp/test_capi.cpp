// The C function table: statuses instead of exceptions, the same venue behind it.
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "capi/capi.hpp"
#include "capi/venue_handle.hpp"
#include "check.hpp"

namespace delever {
namespace {

const delever_capi& capi = capi_table();

delever_venue make_venue() {
  InstrumentSpec spec;
  spec.symbol = "COINUSDT";
  spec.price_ticks_max = 100'000;
  spec.order_lots_max = 1'000;
  spec.position_lots_max = 10'000;
  spec.tiers = {{Money{0}, 5'000, Money{0}, 100}};
  return delever_venue(std::make_shared<Venue>(std::vector{spec}, Rulebook{}));
}

delever_command command(CommandKind kind, std::int64_t time_ns = 0) {
  delever_command record{};
  record.kind = static_cast<std::uint16_t>(kind);
  record.time_ns = time_ns;
  return record;
}

void open_account(delever_venue& venue, std::int64_t deposit) {
  delever_command record = command(CommandKind::OpenAccount);
  record.amount_atoms = deposit;
  CHECK_EQUAL(capi.apply(&venue, &record, 1), int{DELEVER_OK});
}

DELEVER_TEST(capi_says_its_version_and_size) {
  CHECK_EQUAL(capi.version, std::uint32_t{DELEVER_CAPI_VERSION});
  CHECK_EQUAL(std::size_t{capi.size}, sizeof(delever_capi));
}

DELEVER_TEST(capi_trades_and_liquidates) {
  delever_venue venue = make_venue();
  open_account(venue, 1'000'000);
  open_account(venue, 1'000);
  std::uint64_t ask = 0, bid = 0;
  CHECK_EQUAL(capi.place(&venue, 1, 0, 2, 10, 1'000, 0, &ask), int{DELEVER_OK});
  CHECK_EQUAL(capi.best(&venue, 0, 2), 1'000);
  CHECK_EQUAL(capi.place(&venue, 2, 0, 1, 10, 1'000, 0, nullptr), int{DELEVER_OK});
  CHECK_EQUAL(capi.best(&venue, 0, 2), -1);
  CHECK_EQUAL(capi.place(&venue, 1, 0, 1, 10, 952, 0, &bid), int{DELEVER_OK});
  std::int64_t lots = 0, margin = 0;
  CHECK_EQUAL(capi.position(&venue, 2, 0, &lots, &margin), int{DELEVER_OK});
  CHECK_EQUAL(lots, 10);
  CHECK_EQUAL(margin, 500);
  delever_command fall = command(CommandKind::UpdateIndex, 7);
  fall.price_ticks = 953;
  CHECK_EQUAL(capi.apply(&venue, &fall, 1), int{DELEVER_OK});
  CHECK_EQUAL(capi.time_ns(&venue), 7);
  CHECK_EQUAL(capi.mark(&venue, 0), 953);
  CHECK(capi.event_rows(&venue, DELEVER_RISK) >= 2);
  const std::int64_t* kind = capi.event_column(&venue, DELEVER_RISK, "kind");
  const std::int64_t* account = capi.event_column(&venue, DELEVER_RISK, "account");
  CHECK_EQUAL(kind[0], static_cast<std::int64_t>(EventKind::LiquidationStarted));
  CHECK_EQUAL(account[0], 2);
  CHECK_EQUAL(capi.digest(&venue), venue.machine->digest());
}

DELEVER_TEST(capi_reports_rejections) {
  delever_venue venue = make_venue();
  open_account(venue, 10);
  std::uint64_t order = 99;
  CHECK_EQUAL(capi.place(&venue, 1, 0, 1, 10, 1'000, 0, &order), int{DELEVER_REJECTED});
  CHECK_EQUAL(order, std::uint64_t{0});
  CHECK_EQUAL(capi.last_rejection(&venue), static_cast<int>(RejectReason::InsufficientMargin));
  CHECK_EQUAL(capi.place(&venue, 1, 0, 1, 10, 0, 0, &order), int{DELEVER_REJECTED});
  CHECK_EQUAL(capi.cancel(&venue, 1, 12), int{DELEVER_REJECTED});
  CHECK_EQUAL(capi.last_rejection(&venue), static_cast<int>(RejectReason::UnknownOrder));
  CHECK_EQUAL(capi.apply(&venue, nullptr, 0), int{DELEVER_OK});
}

DELEVER_TEST(capi_takes_no_nonsense) {
  delever_venue venue = make_venue();
  CHECK_EQUAL(capi.apply(nullptr, nullptr, 0), int{DELEVER_INVALID});
  CHECK_EQUAL(capi.apply(&venue, nullptr, 1), int{DELEVER_INVALID});
  CHECK_EQUAL(capi.cancel(nullptr, 1, 1), int{DELEVER_INVALID});
  CHECK_EQUAL(capi.last_rejection(nullptr), int{DELEVER_INVALID});
  CHECK_EQUAL(capi.position(&venue, 7, 0, nullptr, nullptr), int{DELEVER_INVALID});
  CHECK_EQUAL(capi.mark(&venue, 3), -1);
  CHECK_EQUAL(capi.best(&venue, 0, 0), -1);
  CHECK_EQUAL(capi.event_rows(&venue, 7), -1);
  CHECK(capi.event_column(&venue, DELEVER_RISK, "colour") == nullptr);
  CHECK(capi.event_column(&venue, -1, "kind") == nullptr);
  CHECK(*capi.error(nullptr) != '\0');
  CHECK(*capi.error(&venue) == '\0');
}

DELEVER_TEST(capi_refuses_whoever_comes_second) {
  delever_venue venue = make_venue();
  const MachineEntry inside(venue.busy);
  CHECK(inside.entered());
  std::atomic<int> status{0};
  std::thread([&] { status = capi.cancel(&venue, 1, 1); }).join();
  CHECK_EQUAL(status.load(), int{DELEVER_BUSY});
}

}  // namespace
}  // namespace delever
