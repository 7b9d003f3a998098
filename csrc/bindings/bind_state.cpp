// What a venue alone can be asked: accounts, positions, money. Nothing here changes it.
#include <pybind11/stl.h>

#include <string>
#include <vector>

#include "bindings/machine_access.hpp"

namespace delever {
inline namespace v1 {
namespace {

namespace py = pybind11;
using Column = py::array_t<std::int64_t>;

const Venue& checked(const VenueHandle& handle, std::int64_t account, std::int64_t instrument) {
  const Venue& venue = checked(handle, instrument);
  check_account(venue, account);
  return venue;
}

PositionLeg leg_from(std::int64_t leg) {
  check_id("leg", leg, 3);
  return static_cast<PositionLeg>(leg);
}

py::tuple account(const VenueHandle& handle, std::int64_t id, std::int64_t currency) {
  const Venue& venue = idle(handle);
  check_account(venue, id);
  check_id("currency", currency, venue.currency_count());
  const Balance found =
      venue.balance(static_cast<AccountId>(id), static_cast<std::size_t>(currency));
  return py::make_tuple(found.wallet.value, found.reserved.value);
}

bool is_hedged(const VenueHandle& handle, std::int64_t id) {
  const Venue& venue = idle(handle);
  check_account(venue, id);
  return venue.account(static_cast<AccountId>(id)).is_hedged != 0;
}

bool is_cross(const VenueHandle& handle, std::int64_t account, std::int64_t instrument) {
  const Venue& venue = checked(handle, account, instrument);
  for (std::int64_t leg = 0; leg < 3; ++leg) {
    const Position* found = venue.position(static_cast<AccountId>(account),
                                           static_cast<InstrumentId>(instrument), leg_from(leg));
    if (found != nullptr) return found->cross != 0;
  }
  const bool by_default = venue.rulebook().margin_mode_default == MarginMode::Cross;
  return by_default && account != insurance_fund_account;
}

py::tuple position(const VenueHandle& handle, std::int64_t account, std::int64_t instrument,
                   std::int64_t leg) {
  const Venue& venue = checked(handle, account, instrument);
  const auto id = static_cast<InstrumentId>(instrument);
  const Position* found = venue.position(static_cast<AccountId>(account), id, leg_from(leg));
  if (found == nullptr) {
    std::int64_t leverage = venue.instrument(id).leverage_default;
    for (std::int64_t other = 0; other < 3; ++other) {
      found = venue.position(static_cast<AccountId>(account), id, leg_from(other));
      if (found != nullptr) leverage = found->leverage;  // legs have the same
    }
    return py::make_tuple(0, 0, 0, leverage);
  }
  return py::make_tuple(found->qty.value, found->cost.value, found->margin.value, found->leverage);
}

py::dict accounts(const VenueHandle& handle, std::int64_t currency) {
  const Venue& venue = idle(handle);
  check_id("currency", currency, venue.currency_count());
  const auto count = static_cast<py::ssize_t>(venue.account_count());
  Column wallet(count), reserved(count);
  for (py::ssize_t at = 0; at < count; ++at) {
    const Balance held =
        venue.balance(static_cast<AccountId>(at), static_cast<std::size_t>(currency));
    wallet.mutable_at(at) = held.wallet.value;
    reserved.mutable_at(at) = held.reserved.value;
  }
  py::dict columns;
  columns["wallet_atoms"] = wallet;
  columns["reserved_atoms"] = reserved;
  return columns;
}

py::dict positions(const VenueHandle& handle) {
  const Venue& venue = idle(handle);
  std::vector<const Position*> open;
  for (const Position& one : venue.positions())
    if (one.qty.value != 0) open.push_back(&one);
  const char* names[] = {"account",           "instrument",    "qty_lots",
                         "cost_atoms",        "margin_atoms",  "leverage",
                         "liquidation_ticks", "position_side", "cross"};
  std::vector<Column> columns;
  for (std::size_t at = 0; at < std::size(names); ++at)
    columns.emplace_back(static_cast<py::ssize_t>(open.size()));
  for (std::size_t row = 0; row < open.size(); ++row) {
    const Position& one = *open[row];
    const std::int64_t values[] = {
        one.account,
        one.instrument,
        one.qty.value,
        one.cost.value,
        one.margin.value,
        one.leverage,
        venue.liquidation_price(one.account, one.instrument, leg_from(one.leg)),
        one.leg,
        one.cross};
    for (std::size_t at = 0; at < columns.size(); ++at)
      columns[at].mutable_at(static_cast<py::ssize_t>(row)) = values[at];
  }
  py::dict named;
  for (std::size_t at = 0; at < columns.size(); ++at) named[names[at]] = columns[at];
  return named;
}

/// A total, which is 128 bits wide, as a Python integer.
py::object wide(Int128 value) {
  const py::int_ high(static_cast<std::int64_t>(value >> 64));
  const py::int_ low(static_cast<std::uint64_t>(value));
  return (high << py::int_(64)) | low;
}

/// A getter for one price of a position.
template <class Read>
auto position_price(Read read) {
  return [read](const VenueHandle& handle, std::int64_t account, std::int64_t instrument,
                std::int64_t leg) -> std::int64_t {
    return read(checked(handle, account, instrument), static_cast<AccountId>(account),
                static_cast<InstrumentId>(instrument), leg_from(leg));
  };
}

/// A getter for one number of the whole venue.
template <class Read>
auto total(Read read) {
  return [read](const VenueHandle& handle) { return read(idle(handle)); };
}

void define_positions(VenueClass& venue) {
  const auto account_arg = py::arg("account").noconvert();
  const auto instrument_arg = py::arg("instrument").noconvert();
  const auto leg_arg = py::arg("leg") = 0;
  const auto currency_arg = py::arg("currency") = 0;
  venue.def("account", &account, account_arg, currency_arg, "(wallet_atoms, reserved_atoms)")
      .def("accounts", &accounts, currency_arg, "Columns over all accounts, in order of their ids.")
      .def("is_hedged", &is_hedged, account_arg, "Whether its legs are positions of their own.")
      .def("is_cross", &is_cross, account_arg, instrument_arg, "Whether in cross margin.")
      .def("position", &position, account_arg, instrument_arg, leg_arg,
           "(qty_lots, cost_atoms, margin_atoms, leverage)")
      .def("positions", &positions, "Columns over all open positions.")
      .def("liquidation_price",
           position_price([](const Venue& v, AccountId a, InstrumentId i, PositionLeg leg) {
             return v.liquidation_price(a, i, leg);
           }),
           account_arg, instrument_arg, leg_arg, "The threshold tick; -1 where no mark liquidates.")
      .def("bankruptcy_price",
           position_price([](const Venue& v, AccountId a, InstrumentId i, PositionLeg leg) {
             return v.bankruptcy_price(a, i, leg);
           }),
           account_arg, instrument_arg, leg_arg, "In ticks; -1 without a position.");
}

void define_totals(VenueClass& venue) {
  const auto number = [&venue](const char* name, auto read, const char* doc) {
    venue.def_property_readonly(name, total(read), doc);
  };
  using V = const Venue&;
  number("account_count", [](V v) { return v.account_count(); }, "Accounts, the fund's included.");
  number("last_account", [](V v) { return v.last_account(); }, "Id of the newest account.");
  number("currency_count", [](V v) { return v.currency_count(); }, "Currencies of the rulebook.");
  venue.def(
      "ledger",
      [](const VenueHandle& handle, std::int64_t currency) {
        const Venue& read = idle(handle);
        check_id("currency", currency, read.currency_count());
        const Ledger& totals = read.ledger(static_cast<std::size_t>(currency));
        return py::make_tuple(wide(totals.fees), wide(totals.dust), wide(totals.net_deposits));
      },
      py::arg("currency"), "(fees_atoms, dust_atoms, net_deposits_atoms) of a currency.");
  venue.def(
      "collateral_price",
      [](const VenueHandle& handle, std::int64_t currency) {
        const Venue& read = idle(handle);
        check_id("currency", currency, read.currency_count());
        return read.collateral_price(static_cast<std::size_t>(currency)).value;
      },
      py::arg("currency"), "Index price of a currency in its ticks; 0: unknown.");
  venue.def(
      "funding",
      [](const VenueHandle& handle, std::int64_t instrument) {
        const auto [rate_e8, next_ns, interval_ns, own_e8] =
            checked(handle, instrument).funding(static_cast<InstrumentId>(instrument));
        return py::make_tuple(rate_e8, next_ns, interval_ns, own_e8);
      },
      py::arg("instrument").noconvert(),
      "(rate_e8, next_time_ns, interval_ns, own_rate_e8): the rate in the mark, when the next is "
      "due, and the rate that the samples so far make.");
  venue.def(
      "rebuild_guards",
      [](VenueHandle& handle, std::uint64_t seed) {
        work_in(handle, [seed](Venue& work) { work.rebuild_guards(seed); });
      },
      py::arg("seed"), "Sets every threshold anew, with random budgets; changes no event.");
  number(
      "pool_work", [](V v) { return py::cast(v.pool_work()); },
      "Questions asked of cross-margin pools so far, guards set, and pools that are hot now.");
  number("fees_atoms", [](V v) { return wide(v.ledger().fees); }, "Trading fees collected.");
  number("dust_atoms", [](V v) { return wide(v.ledger().dust); }, "What roundings left over.");
  number(
      "net_deposits_atoms", [](V v) { return wide(v.ledger().net_deposits); },
      "Deposits minus withdrawals.");
  venue.def("audit", total([](V v) { return v.audit(); }),
            "The first broken identity, or an empty string; visits everything.");
}

}  // namespace

void define_state_views(VenueClass& venue) {
  define_positions(venue);
  define_totals(venue);
}

}  // namespace v1
}  // namespace delever
