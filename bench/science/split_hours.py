"""How the 15-minute bars of a scenario were made from hourly bars and published extremes.

    python bench/science/split_hours.py btc-2026-02 BTCUSDT 2026-02-05T00:00Z 2026-02-06T18:00Z

prints the table that stands in the scenario. A quarter passes through the hour's open and close
and through every published figure of its own; an extreme of the hour that no published point
explains is put where the path through the others already comes closest to it. A quarter whose
high or low was not published gets half the noise of 15 minutes as room, at most three quarters of
the way to the hour's own extremes, because the simulated path touches and never leaves each bar's
high and low.
"""

from __future__ import annotations

import math
import sys
import tomllib
from pathlib import Path

from delever.scenario import time_ns

SCENARIOS = Path(__file__).parents[2] / "python" / "delever" / "scenarios"
QUARTER_NS = 900 * 10**9
HOUR_NS = 4 * QUARTER_NS
COLUMNS = ("open", "high", "low", "close")
ROOM = 0.5 * 0.0021 * math.sqrt(15)  # of the measured noise, 0.21 % per square root of a minute
Quarter = tuple[float, float, float, float]


def split_hour(hour: Quarter, published: dict[int, dict[str, float]]) -> list[Quarter]:
    """Four 15-minute bars (open, high, low, close) of an hourly one; `published` by quarter."""
    o, high, low, c = hour
    anchors = {0.0: o, 4.0: c}
    for quarter, figures in published.items():
        falls = figures.get("close", c) < figures.get("open", o)
        both = "high" in figures and "low" in figures
        shift = (0.2 if falls else -0.2) if both else 0.0
        offsets = {"open": 0.0, "high": 0.5 - shift, "low": 0.5 + shift, "close": 1.0}
        for which, price in figures.items():
            anchors[quarter + offsets[which]] = min(max(price, low), high)
    for which, extreme in (("high", high), ("low", low)):
        _place(anchors, published, which, extreme)
    edges = [_edge(anchors, published, q) for q in range(5)]
    return [
        _quarter((edges[q], edges[q + 1]), anchors, q, published.get(q, {}), low, high)
        for q in range(4)
    ]


def _level(anchors: dict[float, float], at: float) -> float:
    before = max(t for t in anchors if t <= at)
    after = min(t for t in anchors if t >= at)
    if before == after:
        return anchors[at]
    share = (at - before) / (after - before)
    return math.exp((1 - share) * math.log(anchors[before]) + share * math.log(anchors[after]))


def _edge(
    anchors: dict[float, float], published: dict[int, dict[str, float]], quarter: int
) -> float:
    """Price between two quarters, within what is published of either."""
    level = _level(anchors, quarter)
    for figures in (published.get(quarter - 1, {}), published.get(quarter, {})):
        level = max(min(level, figures.get("high", level)), figures.get("low", 0.0))
    return level


def _place(
    anchors: dict[float, float], published: dict[int, dict[str, float]], which: str, extreme: float
) -> None:
    best = max if which == "high" else min
    free = [q for q in range(4) if which not in published.get(q, {})]
    if best(anchors.values()) == extreme or not free:
        return
    offset = best(free, key=lambda q: _level(anchors, q + 0.5)) + 0.5
    anchors[offset if offset not in anchors else offset + 0.2] = extreme


def _quarter(
    edges: tuple[float, float],
    anchors: dict[float, float],
    quarter: int,
    published: dict[str, float],
    low: float,
    high: float,
) -> Quarter:
    start, end = edges
    inside = [start, end, *(p for t, p in anchors.items() if quarter < t < quarter + 1)]
    top, bottom = max(inside), min(inside)
    if "high" not in published:
        top += min(top * ROOM, 0.75 * (high - top))
    if "low" not in published:
        bottom -= min(bottom * ROOM, 0.75 * (bottom - low))
    return start, top, bottom, end


def quarters(table: dict, instrument: str, start_ns: int, end_ns: int) -> list[Quarter]:
    """All 15-minute bars of an instrument between two whole hours, rounded to cents."""
    published: dict[int, dict[int, dict[str, float]]] = {}
    for group in table["points"]:
        for when, which, price in group["rows"] if group["instrument"] == instrument else ():
            at = time_ns(when)
            quarter = at % HOUR_NS // QUARTER_NS
            published.setdefault(at - at % HOUR_NS, {}).setdefault(quarter, {})[which] = price
    hours = next(
        bars for bars in table["bars"] if bars["instrument"] == instrument and bars["bar"] == "1h"
    )
    rows: list[Quarter] = []
    for start in range(start_ns, end_ns, HOUR_NS):
        index = (start - time_ns(hours["start"])) // HOUR_NS
        hour = tuple(hours[name][index] for name in COLUMNS)
        rows += split_hour(hour, published.get(start, {}))
    return [tuple(round(price, 2) for price in row) for row in rows]


def main(name: str, instrument: str, start: str, end: str) -> None:
    table = tomllib.loads((SCENARIOS / f"{name}.toml").read_text("utf-8"))
    rows = quarters(table, instrument, time_ns(start), time_ns(end))
    print(f'[[bars]]\ninstrument = "{instrument}"\nstart = "{start}"\nbar = "15m"')
    for i, column in enumerate(COLUMNS):
        print(f"{column} = {[row[i] for row in rows]}")


if __name__ == "__main__":
    main(*sys.argv[1:])
