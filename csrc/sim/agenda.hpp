// Who acts at which step: a calendar queue with one entry per agent.
//
// One list head per step and one (previous, next, step) triple per agent, so scheduling, moving and
// removing are O(1) and allocate nothing. `take` empties a step's list in ascending order of the
// agents, whatever the order in which they were scheduled. Memory: 4 bytes a step, 12 an agent.
// Worst case: a step on which everybody acts is sorted, O(n log n) once.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "sim/clock.hpp"
#include "units/ids.hpp"

namespace delever {
inline namespace v1 {

class Agenda {
 public:
  Agenda(std::uint32_t step_count, std::uint32_t agent_count)
      : heads_(step_count, no_index), entries_(agent_count) {}

  std::uint32_t step_of(std::uint32_t agent) const { return entries_[agent].step; }

  /// Replaces the agent's entry; a step beyond the end means never.
  void schedule(std::uint32_t agent, std::uint32_t step) {
    remove(agent);
    if (step >= heads_.size()) return;
    Entry& entry = entries_[agent];
    entry = {no_index, heads_[step], step};
    if (entry.next != no_index) entries_[entry.next].previous = agent;
    heads_[step] = agent;
  }

  void remove(std::uint32_t agent) {
    Entry& entry = entries_[agent];
    if (entry.step == no_step) return;
    if (entry.next != no_index) entries_[entry.next].previous = entry.previous;
    (entry.previous == no_index ? heads_[entry.step] : entries_[entry.previous].next) = entry.next;
    entry = Entry{};
  }

  /// Moves the agents of `step` into `due`, ascending.
  void take(std::uint32_t step, std::vector<std::uint32_t>& due) {
    due.clear();
    for (std::uint32_t agent = heads_[step]; agent != no_index;) {
      const std::uint32_t next = entries_[agent].next;
      entries_[agent] = Entry{};
      due.push_back(agent);
      agent = next;
    }
    heads_[step] = no_index;
    std::sort(due.begin(), due.end());
  }

  std::size_t bytes() const { return heads_.size() * 4 + entries_.size() * sizeof(Entry); }

 private:
  struct Entry {
    std::uint32_t previous = no_index;
    std::uint32_t next = no_index;
    std::uint32_t step = no_step;
  };
  std::vector<std::uint32_t> heads_;
  std::vector<Entry> entries_;
};

}  // namespace v1
}  // namespace delever
