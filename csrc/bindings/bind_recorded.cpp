// Recorded feeds as Python reads them: a file's pieces through a decoder, batch by batch, and the
// books along the way. Files are opened and decompressed by delever.recorded.files; everything else
// is here. Memory follows a piece, never the file.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <limits>
#include <string>
#include <utility>

#include "bindings/bindings.hpp"
#include "bindings/results.hpp"

namespace delever {
inline namespace v1 {
namespace {

namespace py = pybind11;
using py::arg;
using Object = py::object;

constexpr std::size_t piece_bytes = std::size_t{1} << 20;

constexpr const char* feed_doc =
    R"(A recorded feed. Each iteration reads it from the start, an array of events at a time.

Parameters
----------
path
    The file; .gz, .xz, .bz2 and .zst (this and DBN with the extra `feeds`) are read directly.
format
    "lobster", "lobster_orderbook", "databento", "bitstamp", "tardis" or "binance"; None: what
    the file's first rows or its name speak of.
tick_size, lot_size
    Decimals such as "0.01"; None: the finest decimal place in the first MiB.
snapshot
    Binance: the file of the REST depth snapshot, where the recording has none itself.
tolerate_gaps
    Mark an event after a gap with `FeedFlag.GAP` instead of raising there.
chunk_bytes
    How much is decoded at a time; the memory used is a multiple of it.

Raises
------
DataError
    A file that cannot be read; a malformed row, after the batch of everything before it.

Examples
--------
>>> from pathlib import Path
>>> from tempfile import TemporaryDirectory
>>> with TemporaryDirectory() as folder:
...     path = Path(folder, "AAPL_2012-06-21_34200000_57600000_message_1.csv")
...     _ = path.write_text("34200.5,1,7,100,5853300,1\n34201,2,7,40,5853300,1\n")
...     feed = Feed(path, tick_size="0.01")
...     book = feed.book()
>>> feed.format, book.depth(side=1).tolist(), book.best(side=2)
('lobster', [(58533, 60, 1)], None)
)";

constexpr const char* decode_doc =
    R"(Return every message with every field, as one structured array per message type.

Parameters
----------
source
    A path or bytes.
strict
    Raise DataError where the stream is malformed; False: return what precedes it.

Returns
-------
dict of str to ndarray
    By type letter. All have `message` (its number in the stream), `stock_locate`,
    `tracking_number` and `time_ns`, then the fields of the specification.

Examples
--------
>>> from delever.recorded.itch import decode
>>> raw = bytes.fromhex("0013 44 0007 0000 1f1ace7ea000 0000000000000005")
>>> decode(raw)["D"][["stock_locate", "reference"]].tolist()
[(7, 5)]
)";

constexpr const char* events_doc =
    R"(Yield what moves orders or prints trades (A F E C X D U P Q B), as EVENT_DTYPE.

One array per MiB of the stream; where it is malformed, all before that is yielded first.
)";

constexpr const char* books_doc =
    R"(Return the books of all symbols at a time since midnight; None: at the end of the stream.

The time may be text such as "09:30:00.5". Updates that contradict the books change nothing and
are counted by `results()`.
)";

Object core(const char* name) { return py::module_::import("delever._core").attr(name); }

Object path_of(const Object& path) { return py::module_::import("pathlib").attr("Path")(path); }

/// The pieces of a file, decompressed.
Object chunks_of(const Object& path, std::size_t size) {
  return py::module_::import("delever.recorded.files").attr("chunks")(path, size);
}

/// The next item, or an empty object at the end.
Object next_of(const Object& iterator) {
  Object item = py::reinterpret_steal<Object>(PyIter_Next(iterator.ptr()));
  if (!item && PyErr_Occurred() != nullptr) throw py::error_already_set();
  return item;
}

Object first_piece(const Object& pieces) {
  const Object piece = next_of(pieces);
  return piece ? piece : py::bytes("");
}

[[noreturn]] void refuse(const std::string& message, const Object& path, const Object& row,
                         const Object& column) {
  const Object kind = py::module_::import("delever.errors").attr("DataError");
  const Object error = kind(message, arg("path") = path, arg("row") = row, arg("column") = column);
  PyErr_SetObject(kind.ptr(), error.ptr());
  throw py::error_already_set();
}

