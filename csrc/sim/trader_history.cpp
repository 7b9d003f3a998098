#include "sim/trader_history.hpp"

#include <algorithm>
#include <limits>

#include "sim/spot_path.hpp"

namespace delever {
inline namespace v1 {

namespace {
constexpr std::int64_t history_step_ns = 30 * second_ns;
constexpr std::uint32_t block = 64;

std::vector<PriceBar> bars_since(const InstrumentConfig& instrument, std::int64_t from_ns) {
  std::vector<PriceBar> bars;
  for (const PriceBar& bar : instrument.history) {
    if (bar.time_ns >= from_ns) bars.push_back(bar);
  }
  if (bars.empty()) bars.push_back(instrument.path.front());
  return bars;
}
}  // namespace

TraderHistory::TraderHistory(const SimulationConfig& config, const Priors& priors)
    : priors_(priors),
      clock_(config.population.seeded_ns, {{config.start_ns, history_step_ns}}),
      slope_per_hour_(config.population.exit_drawdown_slope),
      look_(config.seed, Purpose::HistoryLook),
      give_up_(config.seed, Purpose::HistoryGivesUp) {
  const Draws noise(config.seed, Purpose::PathNoise);
  tracks_.resize(config.instruments.size());
  for (std::uint32_t id = 0; id < tracks_.size(); ++id) {
    InstrumentConfig past = config.instruments[id];
    past.path = bars_since(past, config.population.seeded_ns);
    Track& track = tracks_[id];
    const std::span<const double> leader =
        id == 0 ? std::span<const double>{} : std::span<const double>(tracks_[0].path);
    track.path = draw_spot_path(clock_, past, id, noise, leader);
    for (std::size_t at = 0; at < track.path.size(); at += block) {
      const auto end =
          track.path.begin() + static_cast<std::ptrdiff_t>(std::min(at + block, track.path.size()));
      const auto [low, high] =
          std::minmax_element(track.path.begin() + static_cast<std::ptrdiff_t>(at), end);
      track.low.push_back(*low);
      track.high.push_back(*high);
    }
  }
  activity_.emplace_back(clock_, tracks_[0].path, config.market.calm_per_sqrt_minute,
                         config.population.volume_exponent, config.population.day_profile);
}

/// The first step in [from, until) beyond a threshold; `until` if there is none.
std::uint32_t TraderHistory::first_passage(const Track& track, bool is_long, double threshold,
                                           std::uint32_t from, std::uint32_t until) const {
  const auto is_beyond = [&](double low, double high) {
    return is_long ? low < threshold : high > threshold;
  };
  std::uint32_t step = from;
  while (step < until) {
    if (step % block == 0 && !is_beyond(track.low[step / block], track.high[step / block])) {
      step += block;
      continue;
    }
    if (is_beyond(track.path[step], track.path[step])) return step;
    ++step;
  }
  return until;
}

/// To the next look at this trader; false where nobody looks.
bool TraderHistory::look_on(std::uint32_t trader, Looks& looks) const {
  if (slope_per_hour_ <= 0) return false;
  looks.hours += exponential_quantile(look_.unit(trader, looks.rank++), 1.0 / slope_per_hour_);
  return true;
}

/// The first step in (from, until) at which a loser leaves; `until` if it does not.
std::uint32_t TraderHistory::gives_up(std::uint32_t trader, const Track& track,
                                      const Standing& held, std::uint32_t leverage,
                                      std::uint32_t from, std::uint32_t until, Looks& looks) const {
  constexpr double steps_per_hour = static_cast<double>(hour_ns / history_step_ns);
  do {
    const double at = std::min(looks.hours * steps_per_hour, 4e9);
    const auto step = static_cast<std::uint32_t>(at);
    if (step >= until) return until;
    if (step <= from) continue;
    const double change = track.path[step] / held.price - 1.0;
    const double loss = (held.is_long ? -change : change) * leverage;
    if (loss > 0 && give_up_.unit(trader, looks.rank) < loss) return step;
  } while (look_on(trader, looks));
  return until;
}

Standing TraderHistory::standing(std::uint32_t trader, std::uint32_t instrument,
                                 std::uint32_t leverage, double size_usd) const {
  const Track& track = tracks_[instrument];
  const std::uint32_t end = clock_.step_count();
  const double room = priors_.room(instrument, leverage, size_usd);
  Standing now;
  Looks looks;
  if (!look_on(trader, looks)) looks.hours = std::numeric_limits<double>::infinity();
  std::uint32_t step = 0;
  const auto hold = [&](double price, bool is_long, std::uint32_t episode) {
    now.is_held = true;
    now.is_long = is_long;
    now.price = price;
    now.exit_ns = clock_.time_ns(step) +
                  static_cast<std::int64_t>(std::min(priors_.stay_hours(trader, episode), 1e5) *
                                            static_cast<double>(hour_ns));
  };
  now.wait_hours = priors_.gap_hours(trader, 0);
  if (priors_.occupied(trader)) {
    const SeededEntry entry = priors_.seeded(trader, instrument, leverage, size_usd);
    if (entry.survives) hold(entry.price, entry.is_long, stock_episode);
  }
  for (;;) {
    if (!now.is_held) {
      const std::uint32_t entry = activity_[0].step_after(step, now.wait_hours);
      if (entry == no_step) {
        now.wait_hours = std::max(now.wait_hours - activity_[0].hours_after(step), 0.0);
        return now;
      }
      step = entry;
      const bool is_long = priors_.is_long(trader, now.episode, 0.0);
      hold(track.path[step], is_long, ++now.episode);
    }
    const std::uint32_t exit = std::max(std::min(clock_.step_at(now.exit_ns), end), step + 1);
    const double threshold = now.price * (now.is_long ? 1.0 - room : 1.0 + room);
    const std::uint32_t passed = first_passage(track, now.is_long, threshold, step + 1, exit);
    const std::uint32_t left = gives_up(trader, track, now, leverage, step, passed, looks);
    if (left >= end) return now;
    now.is_held = false;
    step = left;
    const bool is_liquidated = left == passed && passed < exit;
    now.wait_hours = is_liquidated ? priors_.reentry_hours(trader, now.episode)
                                   : priors_.gap_hours(trader, now.episode);
    if (now.wait_hours < 0) {
      now.is_gone = true;
      return now;
    }
  }
}

}  // namespace v1
}  // namespace delever
