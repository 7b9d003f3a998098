// EventLog against vectors of whole events, and the columns' promise to stay where they are.
#include <set>
#include <stdexcept>
#include <string>

#include "check.hpp"
#include "venue/event_log.hpp"

namespace delever {
namespace {

using testing::Random;

// Nearly always one whose words are small and no less than 0, as those of real events: a word of
// any width now and then takes another way.
Event random_event(Random& random, std::int64_t sequence) {
  Event event;
  const std::int64_t shift = random.between(0, 15) == 0 ? random.between(0, 63) : 57;
  for (std::int64_t& word : event.words)
    word = static_cast<std::int64_t>(random.next() >> static_cast<unsigned>(shift));
  event[Word::Sequence] = sequence;
  event[Word::Kind] = random.between(1, event_kind_max);
  return event;
}

EventFamily family(std::size_t index) { return static_cast<EventFamily>(index); }

using Model = std::array<std::vector<Event>, event_family_count>;

void check_same(const EventLog& log, const Model& model) {
  for (std::size_t f = 0; f < event_family_count; ++f) {
    const auto schema = schema_of(family(f));
    CHECK_EQUAL(log.rows(family(f)), model[f].size());
    for (std::size_t column = 0; column < schema.size(); ++column) {
      const std::int64_t* values = log.column(family(f), column);
      for (std::size_t row = 0; row < model[f].size(); ++row) {
        CHECK_EQUAL(values[row], model[f][row][schema[column].word]);
      }
    }
  }
}

DELEVER_TEST(log_keeps_the_words_of_each_family) {
  Random random(21);
  EventLog log;
  Model model;
  for (std::int64_t i = 0; i < 150'000; ++i) {
    const Event event = random_event(random, i);
    log.append(event);
    model[static_cast<std::size_t>(family_of(static_cast<EventKind>(event[Word::Kind])))].push_back(
        event);
    if (i == 1'000) check_same(log, model);
  }
  check_same(log, model);
}

DELEVER_TEST(log_of_orders_is_read_in_steps) {
  Random random(23);
  EventLog log;
  Event event;
  event[Word::Kind] = static_cast<std::int64_t>(EventKind::OrderAccepted);
  log.append(event);
  const std::int64_t* prices = log.column(EventFamily::Orders, 9);
  CHECK(schema_of(EventFamily::Orders)[9].word == Word::PriceTicks);
  for (int pass = 0; pass < 3; ++pass) {
    for (std::int64_t row = log.rows(EventFamily::Orders); row < 40'000; ++row) {
      event[Word::PriceTicks] = row * (pass + 1);
      // Now and then an account of more than 32 bits, which no row holds.
      event[Word::Account] = random.between(0, 999) == 0 ? std::int64_t{1} << 40 : row;
      log.append(event);
      if (random.between(0, 99) != 0) continue;
      CHECK(log.column(EventFamily::Orders, 9) == prices);
      CHECK(log.column(EventFamily::Orders, 5)[row] == event[Word::Account]);
    }
    CHECK(log.column(EventFamily::Orders, 9) == prices);
    bool intact = true;
    for (std::int64_t row = 1; row < 40'000; ++row) intact &= prices[row] == row * (pass + 1);
    CHECK(intact);
    log.clear();
  }
}

DELEVER_TEST(log_retains_what_the_mask_says) {
  Random random(22);
  EventLog log(family_bit(EventFamily::Fills) | family_bit(EventFamily::Risk));
  Model model;
  for (std::int64_t i = 0; i < 20'000; ++i) {
    if (i == 10'000) log.set_retention(retain_none);
    const Event event = random_event(random, i);
    log.append(event);
    const EventFamily kept = family_of(static_cast<EventKind>(event[Word::Kind]));
    if (i < 10'000 && (kept == EventFamily::Fills || kept == EventFamily::Risk)) {
      model[static_cast<std::size_t>(kept)].push_back(event);
    }
  }
  check_same(log, model);
  CHECK(log.column(EventFamily::Orders, 0) == nullptr);
  CHECK_EQUAL(log.retention(), retain_none);
}

DELEVER_TEST(log_columns_never_move) {
  EventLog log;
  Event event;
  event[Word::Kind] = static_cast<std::int64_t>(EventKind::MarkUpdated);
  log.append(event);
  const std::int64_t* first = log.column(EventFamily::Marks, 0);
  const std::int64_t* last = log.column(EventFamily::Marks, 7);
  for (std::int64_t i = 1; i < 3'000'000; ++i) {
    event[Word::Sequence] = i;
    event[Word::OtherAmount] = -i;
    log.append(event);
  }
  CHECK(log.column(EventFamily::Marks, 0) == first && log.column(EventFamily::Marks, 7) == last);
  bool intact = true;
  for (std::int64_t i = 0; i < 3'000'000; ++i) intact &= first[i] == i && last[i] == -i;
  CHECK(intact);
  const std::size_t committed = log.committed_bytes();
  log.clear();
  CHECK_EQUAL(log.rows(EventFamily::Marks), 0u);
  log.append(event);
  CHECK(log.column(EventFamily::Marks, 0) == first);
  CHECK_EQUAL(log.committed_bytes(), committed);
}

DELEVER_TEST(log_refuses_rows_over_its_capacity) {
  EventLog log(retain_all, 20'000);
  Event event;
  event[Word::Kind] = static_cast<std::int64_t>(EventKind::OrderFilled);
  for (int i = 0; i < 20'000; ++i) log.append(event);
  CHECK_THROWS(log.append(event), std::length_error);
  CHECK_EQUAL(log.rows(EventFamily::Fills), 20'000u);
  try {
    log.append(event);
  } catch (const std::length_error& error) {
    const std::string text = error.what();
    CHECK(text.find("fills") != std::string::npos && text.find("20000") != std::string::npos);
  }
  log.clear();
  log.append(event);
  CHECK_EQUAL(log.rows(EventFamily::Fills), 1u);
}

DELEVER_TEST(log_schemas_start_alike_and_name_columns_once) {
  const char* common[] = {"sequence", "time_ns", "command", "cause", "kind"};
  for (std::size_t f = 0; f < event_family_count; ++f) {
    const auto schema = schema_of(family(f));
    CHECK(schema.size() >= 8 && schema.size() <= event_columns_max);
    std::set<std::string> names;
    std::set<Word> words;
    for (std::size_t i = 0; i < schema.size(); ++i) {
      if (i < 5) CHECK(std::string(schema[i].name) == common[i]);
      CHECK(names.insert(schema[i].name).second);
      CHECK(words.insert(schema[i].word).second);
      CHECK(std::string(schema[i].doc).size() > 5);
    }
  }
  CHECK(std::string(name_of(EventFamily::Funding)) == "funding");
}

DELEVER_TEST(reserved_column_grows_in_place) {
  ReservedColumn column;
  column.reserve(100'000, 320);
  const std::int64_t* data = column.data();
  for (std::int64_t i = 0; i < 100'000; ++i) column.push(i * i);
  CHECK(column.data() == data);
  CHECK_EQUAL(column.size(), 100'000u);
  CHECK_EQUAL(data[99'999], std::int64_t{99'999} * 99'999);
  CHECK_THROWS(column.push(1), std::length_error);
  column.clear();
  CHECK_EQUAL(column.size(), 0u);
  CHECK_EQUAL(column.committed(), 100'000u);
}

}  // namespace
}  // namespace delever
