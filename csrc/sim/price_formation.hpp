// Where the price of a coin comes from: fair value plus the impact of everybody's net flow.
//
//   log price p = v + I,  I = I_permanent + I_transient
//   net aggressive dollars F (buys less sells) move it by dI = F / (100 D factor): D is the calm
//   depth, USD per 1 % of all venues and the spot market together, and the factor the part of it
//   that the last minute's return has left (sim/depth_state.hpp); the share pi of dI stays, the
//   rest decays with the half-life tau.
//
// v moves only by innovations from outside. All state is four doubles and the depth's; the same
// class serves the market of books and the one of a single price. A step costs one power.
#pragma once

#include <cstdint>
#include <limits>

#include "sim/depth_state.hpp"

namespace delever {
inline namespace v1 {

struct ImpactTerms {
  double depth_usd_per_percent = 0;  ///< D, calm, all venues and spot together
  double half_life_s = 4 * 3600.0;   ///< tau of the transient part; infinity: it stays
  double permanent_share = 0;        ///< pi, 0 to 1
};

class PriceFormation {
 public:
  PriceFormation(const ImpactTerms& impact, const DepthTerms& depth, double log_price)
      : impact_(impact), depth_(depth), value_(log_price) {}

  /// Lets `seconds` pass: the transient impact decays.
  void pass(double seconds) { transient_ *= kept(seconds); }
  /// Shows the present price to the depth, `seconds` after the last time.
  void observe(std::int64_t time_ns, double seconds);
  /// Net aggressive flow, in USD: buys less sells.
  void add_flow(double usd);
  void innovate(double log_change) { value_ += log_change; }

  double log_price() const { return value_ + permanent_ + transient_; }
  double price() const;
  double value() const { return value_; }
  double impact() const { return permanent_ + transient_; }
  /// What the transient impact will have given back after so many seconds without flow.
  double known_decay(double seconds) const { return transient_ * (kept(seconds) - 1.0); }
  double depth_factor() const { return depth_.factor(); }
  double depth_usd_per_percent() const { return impact_.depth_usd_per_percent * depth_.factor(); }

 private:
  double kept(double seconds) const;

  ImpactTerms impact_;
  DepthState depth_;
  double value_;
  double permanent_ = 0;
  double transient_ = 0;
};

}  // namespace v1
}  // namespace delever
