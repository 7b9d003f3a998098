// The events of one machine: numbered, digested, kept.
//
// Owns the event log, the digest of every event (kept or not), the next sequence, and the trace:
// all events whole, where somebody asked for it. A copy continues the numbers and the digest with
// an empty log and trace. Cost: the digest's and the log's, O(1) an event.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "market/order_pool.hpp"
#include "units/digest.hpp"
#include "units/ids.hpp"
#include "units/inline.hpp"
#include "units/quantity.hpp"
#include "venue/event.hpp"
#include "venue/event_log.hpp"

namespace delever {
inline namespace v1 {

class EventStream {
 public:
  explicit EventStream(std::uint32_t retention = retain_all) : log_(retention) {}
  EventStream(const EventStream& other)
      : log_(other.log_.retention()),
        digest_(other.digest_),
        next_sequence_(other.next_sequence_),
        tracing_(other.tracing_) {
    log_.set_straight(!tracing_);
  }
  EventStream& operator=(const EventStream&) = delete;

  /// The kinds of every order's life are written in place, word by word from where they are known;
  /// the others share one copy of the code.
  DELEVER_INLINE Sequence emit(EventKind kind, const EventFields& fields, TimeNs time,
                               std::int64_t command, const OrderPool&) {
    switch (kind) {
      case EventKind::OrderAccepted: return write<EventKind::OrderAccepted>(fields, time, command);
      case EventKind::OrderCancelled:
        return write<EventKind::OrderCancelled>(fields, time, command);
      case EventKind::OrderFilled: return write<EventKind::OrderFilled>(fields, time, command);
      default: return write_any(kind, fields, time, command);
    }
  }

  EventLog& log() { return log_; }
  const EventLog& log() const { return log_; }
  std::uint64_t digest() const { return digest_.value(); }
  Sequence next_sequence() const { return next_sequence_; }
  void set_trace(bool on) {
    tracing_ = on;
    log_.set_straight(!on);
  }
  std::span<const Event> trace() const { return trace_; }
  void clear_trace() { trace_.clear(); }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(next_sequence_);
    archive(digest_);
  }

 private:
  static constexpr Event event_of(EventKind kind, const EventFields& fields, Sequence sequence,
                                  TimeNs time, std::int64_t command) {
    return {{
        sequence,
        time.value,
        command,
        fields.cause,
        static_cast<std::int64_t>(kind),
        fields.instrument,
        fields.account,
        static_cast<std::int64_t>(fields.order_id),
        fields.side,
        fields.price,
        fields.qty,
        fields.amount,
        fields.other_account,
        fields.other_order,
        fields.other_amount,
        fields.reason,
    }};
  }

  // Every word goes to the digest and to its row as soon as it is known, and is kept no longer:
  // what may stand in the way is asked before.
  template <EventKind kind>
  DELEVER_INLINE Sequence write(const EventFields& fields, TimeNs time, std::int64_t command) {
    constexpr EventFamily family = family_of(kind);
    const Sequence sequence = next_sequence_;
    const Event event = event_of(kind, fields, sequence, time, command);
    EventTable& table = log_.table(family);
    if (const auto way = table.way_of<family>(event); way != EventTable::Way::Straight)
        [[unlikely]] {
      if (way == EventTable::Way::Append) return write_apart<family>(kind, fields, time, command);
      table.store_sparse<family>(event);
    }
    next_sequence_ = sequence + 1;
    write_words<family>(event, table.take_row(), std::make_index_sequence<event_word_count>{});
    return sequence;
  }
  template <EventFamily family, std::size_t... word>
  DELEVER_INLINE void write_words(const Event& event, std::uint64_t* row,
                                  std::index_sequence<word...>) {
    Digest::Mix<event_word_count> mix;
    ((mix.template add<word>(event.words[word]), pack_word<family, word>(event, row)), ...);
    digest_.add(mix);
  }

  template <EventFamily family>
  DELEVER_INLINE Sequence write_apart(EventKind kind, const EventFields& fields, TimeNs time,
                                      std::int64_t command) {
    if (tracing_ || log_.keeps(family)) {
      const EventFields copy = fields;  // only the copy is ever in memory
      return write_any(kind, copy, time, command);
    }
    digest_.add(event_of(kind, fields, next_sequence_, time, command).words);
    return next_sequence_++;
  }

  DELEVER_OUTLINE Sequence write_any(EventKind kind, const EventFields& fields, TimeNs time,
                                     std::int64_t command) {
    const Sequence sequence = next_sequence_++;
    const Event event = event_of(kind, fields, sequence, time, command);
    digest_.add(event.words);
    log_.append(event);
    if (tracing_) [[unlikely]]
      trace(event);
    return sequence;
  }

  DELEVER_OUTLINE void trace(const Event& event) { trace_.push_back(event); }

  EventLog log_;
  Digest digest_;
  Sequence next_sequence_ = 0;
  bool tracing_ = false;
  std::vector<Event> trace_;
};

}  // namespace v1
}  // namespace delever
