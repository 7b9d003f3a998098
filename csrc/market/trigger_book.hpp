// The orders of one instrument that wait for a price: stops, take-profits and trailing stops.
//
// Owns, per feed of prices (last, mark, index, and for quotes the ask that buys watch and the bid
// that sells watch) and direction, heaps in one HeapForest: fixed triggers by price, and trailing
// orders in groups that share an extreme. A tick that passes the extremes of some groups melds them
// into one: a group's members are ordered by distance and are never re-keyed. A trailing order with
// an initial trigger waits as a fixed one until the extreme has come so far that its trail is the
// tighter; it joins a group then, once. While an order waits here, Order::fifo_next is its entry.
//
// `collect` first moves the extremes, then takes out what the reference triggers: upward ones by
// trigger ascending, then downward ones descending, equal ones by sequence (age). Downward prices
// are mirrored (negated) inside, so that both directions read alike.
//
// Invariants: a group's extreme is the best reference since its members came; each feed keeps the
// interval of references at which nothing happens. Cost: collect within that interval O(1), else
// O((m + k) log n) for k triggered and m groups melded (each entry makes at most one group);
// insert, remove, move, trigger_of O(log n), also at worst. Memory: 40 B an entry, 40 to 80 B of
// nodes, 40 B a group.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <type_traits>
#include <vector>

#include "market/heap_forest.hpp"
#include "market/order_pool.hpp"
#include "market/order_types.hpp"

namespace delever {
inline namespace v1 {

enum class TriggerFeed : std::uint8_t { Last, Mark, Index, Ask, Bid };
constexpr std::size_t trigger_feed_count = 5;

/// The prices an order watches: of the quotes, a buy watches the ask and a sell the bid.
constexpr TriggerFeed feed_of(TriggerSource source, Side side) {
  switch (source) {
    case TriggerSource::Mark: return TriggerFeed::Mark;
    case TriggerSource::Index: return TriggerFeed::Index;
    case TriggerSource::Quote: return side == Side::Buy ? TriggerFeed::Ask : TriggerFeed::Bid;
    default: return TriggerFeed::Last;
  }
}

struct Trigger {
  TriggerFeed feed = TriggerFeed::Last;
  TriggerDirection direction = TriggerDirection::Up;
  TriggerKind kind = TriggerKind::Stop;
  std::int64_t trigger_ticks = 0;  ///< trailing: the initial one; 0: only what the trail gives
  std::int64_t distance = 0;       ///< trailing: ticks or ppm
  std::int64_t sequence = 0;       ///< age among equal triggers
};

struct TriggeredOrder {
  std::uint32_t slot = no_index;
  std::int64_t trigger_ticks = 0;
};

/// The price at which an order triggers that has seen this extreme (0: none yet); 0: none yet.
std::int64_t trigger_price(const Trigger& trigger, std::int64_t extreme_ticks);

constexpr bool triggers_at(TriggerDirection direction, std::int64_t trigger_ticks,
                           std::int64_t reference_ticks) {
  return direction == TriggerDirection::Up ? reference_ticks >= trigger_ticks
                                           : reference_ticks <= trigger_ticks;
}

class TriggerBook {
 public:
  explicit TriggerBook(std::int64_t price_ticks_max) : price_ticks_max_(price_ticks_max) {}

  /// `reference_ticks`: of the order's feed, now; 0: none yet. The caller has seen to it that the
  /// condition does not hold already, or that it shall wait for the next reference.
  void insert(OrderPool& orders, std::uint32_t slot, const Trigger& trigger,
              std::int64_t reference_ticks);
  void remove(OrderPool& orders, std::uint32_t slot);
  /// A new trigger price (trailing: a new initial one, or 0) and age; a trail starts anew from the
  /// reference.
  void move(OrderPool& orders, std::uint32_t slot, std::int64_t trigger_ticks,
            std::int64_t sequence, std::int64_t reference_ticks);

  /// The price at which a waiting order triggers as things stand; 0: no reference yet.
  std::int64_t trigger_of(const OrderPool& orders, std::uint32_t slot) const;

  /// Moves the extremes of the feed to the reference and appends what it triggers, taken out.
  void collect(TriggerFeed feed, std::int64_t reference_ticks, OrderPool& orders,
               std::vector<TriggeredOrder>& out) {
    if (!quiet(feed, reference_ticks)) [[unlikely]]
      collect_from({&feed, 1}, {&reference_ticks, 1}, orders, out);
  }
  /// The same for both quotes at once; 0: that side is empty.
  void collect_quotes(std::int64_t ask_ticks, std::int64_t bid_ticks, OrderPool& orders,
                      std::vector<TriggeredOrder>& out);

  std::size_t count() const { return count_; }
  std::size_t bytes() const;

  /// Visits the slots of all waiting orders, in no order that means anything.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const Entry& entry : entries_)
      if (entry.place != Place::Free) visit(entry.slot);
  }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(price_ticks_max_);
    archive(entries_);
    archive(free_entry_);
    archive(groups_);
    archive(free_group_);
    forest_.serialize(archive);
    archive(queues_);
    archive(quiet_);
    archive(count_);
  }

