"""A user's own ranking and procedure, as keywords of the venue."""

import numpy as np
import pytest

import delever as dl

RULES = dl.rulebook("binance-um", at="2026-02-05")
BTC = RULES.instrument("BTCUSDT")


def crashed(**asked):
    """Shorts that won and longs that lost everything, in a market without bids."""
    venue = dl.Venue([BTC], rulebook=RULES, **asked)
    long, small, large, maker, other = (venue.open_account("100000") for _ in range(5))
    venue.set_index(BTC, "70000")
    venue.set_leverage(long, BTC, 100)
    for short, qty in ((small, "1"), (large, "3")):
        venue.seed_position(short, maker, BTC, side="sell", qty=qty, price="70000")
    venue.seed_position(long, other, BTC, side="buy", qty="2", price="70000")
    venue.set_mark(BTC, "60000")
    return venue, small, large


def test_a_ranking_of_ones_own_decides_who_is_deleveraged():
    seen = []

    def smallest_first(told):
        seen.append({name: column.dtype for name, column in told.items()})
        return -np.abs(told["qty_lots"])

    venue, small, _ = crashed(ranking=smallest_first)
    table = venue.events.risk
    rows = table["kind"] == dl.EventKind.ACCOUNT_DELEVERAGED
    assert table["account"][rows][0] == small
    assert seen
    assert all(dtype == np.int64 for dtype in seen[0].values())


def test_a_procedure_of_ones_own_decides_how_much_a_step_closes():
    told = []
    venue, *_ = crashed(procedure=lambda one: told.append(one) or 700)
    table = venue.events.risk
    stepped = table["kind"] == dl.EventKind.LIQUIDATION_STEPPED
    assert set(table["qty_lots"][stepped]) == {-700}
    assert 2_000 in {one["qty_lots"] for one in told}


def test_what_a_ranking_raises_stops_the_batch_before_that_command():
    def refuses(told):
        raise LookupError(len(told["account"]))

    with pytest.raises(LookupError):
        crashed(ranking=refuses)


def test_a_matching_engine_asks_nobody():
    with pytest.raises(TypeError):
        dl.MatchingEngine([BTC], ranking=len)
