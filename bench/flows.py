"""Venues and command flows for the benches: built here, timed elsewhere."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

import delever as dl
from delever import CommandKind, _core

SECOND_NS = 1_000_000_000
USDT = 10**8
HEDGER = 1
MAKER = 2
FIRST_TRADER = 3
ORDERS, FILLS = 2, 3


def bitcoin_venue(*, retention: str = "all", deleveraging: bool = True) -> _core.Venue:
    """Return the core of a venue that lists BTCUSDT by Binance's rules of February 2026."""
    rules = dl.rulebook("binance-um", at="2026-02-05")
    rules = dataclasses.replace(rules, deleveraging=deleveraging)
    btc = rules.instrument("BTCUSDT")
    return dl.Venue([btc], rulebook=rules, retention=retention).core


def records(kind: CommandKind, count: int, **columns: object) -> NDArray[np.void]:
    """Return `count` commands of one kind."""
    batch = np.zeros(count, dl.COMMAND_DTYPE)
    batch["kind"] = kind
    for name, values in columns.items():
        batch[name] = values
    return batch


def fund_accounts(core: _core.Venue, count: int, deposit_atoms: int) -> None:
    """Open accounts in chunks, so that a batch never takes more than 64 MB."""
    for start in range(0, count, 1_000_000):
        chunk = min(1_000_000, count - start)
        core.apply(records(CommandKind.OPEN_ACCOUNT, chunk, amount_atoms=deposit_atoms))


def seeded_venue(
    positions: int, *, deleveraging: bool = False, retention: str = "all"
) -> _core.Venue:
    """Return a venue with longs at 20x entered at 70,000-72,000 against one hedger, mark 72,000."""
    core = bitcoin_venue(retention="none", deleveraging=deleveraging)
    fund_accounts(core, 2, 10**17)
    core.apply(records(CommandKind.SET_LEVERAGE, 2, account=[HEDGER, MAKER], qty_lots=1))
    fund_accounts(core, positions, 2_000 * USDT)
    draws = np.random.default_rng(7)
    for start in range(0, positions, 1_000_000):
        chunk = min(1_000_000, positions - start)
        traders = np.arange(chunk) + FIRST_TRADER + start
        seeds = records(CommandKind.SEED_POSITION, chunk, account=traders, other_account=HEDGER)
        seeds["side"] = 1
        seeds["price_ticks"] = draws.integers(700_000, 720_000, chunk)
        seeds["qty_lots"] = draws.integers(1, 11, chunk)
        core.apply(seeds)
    core.apply(index_moves(np.array([720_000]), start_ns=1))
    core.set_retention(retention_mask(retention))
    return core


def retention_mask(name: str) -> int:
    """Return the mask of an event family selection; all seven families or none."""
    return {"all": 127, "none": 0}[name]


def index_moves(
    prices_ticks: NDArray[np.int64], *, start_ns: int, step_ns: int = 1
) -> NDArray[np.void]:
    """Return index updates, each its own evaluation point."""
    batch = records(CommandKind.UPDATE_INDEX, len(prices_ticks), price_ticks=prices_ticks)
    batch["time_ns"] = start_ns + step_ns * np.arange(len(prices_ticks))
    return batch


def quiet_walk(count: int, start_ns: int) -> NDArray[np.void]:
    """Return a random walk of the index between 71,900 and 72,500, where nobody is liquidated."""
    steps = np.random.default_rng(11).integers(-1, 2, count)
    path = 722_000 + np.cumsum(steps)
    folded = 719_000 + np.abs((path - 719_000) % 12_000 - 6_000)
    return index_moves(folded, start_ns=start_ns)


def fall_steps(steps: int) -> NDArray[np.int64]:
    """Return the marks of a fall from 71,800 to 64,000 in equal steps."""
    return np.linspace(718_000, 640_000, steps).astype(np.int64)


def bids_under(mark_ticks: int, time_ns: int) -> NDArray[np.void]:
    """Return the maker's fresh bids: fifty levels, 5,000 BTC, from 20 dollars above the mark."""
    batch = records(CommandKind.PLACE_ORDER, 51, time_ns=time_ns, account=MAKER)
    batch["kind"][0] = CommandKind.CANCEL_ALL
    batch["side"][1:], batch["order_type"], batch["time_in_force"] = 1, 2, 1
    batch["price_ticks"] = mark_ticks + 200 - 10 * np.arange(51)
    batch["qty_lots"] = 100_000
    return batch


