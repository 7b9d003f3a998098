// The liquidation map as Python sees it: thresholds of one's own in the index, and who a mark
// reaches.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "bindings/bindings.hpp"
#include "bindings/machine_access.hpp"
#include "risk/liquidation_map.hpp"

namespace delever {
inline namespace v1 {
namespace {

namespace py = pybind11;
using Ticks = py::array_t<std::int64_t, py::array::c_style>;

// The index and the tick each item waits at; items are numbered in the order of insertion.
struct ThresholdIndex {
  explicit ThresholdIndex(std::int64_t ticks_max) : map(ticks_max), price_ticks_max(ticks_max) {}

  LiquidationMap map;
  std::int64_t price_ticks_max;
  std::uint32_t items = 0;
};

ThresholdIndex make_index(std::int64_t ticks_max) {
  if (ticks_max < 1)
    throw Misuse(Misunderstanding::Config,
                 "price_ticks_max is " + std::to_string(ticks_max) + "; give at least 1");
  return ThresholdIndex(ticks_max);
}

void check_ticks(const ThresholdIndex& index, const Ticks& ticks) {
  for (py::ssize_t at = 0; at < ticks.size(); ++at) {
    const std::int64_t tick = ticks.data()[at];
    if (tick >= 0 && tick <= index.price_ticks_max) continue;
    throw Misuse(Misunderstanding::Data, "ticks[" + std::to_string(at) + "] is " +
                                             std::to_string(tick) + "; give 0 .. " +
                                             std::to_string(index.price_ticks_max));
  }
}

std::uint32_t insert(ThresholdIndex& index, const Ticks& ticks, bool longs) {
  check_ticks(index, ticks);
  const std::uint32_t first = index.items;
  for (py::ssize_t at = 0; at < ticks.size(); ++at) {
    const std::int64_t tick = ticks.data()[at];
    longs ? index.map.insert_long(tick, index.items) : index.map.insert_short(tick, index.items);
    ++index.items;
  }
  return first;
}

std::int64_t count_crossing(const ThresholdIndex& index, const Ticks& marks) {
  check_ticks(index, marks);
  std::int64_t crossing = 0;
  for (py::ssize_t at = 0; at < marks.size(); ++at)
    crossing += index.map.crossed(marks.data()[at]) ? 1 : 0;
  return crossing;
}

py::array_t<std::int64_t> drain(ThresholdIndex& index, std::int64_t mark) {
  std::vector<std::int64_t> items;
  index.map.drain_crossed(mark, [&](std::uint32_t item) { items.push_back(item); });
  std::sort(items.begin(), items.end());
  return py::array_t<std::int64_t>(static_cast<py::ssize_t>(items.size()), items.data());
}

py::tuple breaches_at(const VenueHandle& handle, std::int64_t instrument, std::int64_t mark) {
  const Venue& venue = idle(handle);
  check_instrument(venue, instrument);
  const auto id = static_cast<InstrumentId>(instrument);
  if (mark < 1 || mark > venue.instrument(id).price_ticks_max)
    throw Misuse(Misunderstanding::Data, "mark_ticks is " + std::to_string(mark) + "; give 1 .. " +
                                             std::to_string(venue.instrument(id).price_ticks_max));
  const std::vector<Breach> breaches = venue.breaches_at(id, PriceTicks{mark});
  py::array_t<std::int64_t> accounts(static_cast<py::ssize_t>(breaches.size()));
  py::array_t<std::int64_t> deficits(static_cast<py::ssize_t>(breaches.size()));
  for (std::size_t at = 0; at < breaches.size(); ++at) {
    accounts.mutable_data()[at] = breaches[at].account;
    deficits.mutable_data()[at] = breaches[at].deficit_ppm;
  }
  return py::make_tuple(accounts, deficits);
}

py::object wide(Int128 value) {
  const py::int_ high(static_cast<std::int64_t>(value >> 64));
  const py::int_ low(static_cast<std::uint64_t>(value));
  return (high << py::int_(64)) | low;
}

py::tuple leg_tuple(const LegTerms& leg) {
  return py::make_tuple(leg.qty.value, leg.cost.value, leg.rate_e12, leg.deduction.value,
                        leg.floor.value);
}

py::dict margin_terms(const VenueHandle& handle, std::int64_t account, std::int64_t instrument,
                      std::int64_t leg) {
  const Venue& venue = idle(handle);
  check_account(venue, account);
  check_instrument(venue, instrument);
  check_id("leg", leg, 3);
  const MarginTerms terms =
      venue.margin_terms(static_cast<AccountId>(account), static_cast<InstrumentId>(instrument),
                         static_cast<PositionLeg>(leg));
  py::dict named;
  named["at_equality"] = venue.rulebook().breach_at_equality;
  named["fee_ppm"] = venue.instrument(static_cast<InstrumentId>(instrument)).maintenance_fee_ppm;
  named["is_open"] = terms.is_open;
  named["is_cross"] = terms.is_cross;
  named["is_separable"] = terms.is_separable;
  named["mark_ticks"] = terms.mark.value;
  named["legs"] = py::make_tuple(leg_tuple(terms.legs[0]), leg_tuple(terms.legs[1]));
  named["backing"] = wide(terms.backing);
  named["others_profit"] = wide(terms.others_profit);
  named["others_maintenance"] = wide(terms.others_maintenance);
  named["equity"] = wide(terms.equity);
  named["maintenance"] = wide(terms.maintenance);
  named["liquidation_ticks"] = terms.liquidation_ticks;
  named["bankruptcy_ticks"] = terms.bankruptcy_ticks;
  named["equity_there"] = wide(terms.equity_there);
  named["maintenance_there"] = wide(terms.maintenance_there);
  return named;
}

/// What waits at one price: longs and shorts, then those in cross margin.
struct LevelRow {
  std::int64_t price_ticks = 0;
  std::array<Int128, 4> lots{};
  std::array<Int128, 4> notional{};
};

std::vector<LevelRow> level_rows(const Venue& venue, InstrumentId instrument, bool cross) {
  std::vector<LiquidationLevel> levels = venue.liquidation_levels(instrument, cross);
  std::sort(levels.begin(), levels.end(), [](const LiquidationLevel& a, const LiquidationLevel& b) {
    return a.price_ticks < b.price_ticks;
  });
  std::vector<LevelRow> rows;
  for (const LiquidationLevel& level : levels) {
    if (rows.empty() || rows.back().price_ticks != level.price_ticks)
      rows.push_back({.price_ticks = level.price_ticks});
    const std::size_t kind = (level.is_conditional ? 2 : 0) + (level.qty.value > 0 ? 0 : 1);
    const PriceTicks price{level.price_ticks};
    rows.back().lots[kind] += absolute(level.qty).value;
    rows.back().notional[kind] += notional_of(venue.instrument(instrument), level.qty, price).value;
  }
  return rows;
}

/// Columns by rising price; sums beyond 64 bits are shown as the largest number.
py::dict liquidation_levels(const VenueHandle& handle, std::int64_t instrument, bool cross) {
  const Venue& venue = idle(handle);
  check_instrument(venue, instrument);
  const std::vector<LevelRow> rows =
      level_rows(venue, static_cast<InstrumentId>(instrument), cross);
  const auto column = [&](auto&& read) {
    py::array_t<std::int64_t> values(static_cast<py::ssize_t>(rows.size()));
    for (std::size_t at = 0; at < rows.size(); ++at)
      values.mutable_at(static_cast<py::ssize_t>(at)) =
          static_cast<std::int64_t>(std::min<Int128>(read(rows[at]), INT64_MAX));
    return values;
  };
  constexpr const char* names[] = {"long", "short", "cross_long", "cross_short"};
  py::dict columns;
  columns["price_ticks"] = column([](const LevelRow& row) { return Int128{row.price_ticks}; });
  for (std::size_t kind = 0; kind < (cross ? 4 : 2); ++kind) {
    const std::string name = names[kind];
    columns[(name + "_lots").c_str()] =
        column([kind](const LevelRow& row) { return row.lots[kind]; });
    columns[(name + "_notional_atoms").c_str()] =
        column([kind](const LevelRow& row) { return row.notional[kind]; });
  }
  return columns;
}

}  // namespace

void define_breaches(VenueClass& venue) {
  venue
      .def("margin_terms", &margin_terms, py::arg("account").noconvert(),
           py::arg("instrument").noconvert(), py::arg("leg") = 0,
           "The terms behind a position's liquidation and bankruptcy price, in atoms and ticks.")
      .def("liquidation_levels", &liquidation_levels, py::arg("instrument").noconvert(),
           py::arg("cross") = false,
           "Lots waiting for liquidation by mark, as columns; conditional ones apart.");
  venue.def("breaches_at", &breaches_at, py::arg("instrument").noconvert(),
            py::arg("mark_ticks").noconvert(),
            "(accounts, deficit_ppm) that this mark would liquidate, in the order of a round.");
}

void register_map(py::module_& module) {
  py::class_<ThresholdIndex>(module, "LiquidationMap",
                             "Thresholds waiting at ticks, and which of them a mark crosses.")
      .def(py::init(&make_index), py::arg("price_ticks_max").noconvert())
      .def(
          "insert", &insert, py::arg("ticks"), py::kw_only(), py::arg("longs"),
          "Add thresholds of longs (crossed at marks <= tick) or shorts (>=); first item's number.")
      .def("count_crossing", &count_crossing, py::arg("marks"),
           "How many of these marks cross any threshold; changes nothing.")
      .def("drain", &drain, py::arg("mark").noconvert(),
           "Take out every item that the mark crosses; their numbers, ascending.")
      .def("__len__", [](const ThresholdIndex& index) { return index.map.size(); });
}

}  // namespace v1
}  // namespace delever
