"""A made replay: the published path, and liquidations that are easy to add up."""

import numpy as np
import pytest

from delever.replay import Replay
from delever.scenario import Scenario

MINUTE_NS = 60 * 10**9


def made_result(scenario):
    """The engine's arrays as if longs lost $1M and shorts $0.25M a minute in every coin."""
    times = np.arange(scenario.start, scenario.end, MINUTE_NS) + MINUTE_NS
    paths = [scenario.paths[name] for name in scenario.instruments]
    bars = [p[np.searchsorted(p["time_ns"], times - MINUTE_NS, side="right") - 1] for p in paths]
    flat = np.ones((len(times), len(paths)))
    share = [(times - b["time_ns"]) / b["bar_ns"] for b in bars]
    spot = np.array(
        [b["open"] + s * (b["close"] - b["open"]) for b, s in zip(bars, share, strict=True)]
    ).T
    low, high = (np.array([b[which] for b in bars]).T for which in ("low", "high"))
    edges = np.linspace(42_000, 90_000, 481)
    return {
        "time_ns": times,
        "spot": spot,
        "spot_low": low,
        "spot_high": high,
        "perp": spot * 0.999,
        "perp_low": low * 0.998,
        "perp_high": high,
        "liquidated_long_usd": 1e6 * flat,
        "liquidated_short_usd": 0.25e6 * flat,
        "liquidated_count": flat.astype(np.int64),
        "open_interest_lots": (1000 * flat).astype(np.int64),
        "takeover_usd": np.full(len(times), 10.0),
        "deleveraged_usd": np.zeros(len(times)),
        "fund_usd": np.linspace(1e9, 1e9 - 2e6, len(times)),
        "worst_past_bankruptcy": 0.0123,
        "digest": 0xABC,
        "commands": 1_500_000,
        "map_time_ns": times[::10],
        "map_edges": edges,
        "map_usd": np.full((len(times[::10]), 480, 2), 1e5, dtype=np.float32),
    }


@pytest.fixture(scope="session")
def btc():
    return Scenario.load("btc-2026-02")


@pytest.fixture
def made(btc):
    return Replay(btc, 7, 2_000_000, "delever test", "key", 12.5, made_result(btc))