class _LiveOrders:
    """The orders a generated flow may still cancel, kept as sorted columns."""

    def __init__(self) -> None:
        self.ids = np.zeros(0, np.int64)
        self.accounts = np.zeros(0, np.int64)
        self.open_lots = np.zeros(0, np.int64)

    def follow(self, core: _core.Venue) -> None:
        """Bring the list up to date from the events of one chunk."""
        orders, fills = core.events(ORDERS), core.events(FILLS)
        accepted = orders["kind"] == dl.EventKind.ORDER_ACCEPTED
        ids = np.concatenate([self.ids, orders["order_id"][accepted]])
        order = np.argsort(ids, kind="stable")
        self.ids = ids[order]
        self.accounts = np.concatenate([self.accounts, orders["account"][accepted]])[order]
        self.open_lots = np.concatenate([self.open_lots, orders["qty_lots"][accepted]])[order]
        for column in ("maker_order", "taker_order"):
            np.subtract.at(self.open_lots, self._at(fills[column]), fills["qty_lots"])
        cancelled = orders["kind"] == dl.EventKind.ORDER_CANCELLED
        self.open_lots[self._at(orders["order_id"][cancelled])] = 0
        self._keep(self.open_lots > 0)

    def _at(self, ids: NDArray[np.int64]) -> NDArray[np.intp]:
        return np.searchsorted(self.ids, ids)

    def _keep(self, mask: NDArray[np.bool_]) -> None:
        self.ids, self.accounts = self.ids[mask], self.accounts[mask]
        self.open_lots = self.open_lots[mask]


def mixed_flow(accounts: int, count: int) -> tuple[_core.Venue, NDArray[np.void]]:
    """Return a funded venue and a flow for it.

    60 % are limit orders near the touch, 30 % cancels, 10 % crossing orders.
    The flow is generated against a branch, chunk by chunk, so that cancels name orders that rest;
    the index moves once per thousand commands, which evaluates every position touched since.
    """
    core = bitcoin_venue()
    fund_accounts(core, accounts, 100_000 * USDT)
    core.apply(index_moves(np.array([700_000]), start_ns=0))
    core.clear_events()
    twin = core.branch()
    draws = np.random.default_rng(3)
    live, chunks, middle, at_ns = _LiveOrders(), [], 700_000, 1_000
    while sum(map(len, chunks)) < count:
        chunk = _mixed_chunk(draws, live, accounts, middle)
        middle += int(draws.integers(-10, 11))
        chunk = np.concatenate([chunk, index_moves(np.array([middle]), start_ns=0)])
        chunk["time_ns"] = at_ns + np.arange(len(chunk))
        at_ns += len(chunk)
        twin.clear_events()
        twin.apply(chunk)
        live.follow(twin)
        chunks.append(chunk)
    return core, np.concatenate(chunks)[:count]


def _mixed_chunk(
    draws: np.random.Generator, live: _LiveOrders, accounts: int, middle: int
) -> NDArray[np.void]:
    batch = records(CommandKind.PLACE_ORDER, 1_000, time_in_force=1, order_type=2)
    batch["account"] = draws.integers(1, accounts + 1, 1_000)
    batch["side"] = draws.integers(1, 3, 1_000)
    way = np.where(batch["side"] == 1, 1, -1)
    batch["qty_lots"] = draws.integers(1, 21, 1_000)
    batch["price_ticks"] = middle - way * draws.integers(1, 51, 1_000)
    roll = draws.random(1_000)
    crossing = roll >= 0.9
    batch["time_in_force"][crossing] = 2
    batch["qty_lots"][crossing] = draws.integers(20, 50, crossing.sum())
    batch["price_ticks"][crossing] = (middle + way * 60)[crossing]
    cancels = np.flatnonzero((roll >= 0.6) & (roll < 0.9))[: len(live.ids)]
    picked = draws.permutation(len(live.ids))[: len(cancels)]
    batch["kind"][cancels] = CommandKind.CANCEL_ORDER
    batch["order_id"][cancels] = live.ids[picked]
    batch["account"][cancels] = live.accounts[picked]
    return batch
