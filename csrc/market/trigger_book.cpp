#include "market/trigger_book.hpp"

#include <algorithm>
#include <utility>

#include "units/arithmetic.hpp"

namespace delever {
inline namespace v1 {

namespace {

constexpr std::size_t member_heap(TriggerKind kind) {
  return kind == TriggerKind::TrailingTicks ? 0 : 1;
}

// The mirrored trigger of a trail behind a mirrored extreme; never falls while the extreme rises.
std::int64_t trail_behind(TriggerKind kind, std::int64_t distance, std::int64_t extreme) {
  if (kind == TriggerKind::TrailingTicks) return extreme + distance;
  return extreme + mul_div(extreme < 0 ? -extreme : extreme, distance, ppm_scale, Round::Ceil);
}

}  // namespace

std::int64_t trigger_price(const Trigger& trigger, std::int64_t extreme_ticks) {
  if (!is_trailing(trigger.kind) || extreme_ticks == 0) return trigger.trigger_ticks;
  const int way = trigger.direction == TriggerDirection::Up ? 1 : -1;
  const std::int64_t trail = trail_behind(trigger.kind, trigger.distance, way * extreme_ticks);
  if (trigger.trigger_ticks == 0) return way * trail;
  return way * std::min(trail, way * trigger.trigger_ticks);
}

void TriggerBook::insert(OrderPool& orders, std::uint32_t slot, const Trigger& trigger,
                         std::int64_t reference_ticks) {
  const std::uint32_t index = new_entry();
  Entry& entry = entries_[index];
  const bool given = trigger.trigger_ticks != 0;
  entry.sequence = trigger.sequence;
  entry.trigger = given ? mirrored(trigger.direction, trigger.trigger_ticks) : never;
  entry.distance = trigger.distance;
  entry.slot = slot;
  entry.feed = trigger.feed;
  entry.direction = trigger.direction;
  entry.kind = trigger.kind;
  orders[slot].fifo_next = index;
  Queue& queue = this->queue(trigger.feed, trigger.direction);
  const bool trailing = is_trailing(trigger.kind);
  const std::int64_t extreme = mirrored(trigger.direction, reference_ticks);
  if (trailing && reference_ticks != 0 &&
      trail_behind(entry.kind, entry.distance, extreme) < entry.trigger) {
    const std::uint32_t group = group_at(queue, extreme);
    join_group(group, index);
    index_group(queue, group);
  } else if (given) {
    place_fixed(queue, index);
  } else {
    DELEVER_INVARIANT(trailing);
    entry.place = Place::Waiting;
    entry.node = forest_.push(queue.waiting, entry.sequence, 0, index);
  }
  ++count_;
  refresh_quiet(trigger.feed);
}

void TriggerBook::remove(OrderPool& orders, std::uint32_t slot) {
  const std::uint32_t index = orders[slot].fifo_next;
  DELEVER_INVARIANT(index < entries_.size() && entries_[index].slot == slot);
  const TriggerFeed feed = entries_[index].feed;
  take_from_queue(queue(feed, entries_[index].direction), index);
  orders[slot].fifo_next = no_index;
  free_entry(index);
  refresh_quiet(feed);
}

void TriggerBook::move(OrderPool& orders, std::uint32_t slot, std::int64_t trigger_ticks,
                       std::int64_t sequence, std::int64_t reference_ticks) {
  const std::uint32_t index = orders[slot].fifo_next;
  DELEVER_INVARIANT(index < entries_.size() && entries_[index].slot == slot);
  const Entry& entry = entries_[index];
  const Trigger trigger{.feed = entry.feed,
                        .direction = entry.direction,
                        .kind = entry.kind,
                        .trigger_ticks = trigger_ticks,
                        .distance = entry.distance,
                        .sequence = sequence};
  remove(orders, slot);
  insert(orders, slot, trigger, reference_ticks);
}

std::int64_t TriggerBook::trigger_of(const OrderPool& orders, std::uint32_t slot) const {
  const std::uint32_t index = orders[slot].fifo_next;
  DELEVER_INVARIANT(index < entries_.size() && entries_[index].slot == slot);
  const Entry& entry = entries_[index];
  if (entry.place == Place::Waiting) return 0;
  if (entry.place == Place::Fixed) return mirrored(entry.direction, entry.trigger);
  const Group& group = groups_[find_group(entry.second)];
  return mirrored(entry.direction, trail_behind(entry.kind, entry.distance, group.extreme));
}

void TriggerBook::collect_quotes(std::int64_t ask_ticks, std::int64_t bid_ticks, OrderPool& orders,
                                 std::vector<TriggeredOrder>& out) {
  const bool ask_quiet = ask_ticks == 0 || quiet(TriggerFeed::Ask, ask_ticks);
  const bool bid_quiet = bid_ticks == 0 || quiet(TriggerFeed::Bid, bid_ticks);
  if (ask_quiet && bid_quiet) return;
  const std::array feeds{TriggerFeed::Ask, TriggerFeed::Bid};
  const std::array references{ask_ticks, bid_ticks};
  collect_from(feeds, references, orders, out);
}

std::size_t TriggerBook::bytes() const {
  return entries_.capacity() * sizeof(Entry) + groups_.capacity() * sizeof(Group) + forest_.bytes();
}

// ---- entries ------------------------------------------------------------------------------------

std::uint32_t TriggerBook::new_entry() {
  std::uint32_t index = free_entry_;
  if (index == no_index) {
    DELEVER_INVARIANT(entries_.size() < no_index);
    index = static_cast<std::uint32_t>(entries_.size());
    entries_.emplace_back();
  } else {
    free_entry_ = entries_[index].slot;
    entries_[index] = Entry{};
  }
  return index;
}

void TriggerBook::free_entry(std::uint32_t index) {
  entries_[index] = Entry{};
  entries_[index].slot = free_entry_;
  free_entry_ = index;
  --count_;
}

void TriggerBook::place_fixed(Queue& queue, std::uint32_t index) {
  Entry& entry = entries_[index];
  entry.place = Place::Fixed;
  entry.node = forest_.push(queue.fixed, entry.trigger, entry.sequence, index);
  if (!is_trailing(entry.kind)) return;
  const std::int64_t start = trail_start(entry);
  if (start != never) entry.second = forest_.push(queue.dormant, -start, entry.sequence, index);
}

// The greatest mirrored reference at which the trail is tighter than the initial trigger; never:
// none is.
std::int64_t TriggerBook::trail_start(const Entry& entry) const {
  const bool up = entry.direction == TriggerDirection::Up;
  std::int64_t low = up ? 1 : -price_ticks_max_;
  std::int64_t high = up ? price_ticks_max_ : -1;
  const auto tighter = [&](std::int64_t extreme) {
    return trail_behind(entry.kind, entry.distance, extreme) < entry.trigger;
  };
  if (!tighter(low)) return never;
  while (low < high) {
    const std::int64_t middle = high - (high - low) / 2;
    if (tighter(middle)) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}

void TriggerBook::take_from_queue(Queue& queue, std::uint32_t index) {
  const Entry& entry = entries_[index];
  if (entry.place == Place::Waiting) return forest_.take_out(queue.waiting, entry.node);
  if (entry.place == Place::Fixed) {
    forest_.take_out(queue.fixed, entry.node);
    if (entry.second != no_index) forest_.take_out(queue.dormant, entry.second);
    return;
  }
  const std::uint32_t group = find_group(entry.second);
  std::uint32_t& members = groups_[group].members[member_heap(entry.kind)];
  const bool leads = members == entry.node;
  if (leads) unindex_group(queue, group);
  forest_.take_out(members, entry.node);
  if (leads) index_group(queue, group);
  release_group(entry.second);
}

// ---- groups -------------------------------------------------------------------------------------

std::uint32_t TriggerBook::new_group(std::int64_t extreme) {
  std::uint32_t index = free_group_;
  if (index == no_index) {
    DELEVER_INVARIANT(groups_.size() < no_index);
    index = static_cast<std::uint32_t>(groups_.size());
    groups_.emplace_back();
  } else {
    free_group_ = groups_[index].melded_into;
    groups_[index] = Group{};
  }
  groups_[index].extreme = extreme;
  return index;
}

// The shallower of two groups joins the other, so the way up is at most log2 of the groups long.
std::uint32_t TriggerBook::find_group(std::uint32_t group) const {
  while (groups_[group].melded_into != no_index) group = groups_[group].melded_into;
  return group;
}

void TriggerBook::release_group(std::uint32_t group) {
  while (group != no_index && --groups_[group].references == 0) {
    const std::uint32_t next = groups_[group].melded_into;
    groups_[group] = Group{};
    groups_[group].melded_into = free_group_;
    free_group_ = group;
    group = next;
  }
}

// A group with this extreme, taken out of the indices; an old one where the next to move has it.
std::uint32_t TriggerBook::group_at(Queue& queue, std::int64_t extreme) {
  if (queue.extremes == no_index || -forest_[queue.extremes].key != extreme)
    return new_group(extreme);
  const std::uint32_t group = forest_[queue.extremes].value;
  unindex_group(queue, group);
  return group;
}

void TriggerBook::join_group(std::uint32_t group, std::uint32_t index) {
  Entry& entry = entries_[index];
  entry.place = Place::Trailing;
  entry.second = group;
  entry.node = forest_.push(groups_[group].members[member_heap(entry.kind)], entry.distance,
                            entry.sequence, index);
  ++groups_[group].references;
}

std::uint32_t TriggerBook::meld_groups(std::uint32_t group, std::uint32_t other) {
  if (groups_[group].rank < groups_[other].rank) std::swap(group, other);
  Group& into = groups_[group];
  Group& from = groups_[other];
  if (into.rank == from.rank) ++into.rank;
  for (std::size_t heap = 0; heap < 2; ++heap) forest_.meld(into.members[heap], from.members[heap]);
  from.melded_into = group;
  ++into.references;
  return group;
}

std::int64_t TriggerBook::first_trigger(const Group& group) const {
  std::int64_t first = never;
  for (const TriggerKind kind : {TriggerKind::TrailingTicks, TriggerKind::TrailingPpm}) {
    const std::uint32_t top = group.members[member_heap(kind)];
    if (top != no_index)
      first = std::min(first, trail_behind(kind, forest_[top].key, group.extreme));
  }
  return first;
}

void TriggerBook::index_group(Queue& queue, std::uint32_t index) {
  Group& group = groups_[index];
  if (group.members[0] == no_index && group.members[1] == no_index) return;
  group.extreme_node = forest_.push(queue.extremes, -group.extreme, index, index);
  group.trigger_node = forest_.push(queue.triggers, first_trigger(group), index, index);
}

void TriggerBook::unindex_group(Queue& queue, std::uint32_t index) {
  forest_.take_out(queue.extremes, groups_[index].extreme_node);
  forest_.take_out(queue.triggers, groups_[index].trigger_node);
}

// ---- references ---------------------------------------------------------------------------------

void TriggerBook::move_extremes(Queue& queue, std::int64_t reference) {
  const auto passed = [&](std::uint32_t root, std::int64_t at_least) {
    return root != no_index && -forest_[root].key >= at_least;
  };
  if (queue.waiting == no_index && !passed(queue.dormant, reference) &&
      !passed(queue.extremes, reference + 1))
    return;
  std::uint32_t group = no_index;
  while (passed(queue.extremes, reference)) {
    const std::uint32_t next = forest_[queue.extremes].value;
    unindex_group(queue, next);
    group = group == no_index ? next : meld_groups(group, next);
  }
  if (group == no_index) group = new_group(reference);
  groups_[group].extreme = reference;
  for (const bool dormant : {false, true}) {
    while (dormant ? passed(queue.dormant, reference) : queue.waiting != no_index) {
      const std::uint32_t entry = forest_[dormant ? queue.dormant : queue.waiting].value;
      take_from_queue(queue, entry);
      join_group(group, entry);
    }
  }
  index_group(queue, group);
}

void TriggerBook::gather(Queue& queue, std::int64_t reference, std::vector<Hit>& hits) {
  while (queue.fixed != no_index && forest_[queue.fixed].key <= reference)
    take_hit(queue, forest_[queue.fixed].value, forest_[queue.fixed].key, hits);
  while (queue.triggers != no_index && forest_[queue.triggers].key <= reference) {
    const Group& group = groups_[forest_[queue.triggers].value];
    for (const TriggerKind kind : {TriggerKind::TrailingTicks, TriggerKind::TrailingPpm}) {
      const std::uint32_t top = group.members[member_heap(kind)];
      if (top == no_index) continue;
      const std::int64_t trigger = trail_behind(kind, forest_[top].key, group.extreme);
      if (trigger > reference) continue;
      take_hit(queue, forest_[top].value, trigger, hits);
      break;  // the group may be gone
    }
  }
}

void TriggerBook::take_hit(Queue& queue, std::uint32_t entry, std::int64_t trigger,
                           std::vector<Hit>& hits) {
  hits.push_back({trigger, entries_[entry].sequence, entries_[entry].slot});
  take_from_queue(queue, entry);
  free_entry(entry);
}

void TriggerBook::collect_from(std::span<const TriggerFeed> feeds,
                               std::span<const std::int64_t> references, OrderPool& orders,
                               std::vector<TriggeredOrder>& out) {
  std::vector<Hit> hits;
  for (const TriggerDirection direction : {TriggerDirection::Up, TriggerDirection::Down}) {
    hits.clear();
    for (std::size_t at = 0; at < feeds.size(); ++at) {
      if (references[at] == 0) continue;
      Queue& queue = this->queue(feeds[at], direction);
      move_extremes(queue, mirrored(direction, references[at]));
      gather(queue, mirrored(direction, references[at]), hits);
    }
    std::sort(hits.begin(), hits.end(), [](const Hit& a, const Hit& b) {
      return a.trigger != b.trigger ? a.trigger < b.trigger : a.sequence < b.sequence;
    });
    for (const Hit& hit : hits) {
      orders[hit.slot].fifo_next = no_index;
      out.push_back({hit.slot, mirrored(direction, hit.trigger)});
    }
  }
  for (const TriggerFeed feed : feeds) refresh_quiet(feed);
}

void TriggerBook::refresh_quiet(TriggerFeed feed) {
  Interval quiet;
  for (const TriggerDirection direction : {TriggerDirection::Up, TriggerDirection::Down}) {
    const Queue& queue = this->queue(feed, direction);
    // In mirrored prices: from where no extreme moves to below the first trigger.
    std::int64_t low = -never;
    std::int64_t high = never;
    if (queue.extremes != no_index) low = -forest_[queue.extremes].key;
    if (queue.dormant != no_index) low = std::max(low, -forest_[queue.dormant].key + 1);
    if (queue.fixed != no_index) high = forest_[queue.fixed].key - 1;
    if (queue.triggers != no_index) high = std::min(high, forest_[queue.triggers].key - 1);
    if (queue.waiting != no_index) high = -never;  // any reference is news
    const bool up = direction == TriggerDirection::Up;
    quiet.low = std::max(quiet.low, up ? low : -high);
    quiet.high = std::min(quiet.high, up ? high : -low);
  }
  quiet_[static_cast<std::size_t>(feed)] = quiet;
}

}  // namespace v1
}  // namespace delever
