"""The venue as people use it: text and Decimals in, outcomes and columns out."""

import gc
import pickle
from decimal import Decimal

import numpy as np
import pytest
from api_helpers import bitcoin_venue, levered_long, rules

import delever as dl
from delever import CommandKind, EventKind, RejectReason


def test_order_life():
    venue = bitcoin_venue()
    alice, bob = venue.open_account("10000"), venue.open_account("10000")
    assert venue.set_leverage(alice, "BTCUSDT", 20)
    resting = venue.place(alice, "BTCUSDT", side="buy", qty="1.5", price="70000")
    assert (resting.ok, resting.open, resting.filled) == (True, Decimal("1.5"), 0)
    assert venue.available(alice) < venue.balance(alice)
    assert venue.amend(alice, resting.order_id, qty="1")
    taking = venue.place(bob, "BTCUSDT", side=dl.Side.SELL, qty="0.4", tif="ioc", price="69999")
    assert (taking.open, taking.filled) == (0, Decimal("0.4"))
    assert venue.position(alice, "BTCUSDT")[:2] == (Decimal("0.4"), Decimal(70000))
    assert venue.position(bob, "BTCUSDT").qty == Decimal("-0.4")
    assert venue.best("BTCUSDT", "buy") == 70000
    assert venue.depth("BTCUSDT", "buy")["open_lots"].tolist() == [600]
    assert venue.cancel(alice, resting.order_id)
    assert venue.best("BTCUSDT", "buy") is None
    again = venue.cancel(alice, resting.order_id)
    assert (again.ok, again.reason) == (False, RejectReason.UNKNOWN_ORDER)
    assert again.events.rejections.reasons() == ["UNKNOWN_ORDER"]
    venue.check()


def test_market_order_and_flags():
    venue = bitcoin_venue()
    alice, bob = venue.open_account("10000"), venue.open_account("10000")
    venue.place(alice, 0, side="sell", qty="0.1", price="70000")
    bought = venue.place(bob, 0, side="buy", qty="0.3")
    assert (bought.filled, bought.open) == (Decimal("0.1"), 0)
    assert bought.events.orders.reasons() == ["NONE", "IMMEDIATE_REMAINDER"]
    post = venue.place(
        bob, 0, side="sell", qty="0.1", price="69000", flags=dl.OrderFlag.REDUCE_ONLY
    )
    assert post.ok
    taker = venue.place(
        alice, 0, side="buy", qty="0.1", price="69000", flags=dl.OrderFlag.POST_ONLY
    )
    assert taker.reason is RejectReason.WOULD_TAKE
    assert (taker.order_id, taker.open, taker.filled) == (0, 0, 0)


def test_money_in_and_out():
    venue = bitcoin_venue()
    account = venue.open_account()
    assert venue.deposit(account, "5.5")
    assert venue.withdraw(account, "2.25")
    assert venue.balance(account) == Decimal("3.25")
    refused = venue.withdraw(account, 100)
    assert refused.reason is RejectReason.INSUFFICIENT_BALANCE
    assert venue.fund_insurance("7")
    assert venue.insurance_fund == 7
    assert venue.core.net_deposits_atoms == 10_25000000


def test_margin_and_funding():
    venue = bitcoin_venue()
    trader, maker = levered_long(venue)
    venue.set_index("BTCUSDT", "70000")
    before = venue.liquidation_price(trader, "BTCUSDT")
    assert venue.adjust_margin(trader, "BTCUSDT", "500")
    assert venue.liquidation_price(trader, "BTCUSDT") < before
    assert venue.bankruptcy_price(trader, "BTCUSDT") < venue.liquidation_price(trader, "BTCUSDT")
    assert venue.liquidation_price(0, "BTCUSDT") is None
    settled = venue.settle_funding("BTCUSDT", "0.0001")
    paid = settled.events.funding.of(EventKind.FUNDING_PAID)
    assert dict(zip(paid["account"].tolist(), paid["amount"].tolist(), strict=True)) == {
        trader: -7_00000000,
        maker: 7_00000000,
    }
    venue.check()


