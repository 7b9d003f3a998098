// Recorded feeds as Python sees them: bytes into a stream, structured arrays of events out of it,
// and what is built from these: books, a check, the orders a recording lacks.
//
// Arrays of events own their memory. Every object works for one thread at a time, without the
// interpreter lock; a second thread is refused.
#include <pybind11/native_enum.h>
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bindings/bindings.hpp"
#include "feed/feed_check.hpp"
#include "feed/feed_formats.hpp"
#include "feed/feed_report.hpp"
#include "feed/lobster.hpp"
#include "feed/seed_scan.hpp"

namespace delever {
inline namespace v1 {
namespace {

namespace py = pybind11;

// A value that one thread at a time works in.
template <class Value>
class Guarded {
 public:
  template <class... Arguments>
  explicit Guarded(Arguments&&... arguments) : value_(std::forward<Arguments>(arguments)...) {}

  template <class Work>
  auto work(Work&& work) {
    const Entry entry(busy_);
    const py::gil_scoped_release unlocked;
    return work(value_);
  }
  const Value& idle() const {
    if (busy_.load(std::memory_order_acquire)) refuse();
    return value_;
  }

 private:
  struct Entry {
    explicit Entry(std::atomic<bool>& flag) : busy(flag) {
      if (busy.exchange(true, std::memory_order_acquire)) refuse();
    }
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    ~Entry() { busy.store(false, std::memory_order_release); }
    std::atomic<bool>& busy;
  };
  [[noreturn]] static void refuse() {
    throw Misuse(Misunderstanding::Busy,
                 "this feed or book is in use by another thread; give each thread its own");
  }

  Value value_;
  std::atomic<bool> busy_{false};
};

template <class Row>
py::array_t<Row> array_of(std::vector<Row> rows) {
  auto owned = std::make_unique<std::vector<Row>>(std::move(rows));
  const auto size = static_cast<py::ssize_t>(owned->size());
  Row* data = owned->data();
  const py::capsule owner(owned.get(), [](void* p) { delete static_cast<std::vector<Row>*>(p); });
  static_cast<void>(owned.release());
  return py::array_t<Row>({size}, {static_cast<py::ssize_t>(sizeof(Row))}, data, owner);
}

// The array, which must outlive the span, as events.
std::span<const FeedEvent> events_in(const py::object& events) {
  using Events = py::array_t<FeedEvent>;
  if (py::isinstance<Events>(events)) {
    const auto array = py::reinterpret_borrow<Events>(events);
    const bool packed = array.size() < 2 || array.strides(0) == py::ssize_t{sizeof(FeedEvent)};
    if (array.ndim() == 1 && packed) return {array.data(), static_cast<std::size_t>(array.size())};
  }
  throw Misuse(Misunderstanding::Data,
               "events: not a contiguous one-dimensional array of EVENT_DTYPE; take those that a "
               "feed gives, or numpy.ascontiguousarray(events, dtype=EVENT_DTYPE)");
}

// ---- the words ----------------------------------------------------------------------------------

void define_words(py::module_& module) {
  py::native_enum<FeedKind>(module, "FeedKind", "enum.IntEnum", "What a recorded event says.")
      .value("CLEAR", FeedKind::Clear)
      .value("ADD", FeedKind::Add)
      .value("MODIFY", FeedKind::Modify)
      .value("REDUCE", FeedKind::Reduce)
      .value("DELETE", FeedKind::Delete)
      .value("EXECUTE", FeedKind::Execute)
      .value("FILL", FeedKind::Fill)
      .value("TRADE", FeedKind::Trade)
      .value("LEVEL", FeedKind::Level)
      .value("QUOTE", FeedKind::Quote)
      .value("STATUS", FeedKind::Status)
      .finalize();
  enum class Flag : std::uint16_t {
    Last = feed_last,
    Snapshot = feed_snapshot,
    Gap = feed_gap,
    Late = feed_late,
  };
  py::native_enum<Flag>(module, "FeedFlag", "enum.IntFlag", "Bits of the field `flags`.")
      .value("LAST", Flag::Last)
      .value("SNAPSHOT", Flag::Snapshot)
      .value("GAP", Flag::Gap)
      .value("LATE", Flag::Late)
      .finalize();
}

// ---- the stream -------------------------------------------------------------------------------

using Stream = Guarded<FeedStream>;

std::unique_ptr<Stream> open_stream(const std::string& format, const std::string& name,
                                    const std::string& tick_size, const std::string& lot_size,
                                    const py::bytes& sample, const py::bytes& snapshot,
                                    bool tolerate_gaps) {
  const MakeDecoder make = find_decoder(format);
  if (format == "itch")
    throw Misuse(Misunderstanding::Config,
                 quoted(name) +
                     " is ITCH 5.0, whose books are of all symbols at once; read it "
                     "with delever.recorded.itch (books, events, decode)");
  if (make == nullptr)
    throw Misuse(
        Misunderstanding::Config,
        "format " + quoted(format) + " is not known; give one of " + std::string(format_names()));
  const auto origin = lobster_midnight_ns(name);
  if (format == "lobster" && !origin)
    throw Misuse(Misunderstanding::Data,
                 quoted(name) +
                     ": the name has no day, and LOBSTER's times count from midnight; "
                     "name it as in AAPL_2012-06-21_34200000_57600000_message_10.csv");
  FeedStream::Settings settings;
  if (!tick_size.empty()) settings.price = DecimalScale{tick_size};
  if (!lot_size.empty()) settings.qty = DecimalScale{lot_size};
  settings.sample = std::string_view(sample);
  settings.snapshot = std::string(snapshot);
  settings.origin_ns = origin.value_or(0);
  settings.tolerates_gaps = tolerate_gaps;
  return std::make_unique<Stream>(make, std::move(settings));
}

py::array_t<FeedEvent> decode(Stream& self, const py::bytes& bytes) {
  const std::string_view view = bytes;
  return array_of(self.work([view](FeedStream& stream) {
    FeedBatch events;
    stream.feed(view, events);
    return events;
  }));
}

py::array_t<FeedEvent> finish(Stream& self) {
  return array_of(self.work([](FeedStream& stream) {
    FeedBatch events;
    stream.finish(events);
    return events;
  }));
}

py::object fault_of(const Stream& self) {
  const auto& fault = self.idle().fault();
  if (!fault) return py::none();
  return py::make_tuple(fault->row, fault->column, fault->message);
}

py::list symbols_of(const Stream& self) {
  py::list symbols;
  for (const std::string& name : self.idle().context().symbols.names())
    symbols.append(py::reinterpret_steal<py::str>(
        PyUnicode_DecodeUTF8(name.data(), static_cast<py::ssize_t>(name.size()), "replace")));
  return symbols;
}

void define_stream(py::module_& module) {
  py::class_<Stream>(module, "FeedStream", "A decoder of one recorded feed: bytes in, events out.")
      .def(py::init(&open_stream), py::arg("format"), py::kw_only(), py::arg("name") = "",
           py::arg("tick_size") = "", py::arg("lot_size") = "", py::arg("sample") = py::bytes(),
           py::arg("snapshot") = py::bytes(), py::arg("tolerate_gaps").noconvert() = false)
      .def("decode", &decode, py::arg("data"),
           "The events of the next bytes of the feed; those before a fault, if there is one.")
      .def("finish", &finish, "The events that were held back until the end.")
      .def_property_readonly("fault", &fault_of, "None, or (row, column, message).")
      .def_property_readonly("symbols", &symbols_of, "The names of the instruments, in order.")
      .def_property_readonly("tick_size",
                             [](const Stream& self) { return self.idle().context().price.text(); })
      .def_property_readonly("lot_size",
                             [](const Stream& self) { return self.idle().context().qty.text(); })
      .def_property_readonly("rows", [](const Stream& self) { return self.idle().row(); })
      .def_property_readonly("ignored_rows",
                             [](const Stream& self) { return self.idle().context().ignored_rows; });
}

// ---- books ------------------------------------------------------------------------------------

using Book = Guarded<RecordedBook>;

Side side_from(std::int64_t side) {
  if (side == feed_buy) return Side::Buy;
  if (side == feed_sell) return Side::Sell;
  throw Misuse(Misunderstanding::Data,
               "side is " + std::to_string(side) + "; give 1 (buy) or 2 (sell)");
}

const InstrumentBook& book_at(const Book& self, std::int64_t instrument) {
  if (instrument >= 0 && instrument < static_cast<std::int64_t>(feed_symbols_max))
    return self.idle().at(static_cast<std::uint32_t>(instrument));
  throw Misuse(Misunderstanding::UnknownId, "instrument " + std::to_string(instrument) +
                                                " is not one of 0 .. " +
                                                std::to_string(feed_symbols_max - 1));
}

std::size_t apply_events(Book& self, const py::object& events, std::int64_t until_ns) {
  const std::span<const FeedEvent> span = events_in(events);
  return self.work([&](RecordedBook& book) { return book.apply(span, until_ns); });
}

py::array_t<TopOfBook> apply_for_tops(Book& self, const py::object& events) {
  const std::span<const FeedEvent> span = events_in(events);
  return array_of(self.work([&](RecordedBook& book) {
    std::vector<TopOfBook> tops;
    book.apply(span, tops);
    return tops;
  }));
}

std::size_t counted(std::int64_t levels) {
  if (levels >= 0) return static_cast<std::size_t>(levels);
  throw Misuse(Misunderstanding::Data, "levels is " + std::to_string(levels) + "; give 0 or more");
}

py::array_t<RestingLevel> depth_of(const Book& self, std::int64_t side, std::int64_t levels,
                                   std::int64_t instrument) {
  return array_of(book_at(self, instrument).depth(side_from(side), counted(levels)));
}

py::object best_of(const Book& self, std::int64_t side, std::int64_t instrument) {
  const RestingLevel best = book_at(self, instrument).best(side_from(side));
  if (best.qty == 0) return py::none();
  return py::make_tuple(best.price, best.qty);
}

py::list queue_of(const Book& self, std::int64_t side, std::int64_t price_ticks,
                  std::int64_t instrument) {
  py::list orders;
  for (const RestingOrder& order : book_at(self, instrument).queue(side_from(side), price_ticks))
    orders.append(py::make_tuple(order.reference, order.qty));
  return orders;
}

std::size_t levels_of(const Book& self, std::int64_t side, std::int64_t instrument) {
  return book_at(self, instrument).levels(side_from(side));
}

std::size_t live_orders_of(const Book& self, std::int64_t instrument) {
  return book_at(self, instrument).live_orders();
}

std::string ladder_of(const Book& self, const Stream& stream, std::int64_t levels,
                      const std::optional<std::string>& symbol) {
  const FeedContext& context = stream.idle().context();
  const std::vector<std::string>& names = context.symbols.names();
  const auto found = std::find(names.begin(), names.end(), symbol.value_or(""));
  if (symbol && found == names.end())
    throw Misuse(Misunderstanding::UnknownId, "symbol " + quoted(*symbol) +
                                                  " is not in the feed; its first is " +
                                                  (names.empty() ? "none" : quoted(names.front())));
  const auto instrument = symbol ? found - names.begin() : 0;
  return ladder(book_at(self, instrument), context, counted(levels));
}

void define_book(py::module_& module) {
  py::class_<Book>(module, "RecordedBook", "The books that a feed's events lead to.")
      .def(py::init<>())
      .def("apply", &apply_events, py::arg("events"),
           py::arg("until_ns").noconvert() = std::numeric_limits<std::int64_t>::max(),
           "Apply events in order until one is later; how many were applied.")
      .def("tops", &apply_for_tops, py::arg("events"),
           "Apply events; the top of the book after each that ends an update.")
      .def("depth", &depth_of, py::arg("side").noconvert(), py::arg("levels").noconvert() = 10,
           py::arg("instrument").noconvert() = 0, "The best levels of a side, best first.")
      .def("best", &best_of, py::arg("side").noconvert(), py::arg("instrument").noconvert() = 0,
           "(price_ticks, qty_lots) of the best level of a side; None where it is empty.")
      .def("queue", &queue_of, py::arg("side").noconvert(), py::arg("price_ticks").noconvert(),
           py::arg("instrument").noconvert() = 0,
           "(order_reference, qty_lots) of the orders at a price, the first in the queue first.")
      .def("ladder", &ladder_of, py::arg("stream"), py::arg("levels").noconvert() = 10,
           py::arg("symbol") = py::none(),
           "Both sides as text, best first, in the units of the feed's stream.")
      .def("levels", &levels_of, py::arg("side").noconvert(), py::arg("instrument").noconvert() = 0,
           "How many prices of a side have something resting.")
      .def("live_orders", &live_orders_of, py::arg("instrument").noconvert() = 0,
           "Orders that rest; 0 in a book of totals.")
      .def_property_readonly(
          "contradictions", [](const Book& self) { return self.idle().contradictions(); },
          "Events that named an order not there, or added one twice.");
}

// ---- passes over a feed -----------------------------------------------------------------------

using Check = Guarded<FeedCheck>;
using Scan = Guarded<SeedScan>;

// The kinds that there were, by name in capitals.
py::dict counts_of(const Check& self) {
  py::dict counts;
  const auto& kinds = self.idle().kinds();
  for (std::size_t kind = 0; kind < kinds.size(); ++kind)
    if (kinds[kind] != 0)
      counts[py::str(name_of(static_cast<FeedKind>(kind))).attr("upper")()] = kinds[kind];
  return counts;
}

py::tuple tuple_of(const Finding& finding) {
  return py::make_tuple(finding.count, finding.first_time_ns, finding.first_sequence);
}

void define_passes(py::module_& module) {
  py::class_<Check>(module, "FeedCheck", "What a pass over a feed finds.")
      .def(py::init<>())
      .def(
          "apply",
          [](Check& self, const py::object& events) {
            const std::span<const FeedEvent> span = events_in(events);
            self.work([&](FeedCheck& check) { check.apply(span); });
          },
          py::arg("events"), "Take in the next events.")
      .def_property_readonly("counts", &counts_of, "Events by the name of their kind.")
      .def_property_readonly("updates", [](const Check& self) { return self.idle().updates(); })
      .def_property_readonly("time_range_ns",
                             [](const Check& self) {
                               const FeedCheck& check = self.idle();
                               return py::make_tuple(check.first_time_ns(), check.last_time_ns());
                             })
      .def_property_readonly("crossed",
                             [](const Check& self) { return tuple_of(self.idle().crossed()); })
      .def_property_readonly("gaps", [](const Check& self) { return tuple_of(self.idle().gaps()); })
      .def(
          "report",
          [](const Check& self, const Stream& stream) {
            return report(self.idle(), stream.idle());
          },
          py::arg("stream"), "All of it as text, in the units of the feed's stream.")
      .def_property_readonly("contradictions",
                             [](const Check& self) { return self.idle().book().contradictions(); });
  py::class_<Scan>(module, "SeedScan", "The orders that rested before a recording of orders began.")
      .def(py::init<>())
      .def(
          "apply",
          [](Scan& self, const py::object& events) {
            const std::span<const FeedEvent> span = events_in(events);
            self.work([&](SeedScan& scan) { scan.apply(span); });
          },
          py::arg("events"), "Take in the next events.")
      .def(
          "orders",
          [](const Scan& self, bool every) { return array_of(self.idle().orders(every)); },
          py::kw_only(), py::arg("every").noconvert() = false,
          "The orders found, as Add events to be applied before all others.");
}

std::string sniff(const std::string& name, const py::bytes& head) {
  const std::string_view found = sniff_format(name, std::string_view(head));
  if (found.empty())
    throw Misuse(Misunderstanding::Data,
                 quoted(name) + ": neither rows nor name tell the format; give one of " +
                     std::string(format_names()));
  return std::string(found);
}

}  // namespace

void register_feed(py::module_& module) {
  PYBIND11_NUMPY_DTYPE(FeedEvent, time_ns, receive_time_ns, order_reference, price_ticks, qty_lots,
                       sequence, instrument, kind, side, flags);
  PYBIND11_NUMPY_DTYPE(TopOfBook, time_ns, sequence, bid_ticks, bid_lots, ask_ticks, ask_lots);
  PYBIND11_NUMPY_DTYPE_EX(RestingLevel, price, "price_ticks", qty, "qty_lots", orders, "orders");
  module.attr("FEED_EVENT_DTYPE") = py::dtype::of<FeedEvent>();
  module.attr("TOP_OF_BOOK_DTYPE") = py::dtype::of<TopOfBook>();
  module.attr("RESTING_LEVEL_DTYPE") = py::dtype::of<RestingLevel>();
  module.def("sniff_feed", &sniff, py::arg("name"), py::arg("head"),
             "The format that a file's first bytes and name speak of.");
  define_words(module);
  define_stream(module);
  define_book(module);
  define_passes(module);
}

}  // namespace v1
}  // namespace delever
