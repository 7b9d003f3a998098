// What a counterfactual changes: one value per mechanism, all at rest by default.
//
// A switch changes what a mechanism does, never what anybody draws, so turning off one that does
// not fire leaves a run's digest as it is. Plain data; the command line's words are the binding's.
#pragma once

#include "venue/rulebook.hpp"

namespace delever {
inline namespace v1 {

struct Switches {
  ForcedClosing liquidations = ForcedClosing::Book;
  bool withdrawal = true;      ///< depth shrinks with volatility
  bool stops = true;           ///< resting stop-loss orders
  bool momentum = true;        ///< trend followers
  bool option_hedgers = true;  ///< who keeps the delta of options flat
  bool links = true;           ///< one price for all, and arbitrage; false: every market by itself
  double leverage_cap = 1e9;   ///< of the traders; what they want to hold stays
  double depth = 1.0;          ///< factor of every depth
  double fund = 1.0;           ///< factor of every insurance fund
  double halt_fall = 0.0;      ///< a fall by this part within 15 minutes halts trading; 0: never
  double halt_minutes = 0.0;   ///< ... for so long
};

}  // namespace v1
}  // namespace delever
