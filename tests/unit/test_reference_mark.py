"""The mark: the median of the index with funding, the index with the basis, and the last price."""

from __future__ import annotations

import pytest
from reference_desk import Desk, words

from delever.reference import CommandKind, EventKind, Rulebook, Side, Word

SECOND = 1_000_000_000


def quoted(bid: int, ask: int, last: int) -> Desk:
    """Return a desk with a last price and a book around another; nobody is levered."""
    desk = Desk()
    one, other = desk.open(), desk.open()
    for account in (one, other):
        desk.do(CommandKind.SET_LEVERAGE, account=account, qty_lots=1)
    if last:
        desk.trade(one, other, 1, last)
    if bid:
        desk.place(one, Side.BUY, 1, bid)
        desk.place(other, Side.SELL, 1, ask)
    return desk


@pytest.mark.parametrize(
    ("index", "bid", "ask", "last", "mark", "last_decides"),
    [
        (100, 0, 0, 0, 100, False),  # nothing but the index
        (100, 0, 0, 150, 100, False),  # the last price alone moves nothing
        (100, 95, 97, 0, 100, False),  # nor does the book: the index counts for the last price
        (100, 95, 97, 97, 97, True),  # the book's middle is 96: the last price lies between
        (100, 95, 97, 94, 96, False),  # the book decides
        (100, 95, 97, 96, 96, False),  # both say the same, so no fill is to blame
        (100, 95, 98, 90, 96, False),  # -3.5 is rounded down: 100 - 4
    ],
)
def test_the_median(
    index: int, bid: int, ask: int, last: int, mark: int, last_decides: bool
) -> None:
    desk = quoted(bid, ask, last)
    (event,) = desk.do(CommandKind.UPDATE_INDEX, price_ticks=index)
    assert words(event, Word.PRICE_TICKS, Word.OTHER_AMOUNT) == (mark, index)
    cause = desk.venue.instrument(0).last_fill if last_decides else -1
    assert event[Word.CAUSE] == cause


def test_the_basis_is_an_average_of_samples_taken_once_an_interval() -> None:
    desk = quoted(95, 97, 90)  # a basis of -4
    desk.do(CommandKind.UPDATE_INDEX, price_ticks=100)
    instrument = desk.venue.instrument(0)
    desk.do(CommandKind.UPDATE_INDEX, price_ticks=100)
    assert instrument.basis_samples == [-8]
    desk.time_ns += SECOND
    desk.do(CommandKind.UPDATE_INDEX, price_ticks=102)  # now -6, so -5 on average
    assert instrument.basis_samples == [-8, -12]
    assert instrument.mark_ticks == 97


def test_only_the_last_samples_count() -> None:
    desk = Desk(rulebook=Rulebook(basis_samples=2))
    maker = desk.open()
    desk.place(maker, Side.BUY, 1, 95)
    desk.place(maker, Side.SELL, 1, 97)
    for index in (100, 101, 102):
        desk.do(CommandKind.UPDATE_INDEX, price_ticks=index)
        desk.time_ns += SECOND
    assert desk.venue.instrument(0).basis_samples == [-10, -12]


def test_funding_still_to_be_paid_is_part_of_the_fair_price() -> None:
    # 8 % due in eight hours: 8 at once, 4 after half the time, on an index of 100.
    desk = quoted(119, 121, 130)
    desk.set_mark(100)
    desk.do(CommandKind.SETTLE_FUNDING, amount_atoms=8_000_000)
    (event,) = desk.do(CommandKind.UPDATE_INDEX, price_ticks=100)
    assert event[Word.PRICE_TICKS] == 120  # median of 108, 120 and 130
    desk = quoted(0, 0, 130)
    desk.set_mark(100)
    desk.do(CommandKind.SETTLE_FUNDING, amount_atoms=8_000_000)
    desk.time_ns += 4 * 3_600 * SECOND
    (event,) = desk.do(CommandKind.UPDATE_INDEX, price_ticks=100)
    assert event[Word.PRICE_TICKS] == 104  # median of 104, 100 and 130


def test_a_forced_mark_leaves_the_index_alone_once_there_is_one() -> None:
    desk = Desk()
    (event,) = desk.set_mark(50)
    assert words(event, Word.KIND, Word.PRICE_TICKS, Word.OTHER_AMOUNT) == (
        EventKind.MARK_UPDATED,
        50,
        50,
    )
    (event,) = desk.set_mark(60)
    assert words(event, Word.PRICE_TICKS, Word.OTHER_AMOUNT) == (60, 50)
