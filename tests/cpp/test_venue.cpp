// The venue under random commands: identities, snapshots, branches, guards, and a poisoned venue's
// end.
#include <set>

#include "random_commands.hpp"
#include "units/invariant.hpp"

namespace delever {
namespace {

using testing::Random;
using testing::RandomCommands;
using testing::small_instrument;
using testing::small_venue;

constexpr int commands_per_run = 3'000;

void run_with_audits(std::uint64_t seed, int audit_every, std::set<std::int64_t>& kinds) {
  Venue venue = small_venue(seed % 2 == 0, seed);
  venue.set_trace(true);
  RandomCommands commands(seed);
  for (int at = 0; at < commands_per_run; ++at) {
    venue.apply(commands.next(venue));
    if (at % audit_every == 0) CHECK(venue.audit().empty());
  }
  CHECK(venue.audit().empty());
  for (const Event& event : venue.trace()) kinds.insert(event[Word::Kind]);
}

DELEVER_TEST(money_is_conserved_under_random_commands) {
  std::set<std::int64_t> kinds;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) run_with_audits(seed, 1, kinds);
  for (std::uint64_t seed = 100; seed <= 180; ++seed) run_with_audits(seed, 1'000, kinds);
  CHECK_EQUAL(kinds.size(), std::size_t{event_kind_max});
}

DELEVER_TEST(a_restored_venue_continues_as_the_original) {
  for (std::uint64_t seed = 20; seed < 28; ++seed) {
    Venue venue = small_venue(true, seed);
    RandomCommands commands(seed);
    std::unique_ptr<Venue> restored;
    std::unique_ptr<Venue> branched;
    for (int at = 0; at < commands_per_run; ++at) {
      const Command command = commands.next(venue);
      if (at % 97 == 0) {  // restoring rebuilds every guard: they must not influence an event
        const std::vector<std::byte> bytes = venue.snapshot();
        restored = Venue::restore(bytes);
        CHECK(restored->snapshot() == bytes);
        branched = venue.branch();
      }
      venue.apply(command);
      restored->apply(command);
      branched->apply(command);
      CHECK_EQUAL(restored->digest(), venue.digest());
      CHECK_EQUAL(branched->digest(), venue.digest());
    }
    CHECK(restored->snapshot() == venue.snapshot());
  }
}

DELEVER_TEST(guards_change_no_event) {
  for (std::uint64_t seed = 31; seed < 40; ++seed) {
    Venue venue = small_venue(seed % 2 == 0, seed);
    Venue other = small_venue(seed % 2 == 0, seed);
    RandomCommands commands(seed);
    Random random(seed);
    for (int at = 0; at < commands_per_run; ++at) {
      const Command command = commands.next(venue);
      venue.apply(command);
      other.apply(command);
      if (random.below(7) == 0)
        other.rebuild_guards(static_cast<std::uint64_t>(random.between(1, 1'000'000)));
      CHECK_EQUAL(other.digest(), venue.digest());
    }
    CHECK(other.audit().empty());
    CHECK(other.snapshot() == venue.snapshot());
  }
}

DELEVER_TEST(a_damaged_snapshot_is_refused) {
  Venue venue = small_venue(true);
  RandomCommands commands(5);
  for (int at = 0; at < 500; ++at) venue.apply(commands.next(venue));
  const std::vector<std::byte> whole = venue.snapshot();
  Random random(9);
  for (int at = 0; at < 200; ++at) {
    std::vector<std::byte> torn = whole;
    torn.resize(static_cast<std::size_t>(random.below(static_cast<std::int64_t>(whole.size()))));
    CHECK_THROWS(Venue::restore(torn), std::invalid_argument);
    std::vector<std::byte> flipped = whole;
    flipped[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(whole.size())))] ^=
        std::byte{4};
    CHECK_THROWS(Venue::restore(flipped), std::invalid_argument);
  }
}

DELEVER_TEST(the_question_who_would_be_liquidated_matches_the_answer) {
  for (std::uint64_t seed = 40; seed < 44; ++seed) {
    Venue venue = small_venue(true);
    RandomCommands commands(seed);
    for (int at = 0; at < commands_per_run; ++at) {
      const Command command = commands.next(venue);
      const bool asks = command.kind == static_cast<std::uint16_t>(CommandKind::SetMark) &&
                        command.flags == 0 && venue.poisoned().empty();
      std::vector<Breach> expected;
      if (asks) expected = venue.breaches_at(command.instrument, PriceTicks{command.price_ticks});
      venue.clear_trace();
      venue.set_trace(true);
      venue.apply(command);
      if (expected.empty()) continue;
      std::set<AccountId> started;
      for (const Event& event : venue.trace())
        if (event[Word::Kind] == static_cast<std::int64_t>(EventKind::LiquidationStarted) &&
            event[Word::Instrument] == command.instrument)
          started.insert(static_cast<AccountId>(event[Word::Account]));
      CHECK(started.contains(expected.front().account));
    }
  }
}

DELEVER_TEST(an_unsound_instrument_is_refused) {
  InstrumentSpec spec = small_instrument("AAA");
  spec.tiers[1].deduction = Money{7};
  CHECK_THROWS(Venue({spec}, Rulebook{}), std::invalid_argument);
  CHECK_THROWS(Venue({}, Rulebook{}), std::invalid_argument);
}

}  // namespace
}  // namespace delever