def test_a_fall_liquidates_at_the_promised_price():
    venue = bitcoin_venue()
    trader, maker = levered_long(venue)
    venue.place(maker, "BTCUSDT", side="buy", qty="5", price="66600")
    threshold = venue.liquidation_price(trader, "BTCUSDT")
    tick = Decimal("0.1")
    safe = venue.set_mark("BTCUSDT", threshold + tick)
    assert len(safe.events.risk["kind"]) == 0
    events = venue.set_mark("BTCUSDT", threshold).events
    assert events.liquidations["account"].tolist() == [trader]
    assert events.risk.kinds()[0] == "LIQUIDATION_STARTED"
    assert events.counts()["ORDER_FILLED"] == 1
    started, finished = events.risk["sequence"][[0, -1]].tolist()
    assert events.risk["cause"][-1] == started
    assert started < finished
    venue.check()


def test_points_of_several_instruments_close_together():
    book = rules()
    venue = dl.Venue([book.instrument("BTCUSDT"), book.instrument("ETHUSDT")], rulebook=book)
    held = venue.set_index("BTCUSDT", "70000", hold=True)
    assert held.events.marks.rows == 0
    assert venue.mark("BTCUSDT") is None
    closed = venue.set_index("ETHUSDT", "2000")
    assert closed.events.marks["instrument"].tolist() == [0, 1]
    assert venue.mark("BTCUSDT") == 70000


def test_time_moves_only_forward():
    venue = bitcoin_venue()
    venue.now = "2026-02-05T21:00:00Z"
    venue.open_account()
    assert str(venue.now).startswith("2026-02-05T21:00:00")
    venue.now = 0
    venue.open_account()
    assert str(venue.now).startswith("2026-02-05T21:00:00")
    late = venue.apply({"kind": CommandKind.OPEN_ACCOUNT, "time_ns": 1})
    assert late.rejections.reasons() == ["TIME_REVERSED"]


def test_cancel_all():
    venue = bitcoin_venue()
    account = venue.open_account("1000000")
    for price in ("60000", "61000"):
        venue.place(account, 0, side="buy", qty="1", price=price)
    venue.place(account, 0, side="sell", qty="1", price="80000")
    assert venue.cancel_all(account, 0, side="buy").events.orders.rows == 3
    assert venue.core.live_orders == 1
    assert venue.cancel_all(account)
    assert venue.core.live_orders == 0


def test_batches_and_single_calls_agree():
    single, batch = bitcoin_venue(), bitcoin_venue()
    for amount in (1, 2, 3):
        single.open_account(amount)
    events = batch.apply({"kind": 1, "amount_atoms": np.array([1, 2, 3]) * 10**8})
    assert single.digest == batch.digest
    assert len(events) == 3
    assert events.accounts["amount_atoms"].tolist() == [10**8, 2 * 10**8, 3 * 10**8]
    assert batch.accounts()["wallet_atoms"].tolist() == [0, 10**8, 2 * 10**8, 3 * 10**8]


def test_positions_as_columns():
    venue = bitcoin_venue()
    trader, maker = levered_long(venue)
    table = venue.positions()
    assert set(table["account"].tolist()) == {trader, maker}
    row = table["account"].tolist().index(trader)
    price = venue.instruments[0].price(table["liquidation_ticks"][row])
    assert price == venue.liquidation_price(trader, 0)
    assert "7 columns" not in repr(table)
    assert repr(table).startswith("<Table of 2 rows: account,")


def test_columns_are_views_that_outlive_the_venue():
    venue = bitcoin_venue()
    events = venue.apply({"kind": 1, "amount_atoms": [5] * 10})
    column = events.accounts["amount_atoms"]
    again = venue.events.accounts["amount_atoms"]
    assert np.shares_memory(column, again)
    assert not column.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        column[0] = 1
    address = column.ctypes.data
    for _ in range(200):
        venue.apply({"kind": 1, "amount_atoms": [5] * 1000})
    assert venue.events.accounts["amount_atoms"].ctypes.data == address
    del venue, events, again
    gc.collect()
    assert column.tolist() == [5] * 10


