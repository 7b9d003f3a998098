// The one shape of a decoder: bytes in, in pieces of any size; events out, or a fault that says
// where.
//
// A decoder keeps what it needs of the bytes before (at most one unfinished row or record, of at
// most row_bytes_max), so memory is bounded by the piece given and the events in it, whatever the
// length of the feed. `FeedStream` runs a decoder and holds its fault back: the events before the
// fault are delivered first, the fault is asked for afterwards, and nothing is decoded past it.
// Cost: one virtual call per row; per byte what splitting and parsing cost.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "feed/decimal_scale.hpp"
#include "feed/feed_event.hpp"

namespace delever {
inline namespace v1 {

/// A longer row is taken for a file that is no text.
constexpr std::size_t row_bytes_max = std::size_t{1} << 22;

/// A row that cannot be taken as it is: where, and a message with the value and what to do.
class FeedFault : public std::runtime_error {
 public:
  FeedFault(std::string column, const std::string& message)
      : std::runtime_error(message), column_(std::move(column)) {}
  const std::string& column() const { return column_; }

 private:
  std::string column_;
};

/// A value as it stands in a message: quoted, cut after 40 bytes, and printable.
std::string quoted(std::string_view value);

/// Symbols of a feed, numbered in the order of appearance.
class SymbolTable {
 public:
  std::uint32_t number_of(std::string_view symbol);
  const std::vector<std::string>& names() const { return names_; }

 private:
  std::vector<std::string> names_;
  std::unordered_map<std::string, std::uint32_t> numbers_;
  std::uint32_t recent_ = 0;  ///< feeds repeat their symbol
};

/// What all decoders share: the units, the symbols, and what was passed over.
struct FeedContext {
  DecimalScale price;
  DecimalScale qty;
  SymbolTable symbols;
  bool tolerates_gaps = false;    ///< mark a gap (feed_gap) instead of stopping there
  std::int64_t ignored_rows = 0;  ///< rows of kinds that no event stands for
};

class FeedDecoder {
 public:
  explicit FeedDecoder(FeedContext& context) : context_(context) {}
  FeedDecoder(const FeedDecoder&) = delete;
  FeedDecoder& operator=(const FeedDecoder&) = delete;
  virtual ~FeedDecoder() = default;

  /// Decodes the next bytes of the feed; throws FeedFault, with the events before it appended.
  virtual void feed(std::string_view bytes, FeedBatch& out) = 0;
  /// The feed has ended.
  virtual void finish(FeedBatch& out) = 0;
  /// Rows (or records) begun so far: where a fault lies.
  std::int64_t row() const { return row_; }
  /// What has been read so far was not the feed itself: rows count from here.
  void restart_rows() { row_ = 0; }

 protected:
  FeedContext& context_;
  std::int64_t row_ = 0;
};

/// A decoder of lines: LF or CR LF, the last one with or without it; blank lines are passed over.
class LineDecoder : public FeedDecoder {
 public:
  using FeedDecoder::FeedDecoder;
  void feed(std::string_view bytes, FeedBatch& out) final;
  void finish(FeedBatch& out) final;

 protected:
  virtual void decode(std::string_view line, FeedBatch& out) = 0;
  /// What was held back for the row that would have followed.
  virtual void flush(FeedBatch&) {}

 private:
  void take(std::string_view line, FeedBatch& out);
  std::string begun_;  ///< the start of a line whose end has not come
};

using MakeDecoder = std::unique_ptr<FeedDecoder> (*)(FeedContext&, std::int64_t origin_ns);

class FeedStream {
 public:
  struct Fault {
    std::int64_t row;
    std::string column, message;
  };

  /// A price or quantity without a unit is deduced from `sample`, the first bytes of the feed: the
  /// finest decimal place written there. `origin_ns` is the midnight of feeds that count from it;
  /// `snapshot` is a row that goes before the first and is not counted, however many lines it has.
  struct Settings {
    DecimalScale price{}, qty{};
    std::string_view sample{};
    std::string snapshot{};
    std::int64_t origin_ns = 0;
    bool tolerates_gaps = false;
  };
  FeedStream(MakeDecoder make, Settings settings);

  /// Appends the events of the next bytes; after a fault, nothing.
  void feed(std::string_view bytes, FeedBatch& out);
  void finish(FeedBatch& out);

  const std::optional<Fault>& fault() const { return fault_; }
  const FeedContext& context() const { return *context_; }
  std::int64_t row() const { return decoder_->row(); }

 private:
  template <class Work>
  void guarded(Work work);

  std::unique_ptr<FeedContext> context_;  ///< where the decoder finds it, also after a move
  std::unique_ptr<FeedDecoder> decoder_;
  std::optional<Fault> fault_;
  FeedBatch begun_;  ///< the snapshot's events, which go before the others
};

}  // namespace v1
}  // namespace delever
