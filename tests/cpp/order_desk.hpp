// A desk for worked cases of order types: commands in a line each, and what came of them as text.
//
// Orders are numbered by their acceptance. After each command `said` gives its events:
//   A1 5@100        accepted, lots@price (t90: trigger, d2: displayed)     J6     refused, reason
//   F2>1 3@100      filled, taker>maker                     C1r9 2     cancelled, reason, open lots
//   T1 90/90        triggered, reference/trigger            P1@101     re-priced (0: parked)
//   R1 2+3          replenished, visible+rest               D2>1 3     self-trade decremented
//   M1 4@99         amended                                 X1 100x7   phase, uncross price x lots
#pragma once

#include <map>
#include <string>

#include "check.hpp"
#include "venue/venue.hpp"

namespace delever::testing {

struct Terms {
  std::vector<Command> rows;

  Terms& add(TermKind kind, Command row) {
    row.kind = static_cast<std::uint16_t>(CommandKind::AttachTerm);
    row.order_type = static_cast<std::uint8_t>(kind);
    rows.push_back(row);
    return *this;
  }
  Terms& trigger(TriggerKind kind, std::int64_t price, std::int64_t distance = 0,
                 TriggerSource source = TriggerSource::ByRule) {
    return add(TermKind::Trigger, {.time_in_force = static_cast<std::uint8_t>(source),
                                   .flags = static_cast<std::uint8_t>(kind),
                                   .price_ticks = price,
                                   .qty_lots = distance});
  }
  Terms& stop(std::int64_t price, TriggerSource source = TriggerSource::ByRule) {
    return trigger(TriggerKind::Stop, price, 0, source);
  }
  Terms& peg(PegReference reference, std::int64_t offset) {
    return add(TermKind::Peg,
               {.side = static_cast<std::uint8_t>(reference), .price_ticks = offset});
  }
  Terms& iceberg(std::int64_t display, std::int64_t least = 0) {
    return add(TermKind::Iceberg, {.qty_lots = display, .amount_atoms = least});
  }
  Terms& expiry(std::int64_t time_ns) { return add(TermKind::Expiry, {.amount_atoms = time_ns}); }
  Terms& minimum(std::int64_t lots) { return add(TermKind::Minimum, {.qty_lots = lots}); }
  Terms& oco(std::int64_t group) { return add(TermKind::Oco, {.amount_atoms = group}); }
  Terms& budget(std::int64_t cost) { return add(TermKind::Budget, {.amount_atoms = cost}); }
  Terms& close() { return add(TermKind::ClosePosition, {}); }
  Terms& protection(std::int64_t ticks) {
    return add(TermKind::Protection, {.price_ticks = ticks});
  }
};

inline InstrumentSpec plain_instrument() {
  InstrumentSpec spec;
  spec.symbol = "AAA";
  spec.price_ticks_max = 1'000;
  spec.order_lots_max = 1'000;
  spec.position_lots_max = 10'000;
  spec.leverage_default = 10;
  spec.tiers = {{Money{0}, 4'000, Money{0}, 100}};
  return spec;
}

class Desk {
 public:
  explicit Desk(const Rulebook& rules = {}, std::int64_t deposit = 1'000'000'000)
      : venue({plain_instrument()}, rules) {
    for (int account = 0; account < 4; ++account)
      run({.kind = static_cast<std::uint16_t>(CommandKind::OpenAccount), .amount_atoms = deposit});
    venue.set_trace(true);
  }

  /// A limit order; price 0: a market order (or a pegged one, with terms).
  std::string place(AccountId account, Side side, std::int64_t qty, std::int64_t price,
                    std::uint8_t flags = 0, TimeInForce tif = TimeInForce::Gtc) {
    return send(account, {}, order(side, qty, price, flags, tif, price == 0));
  }
  std::string place(AccountId account, Side side, std::int64_t qty, std::int64_t price,
                    const Terms& terms, TimeInForce tif = TimeInForce::Gtc,
                    std::uint8_t flags = 0) {
    bool is_market = price == 0;
    for (const Command& row : terms.rows)
      if (row.order_type == static_cast<std::uint8_t>(TermKind::Peg)) is_market = false;
    return send(account, terms, order(side, qty, price, flags, tif, is_market));
  }
  std::string send(AccountId account, const Terms& terms, Command command) {
    for (Command row : terms.rows) {
      row.account = account;
      row.time_ns = time_ns;
      venue.apply(row);
    }
    command.account = account;
    return run(command);
  }
  std::string cancel(AccountId account, int number) {
    return of(CommandKind::CancelOrder, account, number, {});
  }
  std::string amend(AccountId account, int number, std::int64_t qty, std::int64_t price,
                    const Terms& terms = {}) {
    return of(CommandKind::AmendOrder, account, number, {.price_ticks = price, .qty_lots = qty},
              terms);
  }
  std::string of(CommandKind kind, AccountId account, int number, Command command,
                 const Terms& terms = {}) {
    command.kind = static_cast<std::uint16_t>(kind);
    command.order_id = ids.at(static_cast<std::size_t>(number) - 1);
    return send(account, terms, command);
  }
  std::string mark(std::int64_t price) {
    return run({.kind = static_cast<std::uint16_t>(CommandKind::SetMark), .price_ticks = price});
  }
  std::string print(std::int64_t price) {
    return run({.kind = static_cast<std::uint16_t>(CommandKind::PrintTrade), .price_ticks = price});
  }
  std::string phase(TradingPhase phase, std::int64_t reference = 0) {
    return run({.kind = static_cast<std::uint16_t>(CommandKind::ChangePhase),
                .order_type = static_cast<std::uint8_t>(phase),
                .price_ticks = reference});
  }
  std::string run(Command command) {
    command.time_ns = time_ns;
    venue.apply(command);
    CHECK(venue.audit().empty());
    std::string text;
    for (const Event& event : venue.trace()) {
      const std::string one = said(event);
      if (!one.empty()) text += (text.empty() ? "" : " ") + one;
    }
    venue.clear_trace();
    return text;
  }

  static Command order(Side side, std::int64_t qty, std::int64_t price, std::uint8_t flags,
                       TimeInForce tif, bool is_market) {
    return {
        .kind = static_cast<std::uint16_t>(CommandKind::PlaceOrder),
        .side = static_cast<std::uint8_t>(side),
        .order_type = static_cast<std::uint8_t>(is_market ? OrderType::Market : OrderType::Limit),
        .time_in_force = static_cast<std::uint8_t>(tif),
        .flags = flags,
        .price_ticks = price,
        .qty_lots = qty};
  }

  Venue venue;
  std::int64_t time_ns = 0;
  std::vector<OrderId> ids;

 private:
  std::string number(std::int64_t id) const {
    for (std::size_t at = ids.size(); at-- > 0;)
      if (ids[at] == static_cast<OrderId>(id)) return std::to_string(at + 1);
    return "?";
  }

  std::string said(const Event& event) {
    const auto text = [&](Word word) { return std::to_string(event[word]); };
    if (static_cast<EventKind>(event[Word::Kind]) == EventKind::OrderAccepted)
      ids.push_back(static_cast<OrderId>(event[Word::OrderId]));
    const std::string own = number(event[Word::OrderId]);
    const std::string priced = " " + text(Word::QtyLots) + "@" + text(Word::PriceTicks);
    const std::string pair = own + ">" + number(event[Word::OtherOrder]);
    switch (static_cast<EventKind>(event[Word::Kind])) {
      case EventKind::OrderAccepted:
        return "A" + own + priced +
               (event[Word::AmountAtoms] != 0 ? " t" + text(Word::AmountAtoms) : "") +
               (event[Word::OtherAmount] != 0 ? " d" + text(Word::OtherAmount) : "");
      case EventKind::CommandRejected: return "J" + text(Word::Reason);
      case EventKind::OrderFilled: return "F" + pair + priced;
      case EventKind::OrderCancelled:
        return "C" + own + "r" + text(Word::Reason) + " " + text(Word::QtyLots) +
               (event[Word::AmountAtoms] != 0 ? " j" + text(Word::AmountAtoms) : "");
      case EventKind::OrderTriggered:
        return "T" + own + " " + text(Word::PriceTicks) + "/" + text(Word::AmountAtoms);
      case EventKind::OrderRepriced: return "P" + own + "@" + text(Word::PriceTicks);
      case EventKind::OrderReplenished:
        return "R" + own + " " + text(Word::QtyLots) + "+" + text(Word::AmountAtoms);
      case EventKind::SelfTradeDecremented: return "D" + pair + " " + text(Word::QtyLots);
      case EventKind::OrderAmended: return "M" + own + priced;
      case EventKind::PhaseChanged:
        return "X" + text(Word::AmountAtoms) + " " + text(Word::PriceTicks) + "x" +
               text(Word::QtyLots);
      default: return "";
    }
  }
};

/// Prints both texts where they differ.
inline void check_said(const std::string& said, const std::string& wanted, const char* file,
                       int line) {
  if (said != wanted) fail(file, line, "said '" + said + "', wanted '" + wanted + "'");
}

}  // namespace delever::testing

#define CHECK_SAID(said, wanted) \
  ::delever::testing::check_said((said), (wanted), __FILE__, __LINE__)
