// Stress runs, for Python: columns in, records and series out as numpy arrays, the interpreter free
// while it works. Values are looked at here, row by row, before anything reaches the venue.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <atomic>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "bindings/bindings.hpp"
#include "bindings/machine_config.hpp"
#include "sim/stress_run.hpp"

namespace delever {
inline namespace v1 {
namespace {

namespace py = pybind11;
using Numbers = py::array_t<double, py::array::c_style | py::array::forcecast>;
using Integers = py::array_t<std::int64_t, py::array::c_style | py::array::forcecast>;

template <class T>
std::span<const T> span_of(const py::array_t<T, py::array::c_style | py::array::forcecast>& array) {
  return {array.data(), static_cast<std::size_t>(array.size())};
}

template <class T>
py::array_t<T> array_of(const std::vector<T>& values, std::vector<py::ssize_t> shape) {
  py::array_t<T> array(std::move(shape));
  std::copy(values.begin(), values.end(), array.mutable_data());
  return array;
}

template <class Record, class Read>
py::array_t<std::int64_t> field(const std::vector<Record>& records, Read read) {
  py::array_t<std::int64_t> array(static_cast<py::ssize_t>(records.size()));
  for (std::size_t at = 0; at < records.size(); ++at)
    array.mutable_data()[at] = static_cast<std::int64_t>(read(records[at]));
  return array;
}

/// A stress run that one thread at a time may work in.
class StressHandle {
 public:
  StressHandle(const py::list& instruments, const py::dict& rulebook,
               const std::vector<double>& tick_usd, const std::vector<double>& lot,
               const std::vector<double>& contract_usd, std::int64_t sample_ns) {
    StressConfig config;
    config.instruments = instruments_from(instruments);
    config.rulebook = rulebook_from(rulebook);
    config.sample_ns = sample_ns;
    const std::size_t count = config.instruments.size();
    if (count == 0 || tick_usd.size() != count || lot.size() != count ||
        contract_usd.size() != count || sample_ns <= 0)
      throw Misuse(Misunderstanding::Config, "give each instrument a tick, a lot and a contract");
    for (std::size_t at = 0; at < count; ++at)
      config.units.push_back({tick_usd[at], lot[at], contract_usd[at]});
    run_ = std::make_unique<StressRun>(std::move(config));
  }

  template <class Work>
  auto work(Work&& work) {
    if (busy_.exchange(true))
      throw Misuse(Misunderstanding::Busy, "the stress run is in use by another thread");
    const Release guard{busy_};
    const py::gil_scoped_release release;
    return work(*run_);
  }
  const StressRun& get() const {
    if (busy_) throw Misuse(Misunderstanding::Busy, "the stress run is in use by another thread");
    return *run_;
  }

 private:
  struct Release {
    std::atomic<bool>& flag;
    ~Release() { flag = false; }
  };
  std::unique_ptr<StressRun> run_;
  std::atomic<bool> busy_{false};
};

[[noreturn]] void refuse(std::size_t row, const char* column, double value, const char* wanted) {
  char text[160];
  std::snprintf(text, sizeof text, "row %zu, column '%s': %g is not %s", row, column, value,
                wanted);
  throw Misuse(Misunderstanding::Data, text);
}

void check_column(std::span<const double> column, const char* name, bool signed_values,
                  const char* wanted) {
  for (std::size_t row = 0; row < column.size(); ++row)
    if (!std::isfinite(column[row]) || (!signed_values && column[row] < 0) ||
        std::fabs(column[row]) > 1e15)
      refuse(row, name, column[row], wanted);
}

void check_codes(std::span<const std::int64_t> column, const char* name, std::int64_t count) {
  for (std::size_t row = 0; row < column.size(); ++row)
    if (column[row] < 0 || column[row] >= count)
      refuse(row, name, static_cast<double>(column[row]), "one of the codes there are");
}

void load(StressHandle& handle, const Integers& holder, const Integers& instrument,
          const Numbers& qty, const Numbers& entry_price, const Numbers& leverage,
          const Numbers& margin, const Numbers& wallet, const Integers& cross) {
  const StressColumns rows{span_of(holder),      span_of(instrument), span_of(qty),
                           span_of(entry_price), span_of(leverage),   span_of(margin),
                           span_of(wallet),      span_of(cross)};
  const std::size_t count = rows.qty.size();
  const std::size_t sizes[] = {
      rows.holder.size(), rows.instrument.size(), rows.entry_price.size(), rows.leverage.size(),
      rows.margin.size(), rows.wallet.size(),     rows.cross.size()};
  for (std::size_t at = 0; at < std::size(sizes); ++at)
    if (sizes[at] != count && (sizes[at] != 0 || at == 1 || at == 2))
      throw Misuse(Misunderstanding::Data, "the columns differ in length");
  handle.work([&](StressRun& run) {
    check_codes(rows.holder, "account", std::int64_t{1} << 31);
    check_codes(rows.instrument, "symbol",
                static_cast<std::int64_t>(run.venue().instrument_count()));
    check_codes(rows.cross, "margin_mode", 2);
    check_column(rows.qty, "qty", true, "a quantity");
    check_column(rows.entry_price, "entry_price", false, "a price");
    check_column(rows.leverage, "leverage", false, "a leverage");
    check_column(rows.margin, "margin", false, "an amount of at least 0");
    check_column(rows.wallet, "wallet", false, "an amount of at least 0");
    run.load(rows);
  });
}

void prepare(StressHandle& handle, const Integers& time_ns, const Integers& price_ticks,
             const std::vector<double>& depth_usd, double insurance_usd) {
  StressPath path{{time_ns.data(), time_ns.data() + time_ns.size()},
                  {price_ticks.data(), price_ticks.data() + price_ticks.size()}};
  const std::size_t instruments = handle.get().venue().instrument_count();
  for (std::size_t at = 0; at < path.price_ticks.size(); ++at) {
    const auto id = static_cast<InstrumentId>(at % instruments);
    const std::int64_t price = path.price_ticks[at];
    if (price < 1 || price > handle.get().venue().instrument(id).price_ticks_max)
      throw Misuse(Misunderstanding::Data, "path step " + std::to_string(at / instruments) +
                                               ": a price of " + std::to_string(price) +
                                               " ticks is out of range");
  }
  handle.work([&](StressRun& run) { run.prepare(std::move(path), depth_usd, insurance_usd); });
}

py::dict liquidations_of(const StressRun& run) {
  const auto& records = run.records().liquidations();
  py::dict table;
  const auto add = [&](const char* name, auto read) { table[name] = field(records, read); };
  using Record = LiquidationRecord;
  add("time_ns", [](const Record& one) { return one.time_ns; });
  add("account", [&](const Record& one) { return run.book().holder_of(one.account); });
  add("instrument", [](const Record& one) { return one.instrument; });
  add("qty_lots", [](const Record& one) { return one.qty_lots; });
  add("mark_ticks", [](const Record& one) { return one.mark_ticks; });
  add("equity_atoms", [](const Record& one) { return one.equity_atoms; });
  add("closed_lots", [](const Record& one) { return one.closed_lots; });
  add("taken_lots", [](const Record& one) { return one.taken_lots; });
  add("fee_atoms", [](const Record& one) { return one.fee_atoms; });
  add("returned_atoms", [](const Record& one) { return one.returned_atoms; });
  add("cross", [](const Record& one) { return one.cross; });
  const auto add_usd = [&](const char* name, auto read) {
    std::vector<double> values;
    for (const Record& one : records) values.push_back(read(one));
    table[name] = array_of(values, {static_cast<py::ssize_t>(values.size())});
  };
  add_usd("fee_usd", [](const Record& one) { return one.fee_usd; });
  add_usd("returned_usd", [](const Record& one) { return one.returned_usd; });
  add_usd("usd", [&](const Record& one) {
    const StressUnits& units = run.config().units[one.instrument];
    return units.usd(std::fabs(static_cast<double>(one.gone_lots)),
                     static_cast<double>(one.mark_ticks) * units.tick_usd);
  });
  return table;
}

py::dict deleveragings_of(const StressRun& run) {
  const auto& records = run.records().deleveragings();
  const auto holder = [&](AccountId account) {
    return run.book().owns(account) ? run.book().holder_of(account) : -1;
  };
  py::dict table;
  const auto add = [&](const char* name, auto read) { table[name] = field(records, read); };
  using Record = DeleveragingRecord;
  add("time_ns", [](const Record& one) { return one.time_ns; });
  add("account", [&](const Record& one) { return holder(one.account); });
  add("bankrupt", [&](const Record& one) { return holder(one.bankrupt); });
  add("instrument", [](const Record& one) { return one.instrument; });
  add("qty_lots", [](const Record& one) { return one.qty_lots; });
  add("price_ticks", [](const Record& one) { return one.price_ticks; });
  return table;
}

py::dict series_of(const StressRun& run) {
  const StressSeries& series = run.records().series();
  const auto samples = static_cast<py::ssize_t>(series.time_ns.size());
  const auto instruments = static_cast<py::ssize_t>(run.venue().instrument_count());
  py::dict table;
  table["time_ns"] = array_of(series.time_ns, {samples});
  table["index"] = array_of(series.index, {samples, instruments});
  table["mark"] = array_of(series.mark, {samples, instruments});
  table["last"] = array_of(series.last, {samples, instruments});
  table["liquidated_usd"] = array_of(series.liquidated_usd, {samples, instruments, 2});
  table["liquidated_count"] = array_of(series.liquidated_count, {samples});
  table["taken_usd"] = array_of(series.taken_usd, {samples});
  table["deleveraged_usd"] = array_of(series.deleveraged_usd, {samples});
  table["covered_usd"] = array_of(series.covered_usd, {samples});
  table["lost_usd"] = array_of(series.lost_usd, {samples});
  table["fund_usd"] = array_of(series.fund_usd, {samples});
  return table;
}

py::dict loaded_of(const StressRun& run) {
  const StressBook& book = run.book();
  py::dict loaded, refused;
  for (std::size_t reason = 0; reason < book.refused().size(); ++reason)
    if (book.refused()[reason] > 0) refused[py::int_(reason)] = book.refused()[reason];
  loaded["rows"] = book.rows();
  loaded["loaded"] = book.loaded();
  loaded["refused"] = refused;
  loaded["first_refused_row"] = book.first_refused_row();
  loaded["notional_usd"] = book.notional_usd();
  return loaded;
}

py::array_t<double> waiting(StressHandle& handle, std::int64_t instrument, double low_usd,
                            double high_usd, std::size_t bins) {
  if (instrument < 0 ||
      instrument >= static_cast<std::int64_t>(handle.get().venue().instrument_count()))
    throw Misuse(Misunderstanding::UnknownId, "no instrument " + std::to_string(instrument));
  const auto usd = handle.work([&](StressRun& run) {
    return run.waiting_usd(static_cast<InstrumentId>(instrument), low_usd, high_usd, bins);
  });
  return array_of(usd, {static_cast<py::ssize_t>(bins), 2});
}

}  // namespace

void register_stress(py::module_& module) {
  py::class_<StressHandle> stress(module, "StressRun", "A book of positions under a price path.");
  const auto read = [&stress](const char* name, auto get, const char* doc) {
    stress.def(name, [get](const StressHandle& self) { return get(self.get()); }, doc);
  };
  stress
      .def(py::init<const py::list&, const py::dict&, const std::vector<double>&,
                    const std::vector<double>&, const std::vector<double>&, std::int64_t>(),
           py::arg("instruments"), py::arg("rulebook"), py::arg("tick_usd"), py::arg("lot"),
           py::arg("contract_usd"), py::arg("sample_ns"))
      .def("load", &load, py::kw_only(), py::arg("holder"), py::arg("instrument"), py::arg("qty"),
           py::arg("entry_price"), py::arg("leverage"), py::arg("margin"), py::arg("wallet"),
           py::arg("cross"), "Load rows; an empty column is not known.")
      .def("prepare", &prepare, py::arg("time_ns"), py::arg("price_ticks"), py::arg("depth_usd"),
           py::arg("insurance_usd"), "Set path, depth and fund; once, after loading.")
      .def(
          "run",
          [](StressHandle& self, std::size_t until_step) {
            self.work([&](StressRun& run) { run.run(until_step); });
          },
          py::arg("until_step"), "Run the steps before this one; the interpreter stays free.")
      .def("waiting_usd", &waiting, py::arg("instrument"), py::arg("low_usd"), py::arg("high_usd"),
           py::arg("bins"), "Notional of loaded positions by liquidation price, (bins, 2).")
      .def_property_readonly("digest",
                             [](const StressHandle& self) { return self.get().venue().digest(); });
  read("liquidations", &liquidations_of, "One row per liquidation, as columns.");
  read("deleveragings", &deleveragings_of, "One row per deleveraged position, as columns.");
  read("series", &series_of, "Give samples over time, in USD.");
  read("loaded", &loaded_of, "Say what was loaded, and what was refused by RejectReason.");
  read(
      "state",
      [](const StressRun& run) {
        const StressRecords& records = run.records();
        return py::make_tuple(run.step(), records.liquidations().size(), records.liquidated_usd(),
                              records.fund_usd());
      },
      "(step, liquidations, their notional in USD, the fund in USD).");
  read(
      "audit", [](const StressRun& run) { return run.venue().audit(); },
      "The first broken identity, or an empty string; visits everything.");
}

}  // namespace v1
}  // namespace delever