def test_retention_keeps_what_is_asked_and_the_digest():
    everything, nothing = bitcoin_venue(), bitcoin_venue(retention="none")
    some = bitcoin_venue(retention=["risk", "fills"])
    for venue in (everything, nothing, some):
        _, maker = levered_long(venue)
        venue.place(maker, 0, side="buy", qty="5", price="66000")
        venue.set_mark(0, "60000")
    assert everything.digest == nothing.digest == some.digest
    assert len(nothing.events) == 0
    assert some.events.accounts.rows == 0
    assert some.events.risk.rows == everything.events.risk.rows > 0
    some.clear_events()
    assert len(some.events) == 0


def test_trace_keeps_whole_events():
    venue = bitcoin_venue(trace=True)
    venue.open_account("1")
    words = venue.core.event_words()
    assert words.shape == (1, 16)
    assert words[0, 4] == EventKind.ACCOUNT_OPENED


@pytest.mark.parametrize("copy", ["branch", "restore", "pickle"])
def test_copies_continue_to_the_same_digest(copy):
    venue = bitcoin_venue()
    trader, maker = levered_long(venue)
    venue.place(maker, "BTCUSDT", side="buy", qty="5", price="66000")
    twin = {
        "branch": venue.branch,
        "restore": lambda: dl.Venue.restore(venue.snapshot()),
        "pickle": lambda: pickle.loads(pickle.dumps(venue)),
    }[copy]()
    assert twin.digest == venue.digest
    assert twin.liquidation_price(trader, "BTCUSDT") == venue.liquidation_price(trader, "BTCUSDT")
    for one in (venue, twin):
        one.set_mark("BTCUSDT", "65000")
    assert twin.digest == venue.digest
    assert twin.events.liquidations["account"].tolist() == [trader]
    twin.open_account("1")
    assert twin.digest != venue.digest


def test_representations():
    venue = bitcoin_venue()
    assert repr(venue.events) == "<Events: none>"
    venue.open_account("1")
    assert repr(venue).startswith("<Venue BTCUSDT: 1 accounts, 0 live orders, 1 events,")


def test_rulebooks_by_date():
    book = rules()
    btc = book.instrument("BTCUSDT")
    assert (btc.tick, btc.lot) == (Decimal("0.1"), Decimal("0.001"))
    assert (btc.maker_fee, btc.taker_fee) == (Decimal("0.0002"), Decimal("0.0005"))
    assert (btc.liquidation_fee, btc.market_bound) == (Decimal("0.0125"), Decimal("0.05"))
    assert book.instrument("SOLUSDT").liquidation_fee == Decimal("0.015")
    assert list(book.instruments) == ["BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT"]
    for symbol, one in book.instruments.items():
        dl.Venue([one], rulebook=book)
        for key in ("tiers", "tick", "lot", "maker_fee", "taker_fee", "liquidation_fee"):
            assert book.sources[f"{symbol}.{key}"]
        for below, above in zip(one.tiers, one.tiers[1:], strict=False):
            step = Decimal(above.maintenance) - Decimal(below.maintenance)
            expected = Decimal(below.deduction) + Decimal(above.floor) * step
            assert Decimal(above.deduction) == expected
    assert (book.basis_samples, book.sample_interval_ns) == (30, 10**9)
    assert book.funding_interval_ns == 8 * 3600 * 10**9


def test_an_instrument_may_overrule_the_rulebook():
    cheap = dl.Instrument.linear("BTCUSDT", tick="0.1", lot="0.001", taker_fee="0", maker_fee="0")
    venue = dl.Venue([cheap], rulebook=rules())
    assert venue.instruments[0].taker_fee == 0
    assert venue.instruments[0].tiers == rules().instrument("BTCUSDT").tiers
