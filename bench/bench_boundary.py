"""What does Python add: per call, and per row of a batch?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from flows import USDT, bitcoin_venue, fund_accounts, index_moves, records

import delever as dl
from delever import CommandKind


def test_single_row_batch(benchmark: Any) -> None:
    """Apply a batch of one: the fixed cost of crossing into the core."""
    core = bitcoin_venue(retention="none")
    fund_accounts(core, 1, 10**6 * USDT)
    row = records(CommandKind.DEPOSIT, 1, account=1, amount_atoms=1)
    benchmark(core.apply, row)
    assert core.account(1)[0] > 10**6 * USDT


def test_batch_row(benchmark: Any, sized: Callable[[int], int], rounds: int) -> None:
    """Apply a batch of deposits: the cost of a row that does almost nothing."""
    core = bitcoin_venue(retention="none")
    fund_accounts(core, 1, 10**6 * USDT)
    rows = records(CommandKind.DEPOSIT, sized(1_000_000), account=1, amount_atoms=1)
    benchmark.pedantic(core.apply, (rows,), rounds=rounds, warmup_rounds=1)
    assert core.account(1)[0] == 10**6 * USDT + (rounds + 1) * len(rows)
    benchmark.extra_info["ns_per_row"] = 1e9 * benchmark.stats["median"] / len(rows)


def test_batch_row_of_columns(benchmark: Any, sized: Callable[[int], int], rounds: int) -> None:
    """Apply the same deposits from a dict of all columns: what putting records together costs."""
    core = bitcoin_venue(retention="none")
    fund_accounts(core, 1, 10**6 * USDT)
    rows = records(CommandKind.DEPOSIT, sized(1_000_000), account=1, amount_atoms=1)
    columns = {name: rows[name].copy() for name in rows.dtype.names or ()}
    benchmark.pedantic(core.apply, (columns,), rounds=rounds, warmup_rounds=1)
    assert core.account(1)[0] == 10**6 * USDT + (rounds + 1) * len(rows)
    benchmark.extra_info["ns_per_row"] = 1e9 * benchmark.stats["median"] / len(rows)


def test_event_columns(benchmark: Any, sized: Callable[[int], int]) -> None:
    """Take the columns of a family: views, whatever their length."""
    core = bitcoin_venue()
    core.apply(index_moves(np.full(sized(100_000), 700_000), start_ns=1))
    marks = benchmark(core.events, 4)
    assert len(marks["mark_ticks"]) == sized(100_000)


def test_people_s_call(benchmark: Any) -> None:
    """Place and cancel through the facade, in text and Decimals."""
    rules = dl.rulebook("binance-um", at="2026-02-05")
    btc = rules.instrument("BTCUSDT")
    venue = dl.Venue([btc], rulebook=rules, retention="none")
    alice = venue.open_account(deposit="1000000")

    def once() -> None:
        order = venue.place(alice, btc, side="buy", qty="0.001", price="60000")
        assert order.ok
        venue.cancel(alice, order.order_id)

    benchmark(once)
