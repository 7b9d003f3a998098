"""What do cross-margin pools cost: per evaluation point, per liquidation, per order, in bytes?

A million accounts hold four positions each; their prices move together, once a second, at three
times the usual volatility. Beside it the honest alternative: a vectorised scan of all accounts at
every point, which matches no order. The mixed flow asks for the full margin check of a cross
account with positions on four instruments at every order.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from conftest import SMOKE
from flows import SECOND_NS, records
from numpy.typing import NDArray

from delever import CommandKind, _core

INSTRUMENTS = 4
START_TICKS = 700_000
ATOMS_PER_TICK_LOT = 10_000
MAINTENANCE_PPM = 5_000
LONG_HEDGER, SHORT_HEDGER = 1, 2
FIRST_TRADER = 3
RISK_RETENTION = 1 << 5
HOLD = 4
STARTED = 15


def specification(symbol: str) -> dict[str, object]:
    """Return a linear contract with one margin tier."""
    tier = {"floor_atoms": 0, "maintenance_ppm": MAINTENANCE_PPM, "deduction_atoms": 0}
    return {
        "symbol": symbol,
        "atoms_per_tick_lot": ATOMS_PER_TICK_LOT,
        "price_ticks_max": 4_000_000,
        "order_lots_max": 1_000_000,
        "position_lots_max": 100_000_000,
        "maker_fee_ppm": 200,
        "taker_fee_ppm": 500,
        "liquidation_fee_ppm": 12_500,
        "market_bound_ppm": 50_000,
        "leverage_default": 100,
        "tiers": [{**tier, "leverage_max": 100}],
    }


def pooled_venue(accounts: int, mode: int = 1) -> tuple[_core.Venue, dict[str, Any]]:
    """Return a venue of accounts with four positions each, and the same as columns."""
    rules = {
        "basis_samples": 30,
        "sample_interval_ns": SECOND_NS,
        "funding_interval_ns": 8 * 3600 * SECOND_NS,
        "unwind_interval_ns": SECOND_NS,
        "unwind_clip_atoms": 10**13,
        "unwind_bound_ppm": 5_000,
        "deleveraging": False,
        "breach_at_equality": True,
        "self_trade": 4,
        "market_residual": 0,
        "iceberg_refresh": 0,
        "iceberg_amend_up": 0,
        "stop_source": 1,
        "stop_entry": 0,
        "auction_price": 0,
        "price_band_ppm": 0,
        "margin_mode_default": mode,
    }
    listed = [specification(f"S{at}") for at in range(INSTRUMENTS)]
    core = _core.Venue(listed, rules, retention=RISK_RETENTION, trace=False)
    draws = np.random.default_rng(5)
    core.apply(records(CommandKind.OPEN_ACCOUNT, 2, amount_atoms=10**18))
    for at in range(INSTRUMENTS):
        for kind, word in ((CommandKind.SET_MARGIN_MODE, 0), (CommandKind.SET_LEVERAGE, 1)):
            rows = records(kind, 2, account=[1, 2], instrument=at, order_type=0, qty_lots=word)
            core.apply(rows)
    lots = draws.integers(1, 21, (accounts, INSTRUMENTS))
    signs = np.where(draws.random((accounts, INSTRUMENTS)) < 0.6, 1, -1)
    notional = (lots * START_TICKS * ATOMS_PER_TICK_LOT).sum(axis=1)
    wallets = (notional * draws.uniform(0.0105, 0.3, accounts)).astype(np.int64)
    core.apply(records(CommandKind.OPEN_ACCOUNT, accounts, amount_atoms=wallets))
    for at in range(INSTRUMENTS):
        core.apply(point(np.full(INSTRUMENTS, START_TICKS), 1))
        seeds = records(CommandKind.SEED_POSITION, accounts, instrument=at, time_ns=1)
        seeds["account"] = FIRST_TRADER + np.arange(accounts)
        seeds["side"] = np.where(signs[:, at] > 0, 1, 2)
        seeds["other_account"] = np.where(signs[:, at] > 0, SHORT_HEDGER, LONG_HEDGER)
        seeds["price_ticks"], seeds["qty_lots"] = START_TICKS, lots[:, at]
        core.apply(seeds)
    return core, {"qty": lots * signs, "wallets": wallets}


def point(marks: NDArray[np.int64], at_ns: int) -> NDArray[np.void]:
    """Return the marks of all instruments as one evaluation point."""
    rows = records(CommandKind.SET_MARK, INSTRUMENTS, time_ns=at_ns, price_ticks=marks)
    rows["instrument"] = np.arange(INSTRUMENTS)
    rows["flags"][:-1] = HOLD
    return rows


def correlated_path(points: int) -> NDArray[np.int64]:
    """Return marks per second: 150 % volatility a year, correlation 0.8."""
    draws = np.random.default_rng(17)
    sigma = 1.5 / np.sqrt(365 * 86_400)
    common = draws.standard_normal((points, 1))
    own = draws.standard_normal((points, INSTRUMENTS))
    steps = sigma * (np.sqrt(0.8) * common + np.sqrt(0.2) * own)
    return np.rint(START_TICKS * np.exp(np.cumsum(steps, axis=0))).astype(np.int64)


def resident_bytes() -> int:
    """Return the memory of this process that is in use."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def scan(columns: dict[str, Any], marks: NDArray[np.int64]) -> int:
    """Ask every account with numpy; return how many are breached."""
    profit = columns["qty"] @ ((marks - START_TICKS) * ATOMS_PER_TICK_LOT)
    notional = np.abs(columns["qty"]) @ (marks * ATOMS_PER_TICK_LOT)
    return int(np.count_nonzero(columns["wallets"] + profit <= notional * MAINTENANCE_PPM / 1e6))