// ---- feeds
// ---------------------------------------------------------------------------------------

/// What a file's first bytes or its name speak of; "itch" has no `Feed`.
std::string format_of(const Object& path) {
  const auto name = path.attr("name").cast<std::string>();
  const bool is_dbn = name.ends_with(".dbn.zst");  // its own package decompresses it
  const Object head = is_dbn ? Object(py::bytes("")) : first_piece(chunks_of(path, piece_bytes));
  return core("sniff_feed")(name, head).cast<std::string>();
}

class Feed {
 public:
  Feed(const Object& path, const Object& format, const Object& tick_size, const Object& lot_size,
       const Object& snapshot, bool tolerate_gaps, std::size_t chunk_bytes)
      : path_(path_of(path)), size_(chunk_bytes), tolerate_gaps_(tolerate_gaps) {
    if (!snapshot.is_none())
      snapshot_ = snapshot_.attr("join")(chunks_of(path_of(snapshot), chunk_bytes));
    format_ = py::bool_(format) ? format.cast<std::string>() : format_of(path_);
    if (py::bool_(tick_size)) tick_size_ = py::str(tick_size);
    if (py::bool_(lot_size)) lot_size_ = py::str(lot_size);
    stream_ = open(first_piece(pieces(piece_bytes)));
    tick_size_ = stream_.attr("tick_size").cast<std::string>();
    lot_size_ = stream_.attr("lot_size").cast<std::string>();
  }

  const Object& path() const { return path_; }
  const std::string& format() const { return format_; }
  const std::string& tick_size() const { return tick_size_; }
  const std::string& lot_size() const { return lot_size_; }
  bool tolerate_gaps() const { return tolerate_gaps_; }
  const Object& stream() const { return stream_; }
  Object pieces() const { return pieces(size_); }
  Object restart() { return stream_ = open(py::bytes("")); }

  void check_fault() const {
    const Object fault = stream_.attr("fault");
    if (fault.is_none()) return;
    const py::tuple parts = fault;
    refuse(py::str(parts[2]), py::str(path_), parts[0],
           py::bool_(Object(parts[1])) ? Object(parts[1]) : Object(py::none()));
  }

 private:
  Object pieces(std::size_t size) const {
    if (format_ != "databento") return chunks_of(path_, size);
    return py::module_::import("delever.recorded.databento").attr("records")(path_, size);
  }
  Object open(const Object& sample) const {
    return core("FeedStream")(format_, arg("name") = path_.attr("name"), arg("sample") = sample,
                              arg("tick_size") = tick_size_, arg("lot_size") = lot_size_,
                              arg("snapshot") = snapshot_, arg("tolerate_gaps") = tolerate_gaps_);
  }

  Object path_;
  std::size_t size_;
  bool tolerate_gaps_;
  Object snapshot_ = py::bytes("");
  std::string format_, tick_size_, lot_size_;
  Object stream_;
};

/// One pass over a feed: batches that are not empty; a fault raises after what came before it.
class FeedPass {
 public:
  explicit FeedPass(Object owner)
      : owner_(std::move(owner)),
        feed_(&owner_.cast<Feed&>()),
        stream_(feed_->restart()),
        pieces_(feed_->pieces()) {}

  Object next() {
    for (;;) {
      if (has_decoded_) feed_->check_fault();
      if (has_ended_) throw py::stop_iteration();
      const Object piece = next_of(pieces_);
      has_ended_ = !piece;
      const Object batch = piece ? stream_.attr("decode")(piece) : stream_.attr("finish")();
      has_decoded_ = true;
      if (py::len(batch) > 0) return batch;
    }
  }

 private:
  Object owner_;
  Feed* feed_;
  Object stream_, pieces_;
  bool has_decoded_ = false, has_ended_ = false;
};

Object seed(const Object& feed, bool every) {
  const Object scan = core("SeedScan")();
  for (const py::handle batch : feed) scan.attr("apply")(batch);
  return scan.attr("orders")(arg("every") = every);
}

