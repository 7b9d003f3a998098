// Recorded price paths and liquidations as Python sees them: bytes of one file in, a structured
// array out; and the observation operator over such liquidations.
//
// A reader belongs to one file, whose name its complaints carry; arrays own their memory. Readers
// keep the interpreter lock: a piece is a millisecond's work.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "bindings/bindings.hpp"
#include "bindings/feed_rules.hpp"
#include "feed/liquidation_feed.hpp"
#include "feed/price_bars.hpp"
#include "sim/observation.hpp"

namespace delever {
inline namespace v1 {
namespace {

namespace py = pybind11;

template <class T>
py::array_t<T> array_of(const std::vector<T>& values) {
  py::array_t<T> array(static_cast<py::ssize_t>(values.size()));
  std::copy(values.begin(), values.end(), array.mutable_data());
  return array;
}

/// A reader, and the name of the file it reads.
template <class Reader>
struct OfFile {
  std::string path;
  Reader reader;

  template <class Work>
  void guarded(Work work) {
    try {
      work(reader);
    } catch (const FeedFault& fault) {
      std::string where = path + ", row " + std::to_string(reader.row());
      if (!fault.column().empty()) where += ", column '" + fault.column() + "'";
      throw Misuse(Misunderstanding::Data, where + ": " + fault.what());
    }
  }
  void feed(const py::bytes& bytes) {
    guarded([&](Reader& one) { one.feed(std::string_view(bytes)); });
  }
  void finish() {
    guarded([](Reader& one) { one.finish(); });
  }
};

using BarsOfFile = OfFile<PriceBarReader>;
using LiquidationsOfFile = OfFile<LiquidationReader>;

py::array_t<std::int64_t> rows_observed(
    const py::array_t<Liquidation, py::array::c_style>& liquidations,
    const std::vector<FeedRuleRow>& rows) {
  if (liquidations.ndim() != 1)
    throw Misuse(Misunderstanding::Data,
                 "liquidations: not a one-dimensional array of LIQUIDATION_DTYPE");
  const std::vector<FeedRule> rules = feed_rules_from(rows);
  const std::span<const Liquidation> truth(liquidations.data(),
                                           static_cast<std::size_t>(liquidations.size()));
  std::vector<std::size_t> shown;
  {
    const py::gil_scoped_release unlocked;
    shown = observed(truth, rules);
  }
  py::array_t<std::int64_t> array(static_cast<py::ssize_t>(shown.size()));
  std::copy(shown.begin(), shown.end(), array.mutable_data());
  return array;
}

using Prices = std::vector<double>;
using PublishedBars = std::tuple<std::int64_t, std::int64_t, Prices, Prices, Prices, Prices>;

/// Bars of several lengths as one path: shorter ones win, longer ones fill what they leave free.
py::array_t<RecordedBar> laid_bars(std::vector<PublishedBars> parts) {
  std::stable_sort(parts.begin(), parts.end(),
                   [](const auto& a, const auto& b) { return std::get<0>(a) < std::get<0>(b); });
  const auto before = [](const RecordedBar& bar, std::int64_t at) { return bar.time_ns < at; };
  std::vector<RecordedBar> path;
  for (const auto& [bar_ns, start_ns, open, high, low, close] : parts) {
    std::vector<RecordedBar> free;
    for (std::size_t at = 0; at < open.size(); ++at) {
      const std::int64_t time_ns = start_ns + bar_ns * static_cast<std::int64_t>(at);
      const auto from = std::lower_bound(path.begin(), path.end(), time_ns, before);
      if (from == path.end() || from->time_ns >= time_ns + bar_ns)
        free.push_back({time_ns, bar_ns, open[at], high.at(at), low.at(at), close.at(at)});
    }
    path.insert(path.end(), free.begin(), free.end());
    std::stable_sort(path.begin(), path.end(), [](const RecordedBar& a, const RecordedBar& b) {
      return a.time_ns < b.time_ns;
    });
  }
  return array_of(path);
}

/// A path whose bars are replaced by others, of one length, wherever these fill them end to end.
py::array_t<RecordedBar> filled_bars(const py::array_t<RecordedBar, py::array::c_style>& path,
                                     const py::array_t<RecordedBar, py::array::c_style>& bars) {
  const std::span<const RecordedBar> own(bars.data(), static_cast<std::size_t>(bars.size()));
  const auto from = [own](std::int64_t time_ns) {
    return std::lower_bound(
        own.begin(), own.end(), time_ns,
        [](const RecordedBar& bar, std::int64_t at) { return bar.time_ns < at; });
  };
  std::vector<RecordedBar> filled;
  for (py::ssize_t i = 0; i < path.size(); ++i) {
    const RecordedBar& bar = path.data()[i];
    const auto first = from(bar.time_ns), last = from(bar.time_ns + bar.bar_ns);
    const bool begins = first != own.end() && first->time_ns == bar.time_ns;
    if (begins && (last - first) * own.front().bar_ns == bar.bar_ns)
      filled.insert(filled.end(), first, last);
    else
      filled.push_back(bar);
  }
  return array_of(filled);
}

}  // namespace

void register_recordings(py::module_& module) {
  PYBIND11_NUMPY_DTYPE(RecordedBar, time_ns, bar_ns, open, high, low, close);
  PYBIND11_NUMPY_DTYPE(Liquidation, time_ns, price_usd, usd, instrument, side);
  module.attr("LIQUIDATION_DTYPE") = py::dtype::of<Liquidation>();
  py::class_<BarsOfFile>(module, "PriceBarReader", "Candles or trades of one file, as bars.")
      .def(py::init([](std::string path, std::int64_t trade_bar_ns) {
             if (trade_bar_ns <= 0)
               throw Misuse(Misunderstanding::Config, "trade_bar_ns must be above 0");
             return BarsOfFile{std::move(path), PriceBarReader(trade_bar_ns)};
           }),
           py::arg("path"), py::arg("trade_bar_ns"))
      .def("feed", &BarsOfFile::feed, py::arg("data"), "Read the next bytes of the file.")
      .def(
          "finish",
          [](BarsOfFile& self) {
            self.finish();
            return array_of(self.reader.bars());
          },
          "Say that the file has ended; its bars.");
  py::class_<LiquidationsOfFile>(module, "LiquidationReader", "Liquidations of one file.")
      .def(py::init([](std::string path) {
             return LiquidationsOfFile{std::move(path), LiquidationReader()};
           }),
           py::arg("path"))
      .def("feed", &LiquidationsOfFile::feed, py::arg("data"), "Read the next bytes of the file.")
      .def(
          "finish",
          [](LiquidationsOfFile& self) {
            self.finish();
            return py::make_tuple(array_of(self.reader.liquidations()), self.reader.symbols());
          },
          "Say that the file has ended; its liquidations, and the symbols they number.");
  module.def("laid_bars", &laid_bars, py::arg("parts"),
             "One path of bars from (bar_ns, start_ns, open, high, low, close); shorter ones win.");
  module.def("filled_bars", &filled_bars, py::arg("path"), py::arg("bars"),
             "Replace the bars of a path that others, of one length, fill from end to end.");
  module.def("observed_rows", &rows_observed, py::arg("liquidations"), py::arg("rules"),
             "Rows that a feed of these rules (from_ns, window_ns, keeps) showed, ascending.");
}

}  // namespace v1
}  // namespace delever
