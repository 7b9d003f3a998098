// A user's own ranking and liquidation procedure, as Python functions.
//
// The venue asks in the middle of a batch, while the interpreter lock is released: it is taken for
// the length of the question. What a function raises goes to who called apply; the venue has
// stopped before the command that asked. The venue is busy meanwhile, so it cannot be re-entered.
#include <pybind11/stl.h>

#include <memory>
#include <string>
#include <utility>

#include "bindings/machine_access.hpp"

namespace delever {
inline namespace v1 {
namespace {

namespace py = pybind11;

using Column = std::pair<const char*, const std::vector<std::int64_t> AdvisedPositions::*>;

constexpr Column columns[] = {
    {"account", &AdvisedPositions::account},
    {"instrument", &AdvisedPositions::instrument},
    {"position_side", &AdvisedPositions::leg},
    {"qty_lots", &AdvisedPositions::qty},
    {"cost_atoms", &AdvisedPositions::cost},
    {"margin_atoms", &AdvisedPositions::margin},
    {"mark_ticks", &AdvisedPositions::mark},
    {"equity_atoms", &AdvisedPositions::equity},
    {"maintenance_atoms", &AdvisedPositions::maintenance},
};

py::array_t<std::int64_t> array_of(const std::vector<std::int64_t>& values) {
  return py::array_t<std::int64_t>(static_cast<py::ssize_t>(values.size()), values.data());
}

/// Holds references, which it lets go of under the interpreter lock.
class PythonAdvisor : public LiquidationAdvisor {
 public:
  PythonAdvisor(py::object ranking, py::object procedure)
      : ranking_(std::move(ranking)), procedure_(std::move(procedure)) {}
  ~PythonAdvisor() override {
    const py::gil_scoped_acquire locked;
    ranking_ = {};
    procedure_ = {};
  }
  PythonAdvisor(const PythonAdvisor&) = delete;
  PythonAdvisor& operator=(const PythonAdvisor&) = delete;

  std::vector<std::int64_t> scores(const AdvisedPositions& candidates) override {
    const py::gil_scoped_acquire locked;
    if (ranking_.is_none()) return std::vector<std::int64_t>(candidates.size(), 0);
    py::dict asked;
    for (const auto& [name, column] : columns) asked[name] = array_of(candidates.*column);
    const py::object answer = ranking_(asked);
    const auto given = py::array_t<std::int64_t, py::array::c_style>::ensure(answer);
    if (!given || given.ndim() != 1 || !is_whole(answer))
      throw Misuse(Misunderstanding::Data,
                   "the ranking gave " + std::string(py::repr(answer)) +
                       "; give one int64 score for each position, as an array");
    return {given.data(), given.data() + given.size()};
  }
  std::int64_t lots(const AdvisedPositions& position) override {
    const py::gil_scoped_acquire locked;
    if (procedure_.is_none()) return std::abs(position.qty.front());
    py::dict asked;
    for (const auto& [name, column] : columns) asked[name] = (position.*column).front();
    const py::object answer = procedure_(asked);
    try {
      return answer.cast<std::int64_t>();
    } catch (const py::cast_error&) {
      throw Misuse(Misunderstanding::Data, "the procedure gave " + std::string(py::repr(answer)) +
                                               "; give a number of lots, an int");
    }
  }

 private:
  /// Scores that are integers, not numbers with a fraction that would be lost.
  static bool is_whole(const py::object& answer) {
    const std::string kind = py::str(py::array(answer).dtype().attr("kind"));
    return kind == "i" || kind == "u" || kind == "b";
  }

  py::object ranking_;
  py::object procedure_;
};

void set_advisor(VenueHandle& handle, const py::object& ranking, const py::object& procedure) {
  std::shared_ptr<LiquidationAdvisor> advisor;
  if (!ranking.is_none() || !procedure.is_none())
    advisor = std::make_shared<PythonAdvisor>(ranking, procedure);
  work_in(handle, [&](Venue& venue) { venue.set_advisor(std::move(advisor)); });
}

}  // namespace

void define_advisor(VenueClass& venue) {
  venue.def("set_advisor", &set_advisor, py::arg("ranking"), py::arg("procedure"),
            "The functions that a rulebook with ranking 7 or reduce 6 asks; None: nobody.");
}

}  // namespace v1
}  // namespace delever