Object book(const Object& feed, const Object& at) {
  std::int64_t until_ns = std::numeric_limits<std::int64_t>::max();
  if (!at.is_none())
    until_ns = py::module_::import("delever.units").attr("to_time_ns")(at).cast<std::int64_t>();
  const Object book = core("RecordedBook")();
  const std::string& format = feed.cast<const Feed&>().format();
  if (format == "lobster" || format == "bitstamp")  // these begin in the middle of a book
    book.attr("apply")(seed(feed, false), arg("until_ns") = until_ns);
  for (const py::handle batch : feed) {
    const Object taken = book.attr("apply")(batch, arg("until_ns") = until_ns);
    if (taken.cast<std::size_t>() < py::len(batch)) break;
  }
  return book;
}

void define_feed(py::module_& module) {
  const Object none = py::none();
  py::class_<FeedPass>(module, "FeedPass", "One pass over a recorded feed.")
      .def("__iter__", [](const Object& self) { return self; })
      .def("__next__", &FeedPass::next);
  py::class_<Feed>(module, "Feed", feed_doc)
      .def(py::init<const Object&, const Object&, const Object&, const Object&, const Object&, bool,
                    std::size_t>(),
           arg("path"), py::kw_only(), arg("format") = none, arg("tick_size") = none,
           arg("lot_size") = none, arg("snapshot") = none, arg("tolerate_gaps") = false,
           arg("chunk_bytes") = piece_bytes)
      .def_property_readonly("path", &Feed::path)
      .def_property_readonly("format", &Feed::format)
      .def_property_readonly("tick_size", &Feed::tick_size)
      .def_property_readonly("lot_size", &Feed::lot_size)
      .def_property_readonly("tolerate_gaps", &Feed::tolerate_gaps)
      .def_property_readonly("stream", &Feed::stream)
      .def_property_readonly(
          "symbols", [](const Feed& self) { return self.stream().attr("symbols"); },
          "Names of the instruments read so far.")
      .def("__iter__", [](const Object& self) { return FeedPass(self); })
      .def("seed", &seed, py::kw_only(), arg("every") = false,
           "Return the orders that rested before (`every`: or came later, unseen) as ADD events.")
      .def("book", &book, arg("at") = none,
           "Return the book at a time (None: the end), begun with `seed` where no snapshot is.");
  module.def(
      "format_of", [](const Object& path) { return format_of(path_of(path)); }, arg("path"),
      "Return the format that a file's first bytes or its name speak of; \"itch\" has no "
      "`Feed`.");
}

// ---- ITCH
// ----------------------------------------------------------------------------------------

/// A source goes through a stream, a chunk at each step; DataError where it is malformed.
class ItchPass {
 public:
  ItchPass(Object stream, const Object& source, bool strict, bool takes)
      : stream_(std::move(stream)), path_(py::none()), strict_(strict), takes_(takes) {
    if (py::isinstance<py::str>(source) || py::hasattr(source, "__fspath__")) {
      path_ = py::str(source);
      chunks_ = chunks_of(path_of(source), piece_bytes);
    } else {
      chunks_ = py::iter(py::make_tuple(source));
    }
  }

  /// Whether there was a chunk.
  bool step() {
    const bool stands = is_set("fault") || is_set("stopped");
    const Object chunk = has_ended_ || stands ? Object() : next_of(chunks_);
    if (chunk) {
      stream_.attr("feed")(chunk);
      return true;
    }
    if (!std::exchange(has_ended_, true)) finish();
    return false;
  }
  Object next() {
    if (!step()) throw py::stop_iteration();
    return takes_ ? stream_.attr("take")() : py::none();
  }

 private:
  bool is_set(const char* name) const { return py::bool_(Object(stream_.attr(name))); }
  void finish() {
    if (!is_set("stopped")) stream_.attr("finish")();
    if (strict_ && is_set("fault"))
      refuse(std::string(py::str(stream_.attr("fault"))) +
                 "; cut the stream at that byte, or pass strict=False to keep what precedes it",
             path_, py::none(), py::none());
  }

  Object stream_, path_, chunks_;
  bool strict_, takes_, has_ended_ = false;
};

