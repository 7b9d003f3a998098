#include "sim/spot_path.hpp"

#include <algorithm>
#include <cmath>

namespace delever {
inline namespace v1 {

namespace {
/// A run of steps inside one bar, or between two.
struct Stretch {
  std::uint32_t first = 0;
  std::uint32_t count = 0;
  double open = 0, high = 0, low = 0, close = 0;
  bool has_extremes = false;
};

/// A step of a stretch at which its price is exact.
struct Pin {
  std::uint32_t at = 0;
  double price = 0;
};

constexpr double own_noise_share = 0.5;

class PathBuilder {
 public:
  PathBuilder(const StepClock& clock, const InstrumentConfig& instrument, std::uint32_t id,
              const Draws& noise, std::span<const double> leader,
              std::vector<RecordedPoint>* points)
      : clock_(clock),
        instrument_(instrument),
        id_(id),
        noise_(noise),
        leader_(leader),
        points_(points) {
    prices_.reserve(clock.step_count());
  }

  std::vector<double> build() {
    const std::vector<PriceBar>& bars = instrument_.path;
    std::uint32_t step = 0;
    double last = bars.front().open;
    for (const PriceBar& bar : bars) {
      step = add({step, steps_until(bar.time_ns, step), last, 0, 0, bar.open, false});
      step = add({step, steps_until(bar.time_ns + bar.bar_ns, step), bar.open, bar.high, bar.low,
                  bar.close, true});
      last = bar.close;
    }
    prices_.resize(clock_.step_count(), last);
    return std::move(prices_);
  }

 private:
  std::uint32_t steps_until(std::int64_t time_ns, std::uint32_t from) const {
    const std::uint32_t end = std::min(clock_.step_at(time_ns), clock_.step_count());
    return end > from ? end - from : 0;
  }

  /// Returns the first step after the stretch.
  std::uint32_t add(const Stretch& stretch) {
    if (stretch.count == 0) return stretch.first;
    draw_raw(stretch);
    const std::vector<Pin> pins = pins_of(stretch);
    bend(pins);
    for (const double log_price : raw_) {
      const double price = exponential(log_price);
      prices_.push_back(stretch.has_extremes ? std::clamp(price, stretch.low, stretch.high)
                                             : price);
    }
    for (const Pin& pin : pins) prices_[stretch.first + pin.at] = pin.price;
    if (points_ != nullptr) keep(stretch, pins);
    return stretch.first + stretch.count;
  }

  void keep(const Stretch& stretch, const std::vector<Pin>& pins) const {
    const double own = noise_of(stretch) * (leader_.empty() ? 1.0 : own_noise_share);
    for (const Pin& pin : pins) {
      RecordedPoint point{.step = stretch.first + pin.at, .price = pin.price};
      point.noise_per_sqrt_minute = own;
      point.is_close = stretch.has_extremes && pin.at + 1 == stretch.count;
      if (stretch.has_extremes) {
        point.low = stretch.low;
        point.high = stretch.high;
      }
      points_->push_back(point);
    }
  }

  double noise_of(const Stretch& stretch) const {
    const std::uint32_t last = stretch.first + stretch.count - 1;
    const double minutes = static_cast<double>(clock_.time_ns(last) + clock_.duration_ns(last) -
                                               clock_.time_ns(stretch.first)) /
                           static_cast<double>(minute_ns);
    if (!stretch.has_extremes) return instrument_.noise_per_sqrt_minute;
    // a Brownian path's expected range is 1.6 standard deviations of its end
    const double implied =
        natural_log(stretch.high / stretch.low) / (1.6 * std::sqrt(std::max(minutes, 1e-3)));
    return std::min(instrument_.noise_per_sqrt_minute, implied);
  }

  /// raw_: log prices of a free path from the open.
  void draw_raw(const Stretch& stretch) {
    raw_.resize(stretch.count);
    // a follower's own noise is what its leader does not explain
    const double sigma = noise_of(stretch) * (leader_.empty() ? 1.0 : own_noise_share);
    double level = natural_log(stretch.open);
    raw_[0] = level;
    for (std::uint32_t i = 1; i < stretch.count; ++i) {
      const std::uint32_t step = stretch.first + i;
      level +=
          sigma * std::sqrt(clock_.duration_seconds(step - 1) / 60.0) * noise_.normal(id_, step);
      if (!leader_.empty()) {
        level += instrument_.beta * natural_log(leader_[step] / leader_[step - 1]);
      }
      raw_[i] = level;
    }
  }

  /// The highest or lowest inner step of the raw path about its own line from open to close.
  std::uint32_t extreme_of(const Stretch& stretch, double sign) const {
    const std::uint32_t last = stretch.count - 1;
    const double drift = natural_log(stretch.close / stretch.open) - (raw_[last] - raw_[0]);
    std::uint32_t best = 1;
    double best_value = -1e300;
    for (std::uint32_t i = 1; i < last; ++i) {
      const double value = sign * (raw_[i] + drift * i / last);
      if (value > best_value) {
        best_value = value;
        best = i;
      }
    }
    return best;
  }

  std::vector<Pin> pins_of(const Stretch& stretch) const {
    const std::uint32_t last = stretch.count - 1;
    std::vector<Pin> pins{{0, stretch.open}};
    if (stretch.has_extremes && last >= 3) {
      const Pin high{extreme_of(stretch, 1.0), stretch.high};
      Pin low{extreme_of(stretch, -1.0), stretch.low};
      if (low.at == high.at) low.at += low.at > 1 ? -1 : 1;
      const bool has_high = stretch.high > std::max(stretch.open, stretch.close);
      const bool has_low = stretch.low < std::min(stretch.open, stretch.close);
      if (has_high) pins.push_back(high);
      if (has_low) pins.insert(low.at < high.at ? pins.begin() + 1 : pins.end(), low);
    }
    if (last > 0) pins.push_back({last, stretch.close});
    return pins;
  }

  /// Adds to raw_ the piecewise linear correction that takes it through the pins.
  void bend(const std::vector<Pin>& pins) {
    double correction = natural_log(pins.front().price) - raw_.front();
    for (std::size_t k = 0; k + 1 < pins.size(); ++k) {
      const std::uint32_t from = pins[k].at;
      const std::uint32_t steps = pins[k + 1].at - from;
      const double next = natural_log(pins[k + 1].price) - raw_[pins[k + 1].at];
      for (std::uint32_t i = 0; i < steps; ++i) {
        raw_[from + i] += correction + (next - correction) * i / steps;
      }
      correction = next;
    }
    raw_[pins.back().at] += correction;
  }

  const StepClock& clock_;
  const InstrumentConfig& instrument_;
  const std::uint32_t id_;
  const Draws& noise_;
  const std::span<const double> leader_;
  std::vector<RecordedPoint>* const points_;
  std::vector<double> raw_;
  std::vector<double> prices_;
};
}  // namespace

std::vector<double> draw_spot_path(const StepClock& clock, const InstrumentConfig& instrument,
                                   std::uint32_t instrument_id, const Draws& noise,
                                   std::span<const double> leader,
                                   std::vector<RecordedPoint>* points) {
  return PathBuilder(clock, instrument, instrument_id, noise, leader, points).build();
}

SpotPath::SpotPath(const StepClock& clock, const SimulationConfig& config) {
  const Draws noise(config.seed, Purpose::PathNoise);
  for (std::uint32_t id = 0; id < config.instruments.size(); ++id) {
    const std::span<const double> leader =
        id == 0 ? std::span<const double>{} : std::span<const double>(prices_[0]);
    prices_.push_back(draw_spot_path(clock, config.instruments[id], id, noise, leader));
  }
}

}  // namespace v1
}  // namespace delever
