// The matching engine whose events are numbered, digested and kept: what Python and the event log's
// readers use.
//
// It is BasicMatchingEngine with an EventStream as its sink; its last word of construction is the
// retention mask. Compiled once, in matching_engine.cpp. Cost: basic_matching_engine.hpp's and the
// stream's.
#pragma once

#include "venue/basic_matching_engine.hpp"
#include "venue/event_stream.hpp"

namespace delever {
inline namespace v1 {

using MatchingEngine = BasicMatchingEngine<EventStream>;

extern template class OrderFlow<MatchingEngine>;
extern template class BasicMatchingEngine<EventStream>;

}  // namespace v1
}  // namespace delever
