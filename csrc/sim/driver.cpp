#include "sim/driver.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>

namespace delever {
inline namespace v1 {

std::vector<StepWindow> control_windows(const SimulationConfig& config, std::int64_t control_ns) {
  for (const PriceBar& bar : config.instruments[0].path) {
    control_ns = std::min(control_ns, bar.bar_ns / 10);
  }
  std::vector<StepWindow> windows = config.windows;
  for (StepWindow& window : windows) {
    window.step_ns *= std::max<std::int64_t>(1, control_ns / window.step_ns);
  }
  return windows;
}

Driver::Driver(const SimulationConfig& config, std::int64_t control_ns, double clip,
               double patience)
    : clock_(config.start_ns, control_windows(config, control_ns)),
      noise_(config.seed, Purpose::DriverNoise),
      saved_(config.instruments.size()),
      clip_(clip),
      patience_(patience) {
  record_points(config);
}

Driver::Driver(const SimulationConfig& config, std::int64_t control_ns, Innovations saved)
    : clock_(config.start_ns, control_windows(config, control_ns)),
      saved_(std::move(saved)),
      solves_(false) {
  const bool fits = saved_.size() == config.instruments.size() &&
                    std::ranges::all_of(saved_, [&](const std::vector<double>& of_coin) {
                      return of_coin.size() == clock_.step_count();
                    });
  if (!fits) {
    throw std::invalid_argument(
        "the saved innovations are of another clock; give one for each of " +
        std::to_string(config.instruments.size()) + " coins and " +
        std::to_string(clock_.step_count()) + " intervals");
  }
  record_points(config);
}

void Driver::record_points(const SimulationConfig& config) {
  const Draws path_noise(config.seed, Purpose::PathNoise);
  tracks_.resize(config.instruments.size());
  for (std::uint32_t coin = 0; coin < tracks_.size(); ++coin) {
    Track& track = tracks_[coin];
    const std::span<const double> leader =
        coin == 0 ? std::span<const double>{} : std::span<const double>(tracks_[0].path);
    track.path =
        draw_spot_path(clock_, config.instruments[coin], coin, path_noise, leader, &track.points);
    track.closed_log = natural_log(track.path.front());
    track.noise_per_sqrt_minute = config.instruments[coin].noise_per_sqrt_minute;
    track.beta = coin == 0 ? 0.0 : config.instruments[coin].beta;
    if (solves_) saved_[coin].reserve(clock_.step_count());
  }
}

double Driver::first_log_price(std::uint32_t coin) const {
  return natural_log(tracks_[coin].path.front());
}

double Driver::innovation(std::uint32_t coin, std::uint32_t interval, const PriceFormation& price,
                          double leader_return) {
  compare_close(tracks_[coin], interval, price.log_price());
  const double explained = tracks_[coin].beta * leader_return;
  if (solves_) saved_[coin].push_back(solve(coin, interval, price, explained));
  return explained + saved_[coin][interval];
}

/// The bar that ended with the interval before.
void Driver::compare_close(Track& track, std::uint32_t interval, double log_price) const {
  for (; track.next < track.points.size() && track.points[track.next].step < interval;
       ++track.next) {
    const RecordedPoint& point = track.points[track.next];
    if (!point.is_close) continue;
    track.closed_log = natural_log(point.price);
    const double error = log_price - track.closed_log;
    track.squared_error += error * error;
    ++track.closes;
  }
}

double Driver::solve(std::uint32_t coin, std::uint32_t interval, const PriceFormation& price,
                     double explained) {
  Track& track = tracks_[coin];
  if (track.next == track.points.size()) return -explained;  // nothing more was recorded
  const RecordedPoint& point = track.points[track.next];
  const double seconds =
      static_cast<double>(clock_.time_ns(point.step) - clock_.time_ns(interval)) /
      static_cast<double>(second_ns);
  const double n = point.step - interval + 1;
  const double interval_s = clock_.duration_seconds(interval);
  const double now = price.log_price();
  const double gap = natural_log(point.price) - now - price.known_decay(seconds);
  double change = gap / n;
  // a record that moves this fast was hardly moved by news alone
  const double recorded = natural_log(point.price) - track.closed_log;
  if (patience_ > 0 && gap * recorded > 0 && std::fabs(gap) < 2 * std::fabs(recorded)) {
    const double most = patience_ * track.noise_per_sqrt_minute * std::sqrt(interval_s / 60.0);
    change = std::clamp(change, -most, most);
  }
  if (n > 1) {
    change += point.noise_per_sqrt_minute * std::sqrt(interval_s / 60.0 * (n - 1) / n) *
              noise_.normal(coin, interval);
  }
  if (point.low > 0) {
    change = std::clamp(change, natural_log(point.low) - now, natural_log(point.high) - now);
  }
  const double bound = clip_ * std::sqrt(interval_s / 10.0);
  ++track.intervals;
  track.clipped += std::fabs(change - explained) > bound;
  return std::clamp(change - explained, -bound, bound);
}

double Driver::path_error(std::uint32_t coin) const {
  const Track& track = tracks_[coin];
  return track.closes == 0 ? 0.0
                           : std::sqrt(track.squared_error / static_cast<double>(track.closes));
}

double Driver::clipped_share(std::uint32_t coin) const {
  const Track& track = tracks_[coin];
  return track.intervals == 0
             ? 0.0
             : static_cast<double>(track.clipped) / static_cast<double>(track.intervals);
}

}  // namespace v1
}  // namespace delever
