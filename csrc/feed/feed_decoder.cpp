#include "feed/feed_decoder.hpp"

#include <algorithm>
#include <cctype>

namespace delever {
inline namespace v1 {

std::string quoted(std::string_view value) {
  std::string text = "'";
  for (const char byte : value.substr(0, 40))
    text += std::isprint(static_cast<unsigned char>(byte)) != 0 ? byte : '?';
  return text + (value.size() > 40 ? "...'" : "'");
}

std::uint32_t SymbolTable::number_of(std::string_view symbol) {
  if (recent_ < names_.size() && names_[recent_] == symbol) return recent_;
  if (symbol.size() > 256)
    throw FeedFault("symbol", quoted(symbol) + " is too long for a symbol; at most 256 bytes");
  const auto next = static_cast<std::uint32_t>(names_.size());
  const auto [known, added] = numbers_.try_emplace(std::string(symbol), next);
  if (added && names_.size() == feed_symbols_max) {
    numbers_.erase(known);
    throw FeedFault("symbol", quoted(symbol) + " is one symbol more than the " +
                                  std::to_string(feed_symbols_max) +
                                  " that a feed may have; split the file");
  }
  if (added) names_.emplace_back(symbol);
  return recent_ = known->second;
}

void LineDecoder::feed(std::string_view bytes, FeedBatch& out) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const std::string_view part = bytes.substr(0, end);
    if (begun_.size() + part.size() > row_bytes_max) {
      ++row_;
      flush(out);
      throw FeedFault("", "the row has more than " + std::to_string(row_bytes_max) +
                              " bytes; is this the format, and is it decompressed?");
    }
    if (end == std::string_view::npos) {
      begun_ += part;
      return;
    }
    if (begun_.empty()) {
      take(part, out);
    } else {
      begun_ += part;
      take(begun_, out);
      begun_.clear();
    }
    bytes.remove_prefix(end + 1);
  }
}

void LineDecoder::finish(FeedBatch& out) {
  if (!begun_.empty()) take(begun_, out);
  begun_.clear();
  flush(out);
}

void LineDecoder::take(std::string_view line, FeedBatch& out) {
  ++row_;
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.empty()) return;
  const std::size_t before = out.size();
  try {
    decode(line, out);
  } catch (const FeedFault&) {
    out.resize(before);  // a row counts as a whole
    flush(out);
    throw;
  }
}

template <class Work>
void FeedStream::guarded(Work work) {
  if (fault_) return;
  try {
    work();
  } catch (const FeedFault& fault) {
    fault_ = Fault{decoder_->row(), fault.column(), fault.what()};
  }
}

FeedStream::FeedStream(MakeDecoder make, Settings settings)
    : context_(std::make_unique<FeedContext>()) {
  std::replace(settings.snapshot.begin(), settings.snapshot.end(), '\n', ' ');
  if (!settings.snapshot.empty()) settings.snapshot += '\n';
  context_->price = settings.price;
  context_->qty = settings.qty;
  context_->tolerates_gaps = true;
  FeedContext measured = *context_;
  FeedBatch discarded;
  try {
    const std::unique_ptr<FeedDecoder> decoder = make(measured, settings.origin_ns);
    decoder->feed(settings.snapshot, discarded);
    decoder->feed(settings.sample, discarded);
  } catch (const FeedFault&) {  // is found again, and reported, when the feed is read
  }
  context_->price = measured.price.deduced();
  context_->qty = measured.qty.deduced();
  context_->tolerates_gaps = settings.tolerates_gaps;
  decoder_ = make(*context_, settings.origin_ns);
  guarded([&] { decoder_->feed(settings.snapshot, begun_); });
  if (!fault_) decoder_->restart_rows();
}

void FeedStream::feed(std::string_view bytes, FeedBatch& out) {
  if (!begun_.empty()) {
    out.insert(out.end(), begun_.begin(), begun_.end());
    begun_ = {};
  }
  guarded([&] { decoder_->feed(bytes, out); });
}

void FeedStream::finish(FeedBatch& out) {
  guarded([&] { decoder_->finish(out); });
}

}  // namespace v1
}  // namespace delever
