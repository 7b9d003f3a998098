#include "venue/matching_engine.hpp"

namespace delever {
inline namespace v1 {

template class OrderFlow<MatchingEngine>;
template class BasicMatchingEngine<EventStream>;

}  // namespace v1
}  // namespace delever
