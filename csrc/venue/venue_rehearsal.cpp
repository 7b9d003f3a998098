// Batches of a venue that asks its user: rehearsed on a branch with the user's functions, then
// carried out with the answers they gave.
//
// What a function throws stops the rehearsal, not the venue: the commands before the one that asked
// are carried out, the exception goes on to the caller, and nothing of that command has happened.
// Cost: a copy of the venue a batch, and each command twice.
#include <deque>
#include <exception>
#include <stdexcept>
#include <string>
#include <utility>

#include "units/invariant.hpp"
#include "venue/venue.hpp"

namespace delever {
inline namespace v1 {

namespace {

/// Passes questions on and keeps the answers; then gives them again, in order.
class RecordedAnswers : public LiquidationAdvisor {
 public:
  explicit RecordedAnswers(LiquidationAdvisor& asked) : asked_(asked) {}

  void replay() { replaying_ = true; }

  std::vector<std::int64_t> scores(const AdvisedPositions& candidates) override {
    if (replaying_) return take(scores_);
    std::vector<std::int64_t> given = asked_.scores(candidates);
    if (given.size() != candidates.size())
      throw std::invalid_argument("the ranking gave " + std::to_string(given.size()) +
                                  " scores for " + std::to_string(candidates.size()) +
                                  " positions; give one for each");
    return scores_.emplace_back(std::move(given));
  }
  std::int64_t lots(const AdvisedPositions& position) override {
    if (replaying_) return take(lots_);
    return lots_.emplace_back(asked_.lots(position));
  }

 private:
  template <class Answer>
  static Answer take(std::deque<Answer>& answers) {
    DELEVER_INVARIANT(!answers.empty());
    Answer first = std::move(answers.front());
    answers.pop_front();
    return first;
  }

  LiquidationAdvisor& asked_;
  std::deque<std::vector<std::int64_t>> scores_;
  std::deque<std::int64_t> lots_;
  bool replaying_ = false;
};

}  // namespace

void Venue::apply_rehearsed(std::span<const Command> commands) {
  const auto answers = std::make_shared<RecordedAnswers>(*advisor_);
  std::size_t done = 0;
  std::exception_ptr failure;
  {
    const std::unique_ptr<Venue> stage = branch();
    stage->log().set_retention(0);
    stage->set_trace(false);
    stage->advisor_ = answers;
    try {
      for (; done < commands.size(); ++done) stage->apply_alone(commands[done]);
    } catch (const InvariantViolation&) {
      done = commands.size();  // the venue is to find its own broken invariant
    } catch (...) {
      failure = std::current_exception();
    }
  }
  answers->replay();
  std::shared_ptr<LiquidationAdvisor> user = std::exchange(advisor_, answers);
  try {
    for (const Command& command : commands.first(done)) apply_alone(command);
  } catch (...) {
    advisor_ = std::move(user);
    throw;
  }
  advisor_ = std::move(user);
  if (failure) std::rethrow_exception(failure);
}

}  // namespace v1
}  // namespace delever
