// MatchingEngine: the same orders give the same events as a venue whose accounts never run out;
// owners without accounts; snapshots.
#include <vector>

#include "check.hpp"
#include "random_commands.hpp"
#include "venue/matching_engine.hpp"
#include "venue/venue.hpp"

namespace delever {
namespace {

using testing::Random;

constexpr std::int64_t accounts = 6;
constexpr std::int64_t middle = 2'000;

InstrumentSpec free_instrument(const char* symbol) {
  InstrumentSpec spec = testing::small_instrument(symbol);
  spec.atoms_per_tick_lot = 1;
  spec.maker_fee_ppm = spec.taker_fee_ppm = 0;
  spec.position_lots_max = 100'000'000;
  spec.tiers = {{Money{0}, 4'000, Money{0}, 100}};
  return spec;
}

std::vector<InstrumentSpec> instruments() {
  return {free_instrument("AAA"), free_instrument("BBB")};
}

/// Orders of every type, and what else both machines know.
class OrderCommands {
 public:
  explicit OrderCommands(std::uint64_t seed) : random_(seed) {}

  /// The next command, with the terms that go before it.
  std::vector<Command> next(const OrderPool& orders) {
    time_ns_ += random_.below(40);
    std::vector<Command> rows;
    const std::int64_t roll = random_.below(100);
    Command command = of_kind(CommandKind::PlaceOrder);
    if (roll < 60) {
      terms(command, rows);
    } else if (roll < 90) {
      existing(command, orders, roll);
    } else {
      other(command, roll);
    }
    rows.push_back(command);
    return rows;
  }

 private:
  Command of_kind(CommandKind kind) {
    Command command;
    command.kind = static_cast<std::uint16_t>(kind);
    command.time_ns = time_ns_;
    command.account = static_cast<AccountId>(random_.between(1, accounts));
    command.instrument = static_cast<InstrumentId>(random_.below(2));
    command.side = static_cast<std::uint8_t>(random_.between(1, 2));
    command.order_type = static_cast<std::uint8_t>(random_.below(8) == 0 ? 1 : 2);
    command.time_in_force =
        static_cast<std::uint8_t>(random_.below(3) == 0 ? random_.between(1, 6) : 1);
    command.price_ticks = middle + random_.between(-20, 20);
    command.qty_lots = random_.between(1, 60);
    if (random_.below(4) == 0) command.flags = static_cast<std::uint8_t>(random_.below(256) & ~6);
    if (random_.below(15) == 0) command.client_id = random_.between(1, 5);
    return command;
  }
  Command term(const Command& command, TermKind kind) {
    Command row;
    row.kind = static_cast<std::uint16_t>(CommandKind::AttachTerm);
    row.time_ns = command.time_ns;
    row.account = command.account;
    row.order_type = static_cast<std::uint8_t>(kind);
    return row;
  }
  void terms(Command& command, std::vector<Command>& rows) {
    if (random_.below(2) == 0) return;
    const auto kind = static_cast<TermKind>(random_.between(1, 9));
    Command row = term(command, kind);
    row.qty_lots = random_.between(1, 30);
    row.price_ticks = random_.below(6);
    row.amount_atoms = random_.between(1, 3);
    if (kind == TermKind::Trigger) trigger(row);
    if (kind == TermKind::Peg) {
      row.side = static_cast<std::uint8_t>(random_.between(1, 3));
      command.price_ticks = 0;
      command.order_type = 2;
    }
    if (kind == TermKind::Expiry) {
      row.amount_atoms = time_ns_ + random_.below(400);
      command.time_in_force = static_cast<std::uint8_t>(TimeInForce::Gtd);
    }
    if (kind == TermKind::Budget) row.amount_atoms = random_.between(1, 100'000);
    rows.push_back(row);
  }
  void trigger(Command& row) {
    row.flags = static_cast<std::uint8_t>(random_.between(1, 4));
    row.time_in_force = static_cast<std::uint8_t>(random_.below(5));
    row.price_ticks =
        row.flags > 2 && random_.below(2) == 0 ? 0 : middle + random_.between(-15, 15);
    if (row.flags < 3) row.qty_lots = 0;
    if (row.flags == 4) row.qty_lots = random_.between(1, 8'000);
  }
  void existing(Command& command, const OrderPool& orders, std::int64_t roll) {
    if (orders.slots() == 0) return;
    const auto slot = static_cast<std::uint32_t>(random_.below(orders.slots()));
    command.order_id = orders.id_of(slot);
    // A slot whose order never rested may never have been written: it is nobody's.
    if (orders[slot].account != 0) command.account = orders[slot].account;
    const CommandKind kind = roll < 72   ? CommandKind::CancelOrder
                             : roll < 86 ? CommandKind::AmendOrder
                                         : CommandKind::ReplaceOrder;
    command.kind = static_cast<std::uint16_t>(kind);
    if (kind != CommandKind::AmendOrder) return;
    command.order_type = random_.below(4) == 0;
    if (random_.below(2) == 0) command.price_ticks = 0;
    if (random_.below(2) == 0) command.qty_lots = 0;
  }
  void other(Command& command, std::int64_t roll) {
    command.price_ticks = random_.below(2) == 0 ? middle : 0;
    command.amount_atoms = random_.below(2);
    CommandKind kind = CommandKind::AdvanceTime;
    if (roll < 98) kind = CommandKind::PrintTrade;
    if (roll < 96) kind = CommandKind::ChangePhase;
    if (roll < 93) kind = CommandKind::SetTradeGroup;
    if (roll < 91) kind = CommandKind::CancelAll;
    command.order_type =
        static_cast<std::uint8_t>(random_.below(2) == 0 ? 1 : random_.between(1, 3));
    command.kind = static_cast<std::uint16_t>(kind);
  }

  Random random_;
  std::int64_t time_ns_ = 0;
};

Rulebook draw_rules(std::uint64_t seed) {
  Random random(seed);
  Rulebook rules;
  rules.self_trade = static_cast<SelfTrade>(random.between(1, 5));
  rules.market_residual = static_cast<MarketResidual>(random.below(2));
  rules.iceberg_refresh = static_cast<IcebergRefresh>(random.below(2));
  rules.iceberg_amend_up = static_cast<IcebergAmendUp>(random.below(2));
  rules.stop_source = random.below(2) == 0 ? TriggerSource::Last : TriggerSource::Quote;
  rules.stop_entry = static_cast<StopEntry>(random.below(2));
  rules.auction_price = static_cast<AuctionPrice>(random.below(3));
  rules.price_band_ppm = random.below(2) * 8'000;
  return rules;
}

/// Words of two events, but for numbers that count what only the venue has said.
void check_same_event(const Event& engine, const Event& venue, std::int64_t offset) {
  for (std::size_t at = 0; at < event_word_count; ++at) {
    const auto word = static_cast<Word>(at);
    std::int64_t expected = venue[word];
    if (word == Word::Sequence || word == Word::Command) expected -= offset;
    if (word == Word::Cause && expected >= 0) expected -= offset;
    CHECK_EQUAL(engine[word], expected);
  }
}

void compare_with_venue(std::uint64_t seed, int commands) {
  const Rulebook rules = draw_rules(seed);
  Venue venue(instruments(), rules, retain_none);
  MatchingEngine engine(instruments(), rules, retain_none);
  Command open;
  open.kind = static_cast<std::uint16_t>(CommandKind::OpenAccount);
  open.amount_atoms = 1'000'000'000'000'000;
  for (std::int64_t id = 1; id <= accounts; ++id) venue.apply(open);
  venue.set_trace(true);
  engine.set_trace(true);
  OrderCommands flow(seed);
  for (int i = 0; i < commands; ++i) {
    const std::vector<Command> rows = flow.next(engine.orders());
    venue.apply(rows);
    engine.apply(rows);
    CHECK_EQUAL(engine.trace().size(), venue.trace().size());
    for (std::size_t at = 0; at < std::min(engine.trace().size(), venue.trace().size()); ++at)
      check_same_event(engine.trace()[at], venue.trace()[at], accounts);
    if (testing::failures() != 0) return;
    engine.clear_trace();
    venue.clear_trace();
  }
  CHECK(engine.next_sequence() > commands);
}

DELEVER_TEST(engine_says_what_a_venue_without_worries_says) {
  for (std::uint64_t seed = 1; seed <= 24; ++seed) compare_with_venue(seed, 1'500);
}

DELEVER_TEST(engine_continues_alike_from_a_snapshot) {
  MatchingEngine engine(instruments(), draw_rules(5));
  OrderCommands flow(77);
  for (int i = 0; i < 2'000; ++i) engine.apply(flow.next(engine.orders()));
  const std::unique_ptr<MatchingEngine> restored = MatchingEngine::restore(engine.snapshot());
  const std::unique_ptr<MatchingEngine> branch = engine.branch();
  for (int i = 0; i < 2'000; ++i) {
    const std::vector<Command> rows = flow.next(engine.orders());
    engine.apply(rows);
    restored->apply(rows);
    branch->apply(rows);
  }
  CHECK_EQUAL(restored->digest(), engine.digest());
  CHECK_EQUAL(branch->digest(), engine.digest());
  CHECK(restored->snapshot() == engine.snapshot());
  CHECK(engine.bytes() > 0);
  CHECK_THROWS(Venue::restore(engine.snapshot()), std::invalid_argument);
}

/// A sink of an embedder's own.
struct Recorder {
  std::vector<Event> events;

  DELEVER_INLINE Sequence emit(EventKind kind, const EventFields& fields, TimeNs time,
                               std::int64_t command, const OrderPool& orders) {
    const auto sequence = static_cast<Sequence>(events.size());
    if (kind == EventKind::OrderFilled) {  // the maker is still there
      const auto maker = static_cast<OrderId>(fields.other_order);
      CHECK(orders.find(maker) != nullptr);
      CHECK_EQUAL(std::int64_t{orders[order_slot(maker)].account}, fields.other_account);
    }
    events.push_back(
        {{sequence, time.value, command, fields.cause, static_cast<std::int64_t>(kind),
          fields.instrument, fields.account, static_cast<std::int64_t>(fields.order_id),
          fields.side, fields.price, fields.qty, fields.amount, fields.other_account,
          fields.other_order, fields.other_amount, fields.reason}});
    return sequence;
  }
};

DELEVER_TEST(engine_tells_any_sink_the_same) {
  const Rulebook rules = draw_rules(9);
  MatchingEngine engine(instruments(), rules, retain_none);
  BasicMatchingEngine<Recorder> other(instruments(), rules);
  engine.set_trace(true);
  OrderCommands flow(21);
  for (int i = 0; i < 3'000; ++i) {
    const std::vector<Command> rows = flow.next(engine.orders());
    engine.apply(rows);
    for (const Command& row : rows) other.apply(row);
  }
  CHECK_EQUAL(other.sink().events.size(), engine.trace().size());
  for (std::size_t at = 0; at < engine.trace().size(); ++at)
    check_same_event(other.sink().events[at], engine.trace()[at], 0);
}

Command place(AccountId account, Side side, std::int64_t price, std::int64_t lots) {
  Command command;
  command.kind = static_cast<std::uint16_t>(CommandKind::PlaceOrder);
  command.account = account;
  command.side = static_cast<std::uint8_t>(side);
  command.order_type = static_cast<std::uint8_t>(OrderType::Limit);
  command.time_in_force = static_cast<std::uint8_t>(TimeInForce::Gtc);
  command.price_ticks = price;
  command.qty_lots = lots;
  return command;
}

DELEVER_TEST(engine_takes_any_owner_and_lets_nobody_trade_with_nobody) {
  MatchingEngine engine(instruments(), Rulebook{});
  const AccountId far = 4'000'000'000;
  engine.apply(place(far, Side::Sell, 100, 5));
  engine.apply(place(far, Side::Buy, 100, 5));  // its own: stops
  CHECK_EQUAL(engine.log().rows(EventFamily::Fills), 0u);
  engine.apply(place(0, Side::Buy, 100, 2));
  CHECK_EQUAL(engine.log().rows(EventFamily::Fills), 1u);
  engine.apply(place(0, Side::Sell, 110, 2));
  engine.apply(place(0, Side::Buy, 110, 1));  // far's 3 at 100 come first
  engine.apply(place(0, Side::Buy, 110, 3));
  CHECK_EQUAL(engine.log().rows(EventFamily::Fills), 4u);
  Command reduce = place(1, Side::Buy, 90, 1);
  reduce.flags = reduce_only;
  engine.apply(reduce);
  CHECK_EQUAL(static_cast<int>(engine.last_rejection()),
              static_cast<int>(RejectReason::InvalidOrder));
  Command deposit = reduce;
  deposit.kind = static_cast<std::uint16_t>(CommandKind::Deposit);
  engine.apply(deposit);
  CHECK_EQUAL(static_cast<int>(engine.last_rejection()),
              static_cast<int>(RejectReason::UnknownCommand));
}

DELEVER_TEST(engine_marks_only_refer) {
  MatchingEngine engine(instruments(), Rulebook{});
  Command mark;
  mark.kind = static_cast<std::uint16_t>(CommandKind::SetMark);
  mark.price_ticks = 150;
  engine.apply(mark);
  CHECK_EQUAL(engine.mark(0).value, 150);
  CHECK_EQUAL(engine.index(0).value, 150);
  Command stop;
  stop.kind = static_cast<std::uint16_t>(CommandKind::AttachTerm);
  stop.account = 3;
  stop.order_type = static_cast<std::uint8_t>(TermKind::Trigger);
  stop.flags = static_cast<std::uint8_t>(TriggerKind::Stop);
  stop.time_in_force = static_cast<std::uint8_t>(TriggerSource::Mark);
  stop.price_ticks = 160;
  engine.apply(stop);
  engine.apply(place(3, Side::Buy, 155, 4));
  CHECK(engine.book(0).empty(Side::Buy));
  mark.price_ticks = 160;
  engine.apply(mark);
  CHECK_EQUAL(engine.book(0).best(Side::Buy), 155);
}

DELEVER_TEST(a_plain_order_keeps_within_its_instrument) {
  InstrumentSpec spec = free_instrument("AAA");
  spec.price_ticks_min = 10;
  MatchingEngine engine({spec}, Rulebook{});
  const auto refused = [&](Command command) {
    const std::int64_t before = engine.next_sequence();
    engine.apply(command);
    CHECK_EQUAL(engine.next_sequence(), before + 1);
    return engine.last_rejection();
  };
  const Command sound = place(1, Side::Buy, 10, 1);
  Command other = sound;
  other.price_ticks = 9;
  CHECK(refused(other) == RejectReason::InvalidPrice);
  other.price_ticks = spec.price_ticks_max + 1;
  CHECK(refused(other) == RejectReason::InvalidPrice);
  other = sound;
  other.qty_lots = 0;
  CHECK(refused(other) == RejectReason::InvalidQty);
  other.qty_lots = spec.order_lots_max + 1;
  CHECK(refused(other) == RejectReason::InvalidQty);
  other = sound;
  other.side = 0;
  CHECK(refused(other) == RejectReason::InvalidOrder);
  other.side = 3;
  CHECK(refused(other) == RejectReason::InvalidOrder);
  other = sound;
  other.instrument = 1;
  CHECK(refused(other) == RejectReason::UnknownInstrument);
  other = sound;
  other.client_id = -1;
  CHECK(refused(other) == RejectReason::InvalidOrder);
  other.client_id = 7;
  CHECK(refused(other) == RejectReason::None);
  CHECK(refused(other) == RejectReason::DuplicateClientId);
  other.time_ns = -1;
  CHECK(refused(other) == RejectReason::TimeReversed);
  CHECK_EQUAL(engine.orders().live(), std::size_t{1});
}

}  // namespace
}  // namespace delever
