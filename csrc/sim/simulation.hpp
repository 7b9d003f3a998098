// One day of a leveraged market, run on the venue: the loop and its participants.
//
// A step is: the index moves; makers requote around it, takers trade, the population enters and
// leaves, hedgers take over inventory; then all indices enter the venue as one evaluation point,
// whose marks liquidate who is due against the quotes just made; funding where it is due; the
// recorder reads what happened. The index comes from an IndexSource, so a source that answers to
// forced selling can replace the imposed path. The state is the venue's plus the agents'; the
// digest is the venue's, over every event. The same config gives the same digest. Not copyable; one
// thread.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "sim/activity.hpp"
#include "sim/config.hpp"
#include "sim/desk.hpp"
#include "sim/funding_schedule.hpp"
#include "sim/hedgers.hpp"
#include "sim/makers.hpp"
#include "sim/population.hpp"
#include "sim/recorder.hpp"
#include "sim/spot_path.hpp"
#include "sim/takers.hpp"
#include "venue/venue.hpp"

namespace delever {
inline namespace v1 {

class Simulation {
 public:
  /// Builds the market and seeds the population. Throws std::invalid_argument with what is wrong.
  explicit Simulation(SimulationConfig config);
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  /// Runs every step that begins before `until_ns`.
  void run(std::int64_t until_ns);

  std::int64_t time_ns() const { return clock_.time_ns(step_); }
  bool finished() const { return step_ == clock_.step_count(); }
  const SimulationConfig& config() const { return config_; }
  const Venue& venue() const { return venue_; }
  const Population& population() const { return *population_; }
  const ResultSeries& series() const { return recorder_->series(); }
  std::int64_t rejected() const { return desk_.rejected(); }

 private:
  void seed_rest();
  void run_step();
  void update_indices(std::int64_t time_ns);
  void settle_funding(std::int64_t time_ns);

  SimulationConfig config_;
  StepClock clock_;
  std::unique_ptr<IndexSource> source_;
  std::unique_ptr<Activity> activity_;
  Venue venue_;
  Desk desk_;
  FundingSchedule funding_;
  std::vector<Makers> makers_;
  std::vector<Takers> takers_;
  std::vector<Hedgers> hedgers_;
  std::unique_ptr<Population> population_;
  std::unique_ptr<Recorder> recorder_;
  std::vector<double> index_usd_;
  std::uint32_t step_ = 0;
};

}  // namespace v1
}  // namespace delever
