// The columns of the event log: which word of an Event each family keeps, and under which name.
//
// Owns: one static list of ColumnSchema per EventFamily; nothing else says what a column is called
// or means, so the log, the Python view and the documentation cannot drift apart. Every family
// carries sequence, time_ns, command, cause and kind first, in this order; the words a family does
// not use are not stored. A word may bear another name where that is what it means there (a fill's
// Account is its taker). The names are public: they are added to, not changed.
//
// Complexity: constant tables, known at compile time, so that the log's append unrolls into plain
// stores. Enumerations (kind, side, reason) are stored by value as int64 like everything else; an
// unsigned order id is stored bit for bit.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "units/ids.hpp"
#include "venue/event.hpp"

namespace delever {
inline namespace v1 {

struct ColumnSchema {
  const char* name;
  Word word;
  const char* doc;
  bool sparse = false;     ///< nearly always `usual`
  std::int64_t usual = 0;  ///< of a sparse column
};

/// The column, as one that nearly always holds the same value.
constexpr ColumnSchema sparse(ColumnSchema column, std::int64_t usual = 0) {
  column.sparse = true;
  column.usual = usual;
  return column;
}

constexpr std::size_t event_columns_max = 16;

namespace event_schema {

inline constexpr ColumnSchema sequence{"sequence", Word::Sequence, "running number of the event"};
inline constexpr ColumnSchema time_ns{"time_ns", Word::TimeNs, "venue time, ns UTC since 1970"};
inline constexpr ColumnSchema command{"command", Word::Command, "running number of the command"};
inline constexpr ColumnSchema cause{"cause", Word::Cause,
                                    "sequence of the event that led to this one; -1: the command"};
inline constexpr ColumnSchema kind{"kind", Word::Kind, "EventKind"};
inline constexpr ColumnSchema instrument{"instrument", Word::Instrument, "instrument id"};
inline constexpr ColumnSchema account{"account", Word::Account, "account id"};
inline constexpr ColumnSchema order_id{"order_id", Word::OrderId, "generation << 32 | slot"};
inline constexpr ColumnSchema side{"side", Word::Side, "1 buy, 2 sell"};
inline constexpr ColumnSchema price_ticks{"price_ticks", Word::PriceTicks, "price, in ticks"};
inline constexpr ColumnSchema qty_lots{"qty_lots", Word::QtyLots, "quantity, in lots"};
inline constexpr ColumnSchema reason{"reason", Word::Reason, "RejectReason or CancelReason"};
inline constexpr ColumnSchema position_side{"position_side", Word::Side,
                                            "leg of a hedged account: 1 long, 2 short; 0: net"};
inline constexpr ColumnSchema mark_ticks{"mark_ticks", Word::PriceTicks, "mark price, in ticks"};

inline constexpr std::array accounts{
    sequence,
    time_ns,
    command,
    cause,
    kind,
    account,
    ColumnSchema{"other_account", Word::OtherAccount, "of a seeded position or a transfer"},
    instrument,
    side,
    price_ticks,
    qty_lots,
    ColumnSchema{"amount_atoms", Word::AmountAtoms, "amount moved, or the position's value"},
    ColumnSchema{"margin_atoms", Word::OtherAmount, "the position's margin after an adjustment"},
};
inline constexpr std::array rejections{
    sequence,
    time_ns,
    command,
    cause,
    kind,
    account,
    instrument,
    order_id,
    ColumnSchema{"command_kind", Word::AmountAtoms, "CommandKind of what was refused"},
    reason,
};
inline constexpr std::array orders{
    sequence,
    time_ns,
    command,
    sparse(cause, no_cause),
    kind,
    account,
    instrument,
    order_id,
    side,
    price_ticks,
    qty_lots,
    ColumnSchema{"client_id", Word::OtherOrder, "the client's own id; 0: none; or the maker's id"},
    reason,
    sparse(
        ColumnSchema{"amount", Word::AmountAtoms, "trigger price, hidden rest or reason, by kind"}),
    sparse(
        ColumnSchema{"display_lots", Word::OtherAmount, "displayed lots of an iceberg; 0: plain"}),
    sparse(ColumnSchema{"other_account", Word::OtherAccount,
                        "the maker's, of a decremented self-trade"}),
};
inline constexpr std::array fills{
    sequence,
    time_ns,
    command,
    sparse(cause, no_cause),
    sparse(kind, static_cast<std::int64_t>(EventKind::OrderFilled)),
    sparse(instrument),
    ColumnSchema{"side", Word::Side, "the taker's side: 1 buy, 2 sell"},
    price_ticks,
    qty_lots,
    ColumnSchema{"taker_account", Word::Account, "account of the incoming order"},
    ColumnSchema{"taker_order", Word::OrderId, "id of the incoming order"},
    ColumnSchema{"maker_account", Word::OtherAccount, "account of the resting order"},
    ColumnSchema{"maker_order", Word::OtherOrder, "id of the resting order"},
    sparse(ColumnSchema{"taker_fee_atoms", Word::AmountAtoms, "fee of the taker"}),
    sparse(
        ColumnSchema{"maker_fee_atoms", Word::OtherAmount, "fee of the maker; negative: a rebate"}),
};
inline constexpr std::array marks{
    sequence,
    time_ns,
    command,
    cause,
    kind,
    instrument,
    mark_ticks,
    ColumnSchema{"index_ticks", Word::OtherAmount, "index price, in ticks; or the old phase"},
    qty_lots,
    ColumnSchema{"phase", Word::AmountAtoms, "the new TradingPhase"},
};
inline constexpr std::array risk{
    sequence,
    time_ns,
    command,
    cause,
    kind,
    account,
    ColumnSchema{"other_account", Word::OtherAccount, "the bankrupt account of a deleveraging"},
    instrument,
    qty_lots,
    price_ticks,
    ColumnSchema{"amount_atoms", Word::AmountAtoms, "equity, cost, fee or loss, by kind"},
    ColumnSchema{"other_amount", Word::OtherAmount, "deficit in ppm, or atoms returned, by kind"},
    sparse(position_side),
};
inline constexpr std::array funding{
    sequence,
    time_ns,
    command,
    cause,
    kind,
    account,
    instrument,
    qty_lots,
    mark_ticks,
    ColumnSchema{"amount", Word::AmountAtoms, "signed credit in atoms, or the rate in 1e-8"},
    ColumnSchema{"dust_atoms", Word::OtherAmount, "what rounding left over"},
    sparse(position_side),
};

}  // namespace event_schema

constexpr std::span<const ColumnSchema> schema_of(EventFamily family) {
  switch (family) {
    case EventFamily::Accounts: return event_schema::accounts;
    case EventFamily::Rejections: return event_schema::rejections;
    case EventFamily::Orders: return event_schema::orders;
    case EventFamily::Fills: return event_schema::fills;
    case EventFamily::Marks: return event_schema::marks;
    case EventFamily::Risk: return event_schema::risk;
    case EventFamily::Funding: return event_schema::funding;
  }
  return {};
}

/// The column that holds a word; event_columns_max where the family does not keep it.
constexpr std::size_t column_of(EventFamily family, Word word) {
  const std::span<const ColumnSchema> schema = schema_of(family);
  for (std::size_t column = 0; column < schema.size(); ++column)
    if (schema[column].word == word) return column;
  return event_columns_max;
}

/// "accounts", "rejections", ...
constexpr const char* name_of(EventFamily family) {
  constexpr const char* names[event_family_count] = {"accounts", "rejections", "orders", "fills",
                                                     "marks",    "risk",       "funding"};
  return names[static_cast<std::size_t>(family)];
}

}  // namespace v1
}  // namespace delever