 private:
  enum class Place : std::uint8_t { Free, Fixed, Waiting, Trailing };

  struct Entry {
    std::int64_t sequence = 0;
    std::int64_t trigger = 0;  ///< mirrored; never: none
    std::int64_t distance = 0;
    std::uint32_t slot = no_index;  ///< of a free entry: the next free one
    std::uint32_t node = no_index;
    std::uint32_t second = no_index;  ///< fixed: node in the dormant heap; trailing: the group
    TriggerFeed feed = TriggerFeed::Last;
    TriggerDirection direction = TriggerDirection::Up;
    TriggerKind kind = TriggerKind::Stop;
    Place place = Place::Free;
  };
  static_assert(sizeof(Entry) == 40 && std::has_unique_object_representations_v<Entry>);

  /// Trailing orders with one extreme; a melded group points to the one that took its members.
  struct Group {
    std::int64_t extreme = 0;                                  ///< mirrored
    std::array<std::uint32_t, 2> members{no_index, no_index};  ///< heaps: by ticks, by ppm
    std::uint32_t extreme_node = no_index;
    std::uint32_t trigger_node = no_index;
    std::uint32_t melded_into = no_index;  ///< of a free group: the next free one
    std::uint32_t references = 0;          ///< entries and melded groups that name this one
    std::uint32_t rank = 0;
    std::uint32_t unused = 0;
  };
  static_assert(sizeof(Group) == 40 && std::has_unique_object_representations_v<Group>);

  /// Roots of the heaps of one feed and direction, all in mirrored prices.
  struct Queue {
    std::uint32_t fixed = no_index;     ///< entries by trigger
    std::uint32_t dormant = no_index;   ///< of those, trailing ones by minus where the trail starts
    std::uint32_t waiting = no_index;   ///< trailing entries without a reference yet, by age
    std::uint32_t extremes = no_index;  ///< groups by minus their extreme
    std::uint32_t triggers = no_index;  ///< groups by the trigger reached first
  };

  /// References from low to high change nothing.
  struct Interval {
    std::int64_t low = std::numeric_limits<std::int64_t>::min();
    std::int64_t high = std::numeric_limits<std::int64_t>::max();
  };

  struct Hit {
    std::int64_t trigger;
    std::int64_t sequence;
    std::uint32_t slot;
  };

  static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

  static std::int64_t mirrored(TriggerDirection direction, std::int64_t ticks) {
    return direction == TriggerDirection::Up ? ticks : -ticks;
  }
  Queue& queue(TriggerFeed feed, TriggerDirection direction) {
    return queues_[2 * static_cast<std::size_t>(feed) +
                   (direction == TriggerDirection::Up ? 0 : 1)];
  }
  bool quiet(TriggerFeed feed, std::int64_t reference) const {
    const Interval& interval = quiet_[static_cast<std::size_t>(feed)];
    return reference >= interval.low && reference <= interval.high;
  }
  void refresh_quiet(TriggerFeed feed);

  std::uint32_t new_entry();
  void free_entry(std::uint32_t entry);
  void place_fixed(Queue& queue, std::uint32_t entry);
  std::int64_t trail_start(const Entry& entry) const;
  void take_from_queue(Queue& queue, std::uint32_t entry);

  std::uint32_t new_group(std::int64_t extreme);
  std::uint32_t find_group(std::uint32_t group) const;
  void release_group(std::uint32_t group);
  std::uint32_t group_at(Queue& queue, std::int64_t extreme);
  void join_group(std::uint32_t group, std::uint32_t entry);
  std::uint32_t meld_groups(std::uint32_t group, std::uint32_t other);
  std::int64_t first_trigger(const Group& group) const;
  void index_group(Queue& queue, std::uint32_t group);
  void unindex_group(Queue& queue, std::uint32_t group);

  void collect_from(std::span<const TriggerFeed> feeds, std::span<const std::int64_t> references,
                    OrderPool& orders, std::vector<TriggeredOrder>& out);
  void move_extremes(Queue& queue, std::int64_t reference);
  void gather(Queue& queue, std::int64_t reference, std::vector<Hit>& hits);
  void take_hit(Queue& queue, std::uint32_t entry, std::int64_t trigger, std::vector<Hit>& hits);

  std::int64_t price_ticks_max_;
  std::vector<Entry> entries_;
  std::uint32_t free_entry_ = no_index;
  std::vector<Group> groups_;
  std::uint32_t free_group_ = no_index;
  HeapForest forest_;
  std::array<Queue, 2 * trigger_feed_count> queues_{};
  std::array<Interval, trigger_feed_count> quiet_{};
  std::uint64_t count_ = 0;
};

}  // namespace v1
}  // namespace delever