Object fed(const Object& stream, const Object& source, bool strict) {
  for (ItchPass pass(stream, source, strict, false); pass.step();) {}
  return stream;
}

Object itch_books(const Object& source, const Object& at_ns, bool strict) {
  const Object at = py::isinstance<py::str>(at_ns) ? core("itch_time_ns")(at_ns) : at_ns;
  return fed(core("ItchBooks")(at), source, strict);
}

void define_itch(py::module_& module) {
  py::class_<ItchPass>(module, "ItchPass", "One pass of a source through an ITCH stream.")
      .def("__iter__", [](const Object& self) { return self; })
      .def("__next__", &ItchPass::next);
  module.def(
      "itch_feed",
      [](const Object& stream, const Object& source, bool strict) {
        return ItchPass(stream, source, strict, false);
      },
      arg("stream"), arg("source"), py::kw_only(), arg("strict") = true,
      "Feed the source to a stream, a chunk at each step; DataError where it is malformed.");
  module.def(
      "itch_decode",
      [](const Object& source, bool strict) {
        return fed(core("ItchTables")(), source, strict).attr("tables")();
      },
      arg("source"), py::kw_only(), arg("strict") = true, decode_doc);
  const auto taken = [&module](const char* name, const char* stream, const char* doc) {
    module.def(
        name,
        [stream](const Object& source, bool strict) {
          return ItchPass(core(stream)(), source, strict, true);
        },
        arg("source"), py::kw_only(), arg("strict") = true, doc);
  };
  taken("itch_events", "ItchEvents", events_doc);
  taken("itch_tops", "ItchTops",
        "Yield each change of a symbol's best bid or ask, as TOP_DTYPE; 0 where a side is empty.");
  module.def("itch_books", &itch_books, arg("source"), py::kw_only(), arg("at_ns") = py::none(),
             arg("strict") = true, books_doc);
}

// ---- checks
// --------------------------------------------------------------------------------------

constexpr const char* check_doc =
    R"(What a pass over a feed finds: `counts` by kind, the first `error`, and the rest printed.

It is `good` without a malformed row and without a gap. `found` has the numbers. Of ITCH, give
the path.
)";

class Check {
 public:
  explicit Check(const Object& feed)
      : feed_(feed),
        is_feed_(py::isinstance<Feed>(feed)),
        found_(core(is_feed_ ? "FeedCheck" : "ItchCheck")()) {
    try {
      if (is_feed_)
        for (const py::handle batch : feed) found_.attr("apply")(batch);
      else
        fed(found_, feed, true);
    } catch (const py::error_already_set& raised) {
      if (!raised.matches(py::module_::import("delever.errors").attr("DataError"))) throw;
      error_ = raised.value();
    }
  }

  const Object& feed() const { return feed_; }
  const Object& found() const { return found_; }
  const Object& error() const { return error_; }
  bool good() const {
    return error_.is_none() && !(is_feed_ && py::bool_(Object(found_.attr("gaps")[py::int_(0)])));
  }
  std::string text() const {
    const Object path = is_feed_ ? feed_.attr("path") : feed_;
    const Object report = found_.attr("report");
    return path.attr("name").cast<std::string>() + ": " +
           (is_feed_ ? feed_.attr("format").cast<std::string>() : "itch") + "\n" +
           (is_feed_ ? report(feed_.attr("stream")) : report()).cast<std::string>() +
           "\n  error     " + (error_.is_none() ? "none" : std::string(py::str(error_)));
  }

 private:
  Object feed_;
  bool is_feed_;
  Object found_, error_ = py::none();
};

void define_check(py::module_& module) {
  py::class_<Check>(module, "Check", check_doc)
      .def(py::init<const Object&>(), arg("feed"))
      .def_property_readonly("feed", &Check::feed)
      .def_property_readonly("found", &Check::found)
      .def_property_readonly("error", &Check::error)
      .def_property_readonly("counts",
                             [](const Check& self) { return self.found().attr("counts"); })
      .def_property_readonly("good", &Check::good)
      .def("__str__", &Check::text);
}

}  // namespace

void register_recorded(py::module_& module) {
  define_feed(module);
  define_itch(module);
  define_check(module);
}

}  // namespace v1
}  // namespace delever
