"""The fast path: the same venue, in ticks, lots and ids."""

import time

import pytest
from api_helpers import bitcoin_venue, levered_long

import delever as dl
from delever import RejectReason
from delever.fast import FastVenue


def test_same_orders_same_digest():
    slow, quick = bitcoin_venue(), bitcoin_venue()
    for venue in (slow, quick):
        assert venue.open_account("100000") == 1
        assert venue.open_account("100000") == 2
    fast = FastVenue(quick)
    one = slow.place(1, 0, side="buy", qty="0.5", price="70000")
    assert fast.place(1, 0, 1, 500, 700_000) == one.order_id
    two = slow.place(2, 0, side="sell", qty="0.2")
    assert fast.place(2, 0, 2, 200) == two.order_id
    assert slow.cancel(1, one.order_id)
    assert fast.cancel(1, one.order_id) == 0
    assert fast.digest == quick.core.digest == slow.core.digest


def test_rejections_are_negative_numbers():
    venue = bitcoin_venue()
    fast = FastVenue(venue)
    assert fast.place(9, 0, 1, 1, 1) == -RejectReason.UNKNOWN_ACCOUNT
    account = venue.open_account("1")
    assert fast.place(account, 0, 1, 1000, 700_000) == -RejectReason.INSUFFICIENT_MARGIN
    assert fast.place(account, 7, 1, 1000, 700_000) == -RejectReason.UNKNOWN_INSTRUMENT
    assert fast.cancel(account, 12345) == -RejectReason.UNKNOWN_ORDER


def test_flags_are_passed():
    venue = bitcoin_venue()
    _, maker = levered_long(venue)
    fast = FastVenue(venue.core)
    assert fast.place(maker, 0, 2, 10, 700_000) > 0
    assert fast.place(maker, 0, 1, 10, 700_000, dl.OrderFlag.POST_ONLY) == -RejectReason.WOULD_TAKE


def test_misuse():
    with pytest.raises(AttributeError, match="handle"):
        FastVenue(object())
    with pytest.raises(OverflowError):
        FastVenue(bitcoin_venue()).place(-1, 0, 1, 1, 1)


def test_it_keeps_its_venue():
    fast = FastVenue(bitcoin_venue())
    assert fast.place(1, 0, 1, 1, 1) == -RejectReason.UNKNOWN_ACCOUNT
    assert fast.venue.core.digest == fast.digest


def test_a_call_is_quick():
    venue = bitcoin_venue(retention="none")
    account = venue.open_account("100000")
    fast = FastVenue(venue)
    order = fast.place(account, 0, 1, 1, 600_000)
    rounds = 20_000
    best = float("inf")
    for _ in range(5):
        start = time.perf_counter()
        for _ in range(rounds):
            fast.cancel(account, 1)
        best = min(best, (time.perf_counter() - start) / rounds)
    assert order > 0
    assert best < 2e-6
