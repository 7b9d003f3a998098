// Rows of numbers from Python as the legs and brackets of the rules: a row that is too short or too
// long is refused with what it should hold. A bracket without a deduction gets the one that makes
// the margin continuous.
#pragma once

#include <string>
#include <vector>

#include "bindings/bindings.hpp"
#include "risk/margin_schedule.hpp"

namespace delever {
inline namespace v1 {

using Row = std::vector<Fixed>;

inline const Row& of_length(const Row& row, std::size_t least, std::size_t most, const char* what) {
  if (row.size() >= least && row.size() <= most) return row;
  throw Misuse(Misunderstanding::Data,
               std::string("a row of ") + std::to_string(row.size()) + " numbers; give " + what);
}

inline std::vector<MarginBracket> brackets_from(const std::vector<Row>& rows) {
  std::vector<MarginBracket> brackets;
  for (const Row& row : rows) {
    of_length(row, 2, 3, "(floor, maintenance_rate[, deduction])");
    Fixed deduction = row.size() == 3 ? row[2] : Fixed(0);
    if (row.size() == 2 && !brackets.empty())
      deduction = next_deduction(row[0], row[1], brackets.back().maintenance_rate,
                                 brackets.back().deduction);
    brackets.push_back({row[0], row[1], deduction});
  }
  return brackets;
}

}  // namespace v1
}  // namespace delever
