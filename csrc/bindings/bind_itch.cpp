// ITCH 5.0 as Python sees it: streams that are fed with bytes, and what they make of them: books,
// a table per type of message, or one table of order events.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <atomic>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bindings/bindings.hpp"
#include "feed/decimal_scale.hpp"
#include "feed/feed_decoder.hpp"
#include "feed/itch_books.hpp"
#include "feed/itch_decoder.hpp"
#include "feed/itch_layout.hpp"
#include "feed/itch_report.hpp"
#include "feed/itch_tops.hpp"
#include "feed/itch_totals.hpp"

namespace delever {
inline namespace v1 {
namespace {

namespace py = pybind11;

// An order of a queue, as a row.
struct QueuedOrder {
  std::uint64_t reference;
  std::int64_t qty;
};

// A decoder and its handler; one thread at a time.
template <class Handler>
struct Stream {
  ItchDecoder decoder;
  Handler handler;
  std::atomic<bool> busy{false};
};

struct BookStream : Stream<ItchBooks> {
  std::optional<std::int64_t> until_ns;
};

// Holds a stream for one call.
class Entry {
 public:
  explicit Entry(std::atomic<bool>& busy) : busy_(busy) {
    if (busy_.exchange(true, std::memory_order_acquire))
      throw Misuse(Misunderstanding::Busy,
                   "this stream is in use by another thread; give each thread its own");
  }
  ~Entry() { busy_.store(false, std::memory_order_release); }
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;

 private:
  std::atomic<bool>& busy_;
};

std::span<const std::uint8_t> bytes_of(const py::buffer_info& info) {
  if (info.ndim != 1 || info.itemsize != 1 || info.strides[0] != 1)
    throw Misuse(Misunderstanding::Data, "a chunk has " + std::to_string(info.ndim) +
                                             " dimensions of " + std::to_string(info.itemsize) +
                                             "-byte items; give contiguous bytes");
  return {static_cast<const std::uint8_t*>(info.ptr), static_cast<std::size_t>(info.size)};
}

template <class Handler>
std::size_t decode(ItchDecoder& decoder, Handler& handler, const py::buffer& chunk) {
  const py::buffer_info info = chunk.request();
  const std::span<const std::uint8_t> bytes = bytes_of(info);
  const py::gil_scoped_release unlocked;
  return decoder.feed(bytes, handler);
}

template <class Handler>
std::size_t feed(Stream<Handler>& stream, const py::buffer& chunk) {
  const Entry entry(stream.busy);
  return decode(stream.decoder, stream.handler, chunk);
}

std::size_t feed_books(BookStream& stream, const py::buffer& chunk) {
  const Entry entry(stream.busy);
  if (!stream.until_ns) return decode(stream.decoder, stream.handler, chunk);
  ItchBooksUntil until{stream.handler, *stream.until_ns};
  return decode(stream.decoder, until, chunk);
}

template <class Stream>
void define_stream(py::class_<Stream>& type) {
  type.def(
          "finish",
          [](Stream& stream) {
            const Entry entry(stream.busy);
            stream.decoder.finish();
          },
          "Say that the stream ends here: bytes left over become the fault.")
      .def_property_readonly(
          "fault",
          [](const Stream& stream) -> py::object {
            if (!stream.decoder.fault()) return py::none();
            return py::str(stream.decoder.fault()->text());
          },
          "What is wrong with the stream and where, or None.")
      .def_property_readonly(
          "stopped", [](const Stream& stream) { return stream.decoder.stopped(); },
          "Whether decoding stopped before a message later than it should go.")
      .def_property_readonly(
          "messages", [](const Stream& stream) { return stream.decoder.messages(); },
          "Messages decoded so far.")
      .def_property_readonly(
          "offset", [](const Stream& stream) { return stream.decoder.offset(); },
          "Bytes decoded so far.")
      .def_property_readonly(
          "time_ns", [](const Stream& stream) { return stream.decoder.time_ns(); },
          "Time of the last message, since midnight.");
}

// ---- books --------------------------------------------------------------------------------------

// Some of the symbols that a message may name.
std::string some_of(const std::map<SymbolId, std::string>& symbols) {
  constexpr std::size_t shown = 8;
  if (symbols.empty()) return "its directory is empty; give the stock locate instead, a number";
  std::string text = "it has " + std::to_string(symbols.size()) + ": ";
  std::size_t count = 0;
  for (const auto& [locate, name] : symbols) {
    if (count == shown) return text + ", ...";
    text += (count++ == 0 ? "" : ", ") + quoted(name);
  }
  return text;
}

// By name or by stock locate, which may be text; None: the only one there is.
SymbolId locate_of(const BookStream& stream, const py::object& symbol) {
  const std::map<SymbolId, std::string>& symbols = stream.handler.symbols();
  std::int64_t locate = 0;
  if (symbol.is_none()) {
    if (symbols.size() == 1) return symbols.begin()->first;
    throw Misuse(Misunderstanding::UnknownId,
                 "a stream of several symbols has as many books; name one (--symbol NAME, or "
                 "symbol=): " +
                     some_of(symbols));
  }
  if (py::isinstance<py::str>(symbol)) {
    const auto name = symbol.cast<std::string>();
    for (const auto& [known, its_name] : symbols)
      if (its_name == name) return known;
    if (!parse_integer(name, locate))
      throw Misuse(Misunderstanding::UnknownId, "the stream's directory has no symbol " +
                                                    quoted(name) + "; " + some_of(symbols));
  } else {
    locate = symbol.cast<std::int64_t>();
  }
  if (locate < 0 || locate > 0xFFFF)
    throw Misuse(Misunderstanding::UnknownId,
                 "stock locate is " + std::to_string(locate) + "; give 0 .. 65535");
  return static_cast<SymbolId>(locate);
}

Side side_of(const std::string& letter) {
  if (letter == "B") return Side::Buy;
  if (letter == "S") return Side::Sell;
  throw Misuse(Misunderstanding::Data, "side is '" + letter + "'; give 'B' or 'S'");
}

template <class Row>
py::array_t<Row> as_array(const std::vector<Row>& rows) {
  return py::array_t<Row>(static_cast<py::ssize_t>(rows.size()), rows.data());
}

py::dict by_type(const std::array<std::uint64_t, 256>& messages) {
  py::dict counts;
  for (std::size_t type = 0; type < messages.size(); ++type)
    if (messages[type] != 0)
      counts[py::str(std::string(1, static_cast<char>(type)))] = messages[type];
  return counts;
}
py::dict count_messages(const BookStream& stream) { return by_type(stream.handler.messages()); }

py::dict counts_of(const CompactBooks& books) {
  py::dict counts;
  counts["applied"] = books.results(BookResult::Applied);
  counts["unknown_reference"] = books.results(BookResult::UnknownReference);
  counts["duplicate_reference"] = books.results(BookResult::DuplicateReference);
  counts["invalid_qty"] = books.results(BookResult::InvalidQuantity);
  counts["invalid_price"] = books.results(BookResult::InvalidPrice);
  counts["invalid_side"] = books.results(BookResult::InvalidSide);
  return counts;
}

py::dict count_results(const BookStream& stream) { return counts_of(stream.handler.books()); }

py::tuple depth_of(const BookStream& stream, const py::object& symbol, std::size_t levels) {
  const SymbolId locate = locate_of(stream, symbol);
  const CompactBooks& books = stream.handler.books();
  return py::make_tuple(as_array(books.depth(locate, Side::Buy, levels)),
                        as_array(books.depth(locate, Side::Sell, levels)));
}

py::array_t<QueuedOrder> queue_of(const BookStream& stream, const py::object& symbol,
                                  const std::string& side, std::int64_t price) {
  std::vector<QueuedOrder> rows;
  stream.handler.books().for_each_in_queue(
      locate_of(stream, symbol), side_of(side), price,
      [&](const RestingOrder& order) { rows.push_back({order.reference, order.qty}); });
  return as_array(rows);
}

py::object order_of(const BookStream& stream, OrderReference reference) {
  const std::optional<RestingOrder> order = stream.handler.books().find(reference);
  if (!order) return py::none();
  py::dict fields;
  fields["symbol"] = order->symbol;
  fields["side"] = order->side == Side::Buy ? "B" : "S";
  fields["price_ticks"] = order->price;
  fields["qty_lots"] = order->qty;
  return fields;
}

std::vector<SymbolId> crossed_books(const BookStream& stream) {
  std::vector<SymbolId> crossed;
  const CompactBooks& books = stream.handler.books();
  for (std::size_t locate = 0; locate < books.symbols(); ++locate)
    if (books.crossed(static_cast<SymbolId>(locate)))
      crossed.push_back(static_cast<SymbolId>(locate));
  return crossed;
}

std::string ladder_of(const BookStream& stream, const py::object& symbol, std::size_t levels) {
  return ladder(stream.handler.books(), locate_of(stream, symbol), levels);
}

// A method that reads a stream, refused while another thread feeds it.
template <auto Function, class Result, class Stream, class... Arguments>
auto reading(Result (*)(const Stream&, Arguments...)) {
  return [](Stream& stream, Arguments... arguments) {
    const Entry entry(stream.busy);
    return Function(stream, std::forward<Arguments>(arguments)...);
  };
}

void define_books(py::module_& module) {
  py::class_<BookStream> type(module, "ItchBooks",
                              "Full order books of all symbols of an ITCH 5.0 stream.");
  type.def(py::init([](std::optional<std::int64_t> until_ns) {
             auto stream = std::make_unique<BookStream>();
             stream->until_ns = until_ns;
             return stream;
           }),
           py::arg("until_ns") = py::none())
      .def("feed", &feed_books, py::arg("chunk"), "Apply the messages of a chunk; bytes taken.")
      .def("counts", reading<count_messages>(count_messages), "Messages so far, by type.")
      .def("results", reading<count_results>(count_results),
           "Updates of the books so far, by what came of them.")
      .def("depth", reading<depth_of>(depth_of), py::arg("symbol"), py::arg("levels") = 10,
           "(bids, asks): the best levels as RESTING_LEVEL_DTYPE, best first.")
      .def("ladder", reading<ladder_of>(ladder_of), py::arg("symbol") = py::none(),
           py::arg("levels") = 10, "Both sides of a book as text, best first, in dollars.")
      .def("queue", reading<queue_of>(queue_of), py::arg("symbol"), py::arg("side"),
           py::arg("price"), "The orders of a level, first in the queue first.")
      .def("order", reading<order_of>(order_of), py::arg("reference"),
           "The live order with this reference, or None.")
      .def("crossed", reading<crossed_books>(crossed_books),
           "Stock locates whose best bid is at or above the best ask.")
      .def(
          "symbols",
          [](BookStream& stream) {
            const Entry entry(stream.busy);
            return stream.handler.symbols();
          },
          "Names by stock locate.")
      .def_property_readonly(
          "live_orders",
          [](const BookStream& stream) { return stream.handler.books().live_orders(); },
          "Orders in the books.")
      .def_property_readonly(
          "bytes", [](const BookStream& stream) { return stream.handler.books().bytes(); },
          "Memory the records take.");
  define_stream(type);
}

// ---- checks -------------------------------------------------------------------------------------

using CheckStream = Stream<ItchCheck>;

std::string report_of(const CheckStream& stream) { return report(stream.handler); }
py::dict count_checked(const CheckStream& stream) {
  return by_type(stream.handler.books().messages());
}
py::tuple tuple_of(const ItchFinding& finding) {
  return py::make_tuple(finding.count, finding.first_time_ns, finding.first_message);
}
py::tuple crossed_of(const CheckStream& stream) { return tuple_of(stream.handler.crossed()); }
py::tuple backward_of(const CheckStream& stream) { return tuple_of(stream.handler.backward()); }
py::dict results_of(const CheckStream& stream) { return counts_of(stream.handler.books().books()); }

void define_check(py::module_& module) {
  py::class_<CheckStream> type(module, "ItchCheck", "What a pass over an ITCH 5.0 stream finds.");
  type.def(py::init())
      .def("feed", &feed<ItchCheck>, py::arg("chunk"),
           "Check the messages of a chunk; bytes taken.")
      .def_property_readonly("counts", reading<count_checked>(count_checked),
                             "Messages so far, by type.")
      .def_property_readonly("crossed", reading<crossed_of>(crossed_of),
                             "Orders that came and left a book crossed: count, first time, number.")
      .def_property_readonly("backward", reading<backward_of>(backward_of),
                             "Messages earlier than one before them.")
      .def_property_readonly("results", reading<results_of>(results_of),
                             "Updates of the books so far, by what came of them.")
      .def("report", reading<report_of>(report_of), "All of it as text.");
  define_stream(type);
}

std::int64_t clock_from(const std::string& text) {
  const std::optional<std::int64_t> time_ns = parse_clock(text);
  if (time_ns) return *time_ns;
  throw Misuse(Misunderstanding::Data,
               quoted(text) +
                   " is no time of an ITCH stream, which counts from the exchange's "
                   "midnight; give 09:30:00.5, or nanoseconds");
}

// ---- tables -------------------------------------------------------------------------------------

py::dtype row_dtype(char type) {
  py::list names;
  py::list formats;
  py::list offsets;
  std::size_t offset = 0;
  const auto field = [&](const char* name, const std::string& format, std::size_t bytes) {
    names.append(name);
    formats.append(format);
    offsets.append(offset);
    offset += bytes;
  };
  field("message", "u4", 4);
  field("stock_locate", "u2", 2);
  field("tracking_number", "u2", 2);
  field("time_ns", "i8", 8);
  for (const ItchField& one : itch_fields(type))
    field(one.name, (one.text ? "S" : "u") + std::to_string(one.bytes), one.bytes);
  return py::dtype(names, formats, offsets, static_cast<py::ssize_t>(offset));
}

py::dict tables_of(const Stream<ItchTables>& stream) {
  py::dict tables;
  for (int letter = 0; letter < 128; ++letter) {
    const char type = static_cast<char>(letter);
    const std::vector<std::uint8_t>& rows = stream.handler.rows(type);
    if (rows.empty()) continue;
    const auto count = static_cast<py::ssize_t>(rows.size() / ItchTables::row_bytes(type));
    tables[py::str(std::string(1, type))] = py::array(row_dtype(type), {count}, rows.data());
  }
  return tables;
}

py::dict totals_of(const Stream<ItchTotals>& stream) {
  const ItchTotals& totals = stream.handler;
  py::dict found;
  found["messages"] = by_type(totals.messages);
  found["shares_added"] = totals.added;
  found["shares_executed"] = totals.executed;
  found["shares_cancelled"] = totals.cancelled;
  found["shares_printed"] = totals.printed;
  found["checksum"] = totals.checksum;
  return found;
}

py::array_t<ItchEvent> take_events(Stream<ItchEvents>& stream) {
  const Entry entry(stream.busy);
  const py::array_t<ItchEvent> taken = as_array(stream.handler.events());
  stream.handler.events().clear();
  return taken;
}

py::array_t<ItchTop> take_tops(Stream<ItchTops>& stream) {
  const Entry entry(stream.busy);
  const py::array_t<ItchTop> taken = as_array(stream.handler.rows());
  stream.handler.rows().clear();
  return taken;
}

// The dtype of ItchEvent, with `type` and `side` as Python likes them.
py::dtype event_dtype() {
  PYBIND11_NUMPY_DTYPE_EX(QueuedOrder, reference, "order_reference", qty, "qty_lots");
  PYBIND11_NUMPY_DTYPE(ItchEvent, time_ns, reference, new_reference, match_number, shares, price,
                       stock_locate, type, side);
  return py::dtype::of<ItchEvent>();
}

}  // namespace

void register_itch(py::module_& module) {
  module.attr("ITCH_EVENT_DTYPE") = event_dtype();
  define_books(module);
  define_check(module);
  module.def("itch_time_ns", &clock_from, py::arg("text"),
             "Nanoseconds since midnight of a time such as 09:30:00.5.");

  py::class_<Stream<ItchTables>> tables(module, "ItchTables",
                                        "The messages of an ITCH 5.0 stream, a table per type.");
  tables.def(py::init())
      .def("feed", &feed<ItchTables>, py::arg("chunk"), "Decode a chunk; bytes taken.")
      .def("tables", reading<tables_of>(tables_of), "Structured arrays by type, copied.");
  define_stream(tables);

  py::class_<Stream<ItchTotals>> totals(module, "ItchTotals", "What an ITCH 5.0 stream holds.");
  totals.def(py::init())
      .def("feed", &feed<ItchTotals>, py::arg("chunk"), "Decode a chunk; bytes taken.")
      .def("totals", reading<totals_of>(totals_of),
           "Messages by type; shares added, executed, cancelled, printed; a checksum.");
  define_stream(totals);

  py::class_<Stream<ItchEvents>> events(module, "ItchEvents",
                                        "What moves orders or prints trades in a stream.");
  events.def(py::init())
      .def("feed", &feed<ItchEvents>, py::arg("chunk"), "Decode a chunk; bytes taken.")
      .def("take", &take_events, "The events since the last call, as ITCH_EVENT_DTYPE.");
  define_stream(events);

  PYBIND11_NUMPY_DTYPE(ItchTop, time_ns, bid_shares, ask_shares, bid_price, ask_price, bid_orders,
                       ask_orders, stock_locate);
  module.attr("ITCH_TOP_DTYPE") = py::dtype::of<ItchTop>();
  py::class_<Stream<ItchTops>> tops(module, "ItchTops",
                                    "The best bid and ask of every symbol as they change.");
  tops.def(py::init())
      .def("feed", &feed<ItchTops>, py::arg("chunk"), "Apply the messages of a chunk; bytes taken.")
      .def("take", &take_tops, "The changes since the last call, as ITCH_TOP_DTYPE.");
  define_stream(tops);
}

}  // namespace v1
}  // namespace delever
