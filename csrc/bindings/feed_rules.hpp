// The rules of a venue's public liquidation feed as Python writes them: rows of (from_ns,
// window_ns, keeps), keeps one of the words "all", "last" and "largest".
//
// Times and windows are checked where the rules are used (sim/observation.hpp); a word nobody knows
// is a ConfigError here.
#pragma once

#include <string>
#include <tuple>
#include <vector>

#include "bindings/bindings.hpp"
#include "sim/observation.hpp"

namespace delever {
inline namespace v1 {

using FeedRuleRow = std::tuple<std::int64_t, std::int64_t, std::string>;

inline FeedKeeps feed_keeps_from(const std::string& word) {
  if (word == "all") return FeedKeeps::All;
  if (word == "last") return FeedKeeps::Last;
  if (word == "largest") return FeedKeeps::Largest;
  throw Misuse(Misunderstanding::Config,
               "keeps is '" + word + "'; give 'all', 'last' or 'largest'");
}

inline std::vector<FeedRule> feed_rules_from(const std::vector<FeedRuleRow>& rows) {
  std::vector<FeedRule> rules;
  for (const auto& [from_ns, window_ns, keeps] : rows)
    rules.push_back({from_ns, window_ns, feed_keeps_from(keeps)});
  return rules;
}

}  // namespace v1
}  // namespace delever
