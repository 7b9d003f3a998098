// A broken invariant is our bug, never the user's: it throws InvariantViolation naming the
// expression, and the venue that catches it is poisoned (it refuses further commands). Always on.
#pragma once

#include <stdexcept>
#include <string>

namespace delever {
inline namespace v1 {

class InvariantViolation : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

[[noreturn]] inline void violated(const char* expression, const char* file, int line) {
  throw InvariantViolation(std::string("broken invariant: ") + expression + " (" + file + ":" +
                           std::to_string(line) + ")");
}

}  // namespace v1
}  // namespace delever

#define DELEVER_INVARIANT(expression)                       \
  do {                                                      \
    if (!(expression)) [[unlikely]]                         \
      ::delever::violated(#expression, __FILE__, __LINE__); \
  } while (false)