def test_points(benchmark: Any, sized: Callable[[int], int]) -> None:
    """Move four correlated marks a second at a time under a million cross accounts."""
    accounts, before = sized(1_000_000), resident_bytes()
    core, columns = pooled_venue(accounts)
    path = correlated_path(20 if SMOKE else 3_600)
    core.apply(point(path[0], 2 * SECOND_NS))
    own = sum(column.nbytes for column in columns.values())
    bytes_per_account = (resident_bytes() - before - own) / accounts
    core.clear_events()
    questions, moves, _ = core.pool_work
    spent, asked = [], []
    for step, marks in enumerate(path[1:]):
        rows, before = point(marks, (step + 3) * SECOND_NS), core.pool_work[0]
        begin = time.process_time()
        core.apply(rows)
        spent.append(time.process_time() - begin)
        asked.append(core.pool_work[0] - before)
    started = int((core.events(5)["kind"] == STARTED).sum())
    begin = time.process_time()
    for marks in path[1:6]:
        scan(columns, marks)
    scanned = (time.process_time() - begin) / 5
    assert core.audit() == ""
    info = benchmark.extra_info
    info["bytes_per_account"] = bytes_per_account
    info["us_per_point_mean"] = 1e6 * float(np.mean(spent))
    info["us_per_point_percentiles"] = {
        p: round(1e6 * float(np.percentile(spent, p)), 1) for p in (50, 90, 99, 100)
    }
    info["asked_per_point_percentiles"] = {
        p: float(np.percentile(asked, p)) for p in (50, 90, 99, 100)
    }
    info["liquidations"] = started
    info["evaluations_per_liquidation"] = (core.pool_work[0] - questions) / max(1, started)
    info["guard_moves"], info["hot"] = core.pool_work[1] - moves, core.pool_work[2]
    info["scan_over_points"] = scanned / float(np.mean(spent))
    print(info)
    benchmark.pedantic(lambda: None, rounds=1)
    assert SMOKE or info["scan_over_points"] >= 50
    assert SMOKE or info["evaluations_per_liquidation"] <= 20


def test_mixed_flow(benchmark: Any, sized: Callable[[int], int]) -> None:
    """Place and take on four instruments, each order with the cross account's margin check."""
    accounts, count = sized(100_000), sized(1_000_000)
    core, _ = pooled_venue(accounts)
    core.set_retention(0)
    draws = np.random.default_rng(23)
    batches = []
    for round_number in range(1 if SMOKE else 5):
        rows = records(CommandKind.PLACE_ORDER, count, order_type=2, time_ns=3 + round_number)
        rows["account"] = draws.integers(FIRST_TRADER, FIRST_TRADER + accounts, count)
        rows["instrument"] = draws.integers(0, INSTRUMENTS, count)
        rows["side"] = draws.integers(1, 3, count)
        away = np.rint(draws.exponential(30, count)).astype(np.int64) - 20
        rows["price_ticks"] = START_TICKS + np.where(rows["side"] == 1, -away, away)
        rows["time_in_force"] = np.where(draws.random(count) < 0.7, 2, 1)
        rows["qty_lots"] = draws.integers(1, 4, count)
        batches.append((rows,))
    queue = iter(batches)
    benchmark.pedantic(core.apply, setup=lambda: (next(queue), {}), rounds=len(batches))
    rate = count / benchmark.stats["median"]
    benchmark.extra_info["commands_per_s"] = rate
    assert core.audit() == ""
    assert SMOKE or rate >= 1.5e6
