"""Pegged orders, worked by hand, in the reference and the core."""

from __future__ import annotations

import pytest
from order_desk import BUY, SELL, Term, make_desk, term

from delever.reference import (
    CommandKind,
    OrderFlag,
    PegReference,
    TermKind,
    TradingPhase,
)

__all__ = ["make_desk"]

BID, ASK, MID = PegReference.BID, PegReference.ASK, PegReference.MID


def peg(reference: PegReference, offset_ticks: int = 0) -> Term:
    return term(TermKind.PEG, side=reference, price_ticks=offset_ticks)


@pytest.mark.parametrize(
    ("side", "reference", "offset", "price"),
    [
        (BUY, BID, 0, 100),
        (BUY, BID, 3, 97),
        (BUY, ASK, 1, 104),
        (BUY, MID, 0, 103),  # 102.5, up
        (BUY, MID, 2, 101),
        (SELL, ASK, 0, 105),
        (SELL, ASK, 3, 108),
        (SELL, BID, 1, 101),
        (SELL, MID, 0, 102),  # down
        (SELL, MID, 2, 104),
    ],
)
def test_the_price_of_a_peg(make_desk, side, reference, offset, price) -> None:
    desk = make_desk()
    desk.order(2, BUY, 1, 100)
    desk.order(2, SELL, 1, 105)
    assert desk.order(1, side, 1, 0, peg(reference, offset)) == [f"accepted 1 1@{price}"]
    assert f"1 1(1)@{price}" in desk.queue(side)


def test_a_peg_moves_at_the_end_of_the_command_to_the_back_of_its_level(make_desk) -> None:
    desk = make_desk()
    desk.order(2, BUY, 1, 100)
    desk.order(1, BUY, 5, 0, peg(BID, 1))
    desk.order(3, BUY, 1, 101)
    assert desk.queue(BUY) == ["3 1(1)@101", "2 1(1)@100", "1 5(5)@100"]


def test_no_peg_moves_while_a_taker_walks(make_desk) -> None:
    desk = make_desk()
    desk.order(2, BUY, 1, 100)
    desk.order(2, BUY, 1, 90)
    desk.order(1, BUY, 5, 0, peg(BID, 1))
    assert desk.order(3, SELL, 3, 95) == [
        "accepted 3 3@95",
        "filled 3/2 1@100",
        "filled 3/1 2@99",
        "repriced 1 3@89",
    ]


def test_a_peg_without_a_reference_is_parked_and_comes_back(make_desk) -> None:
    desk = make_desk()
    assert desk.order(1, BUY, 5, 0, peg(BID)) == ["accepted 1 5@0"]
    assert desk.waiting() == ["parked 1 5 0"]
    assert desk.order(2, BUY, 1, 90) == ["accepted 2 1@90", "repriced 1 5@90"]
    resting = desk.last_order
    assert desk.cancel(2, resting) == ["cancelled 2 1@90 requested", "repriced 1 5@0"]


def test_pegs_and_hidden_orders_are_no_reference(make_desk) -> None:
    desk = make_desk()
    desk.order(2, BUY, 1, 90)
    desk.order(1, BUY, 5, 0, peg(BID))
    assert desk.order(3, BUY, 1, 95, flags=OrderFlag.HIDDEN_ORDER) == ["accepted 3 1@95"]
    assert desk.order(4, BUY, 1, 0, peg(BID)) == ["accepted 4 1@90"]


def test_what_would_cross_is_parked(make_desk) -> None:
    # Both pegs want the middle; the older one has it.
    desk = make_desk()
    desk.order(2, BUY, 1, 100)
    desk.order(2, SELL, 1, 104)
    assert desk.order(1, BUY, 5, 0, peg(MID)) == ["accepted 1 5@102"]
    assert desk.order(3, SELL, 5, 0, peg(MID)) == ["accepted 3 5@0"]
    # A hidden sale at 101 would be reached as well.
    assert desk.order(4, SELL, 9, 102, flags=OrderFlag.HIDDEN_ORDER) == [
        "accepted 4 9@102",
        "filled 4/1 5@102",
        "repriced 3 5@102",
    ]


def test_a_move_that_is_not_covered_cancels(make_desk) -> None:
    # Ten times leverage: 1,000 lots at 100 reserve 10,000 of 10,005 atoms; at 101 they need 10,100.
    desk = make_desk()
    desk.do(CommandKind.WITHDRAW, account=1, amount_atoms=1_000_000 - 10_005)
    desk.do(CommandKind.SET_LEVERAGE, account=1, qty_lots=10)
    desk.order(2, BUY, 1, 10)
    assert desk.order(1, BUY, 1_000, 0, peg(BID)) == ["accepted 1 1000@10"]
    desk.order(2, BUY, 1, 40)
    assert desk.queue(BUY) == ["2 1(1)@40", "1 1000(1000)@40", "2 1(1)@10"]
    assert desk.order(2, BUY, 1, 101) == [
        "accepted 2 1@101",
        "cancelled 1 1000@40 insufficient_margin",
    ]


def test_an_offset_is_amended_and_moves_the_order(make_desk) -> None:
    desk = make_desk()
    desk.order(2, BUY, 1, 100)
    desk.order(1, BUY, 5, 0, peg(BID, 3))
    order = desk.last_order
    assert desk.amend(1, order, peg(BID, 1), qty_lots=4) == ["amended 1 4@97", "repriced 1 4@99"]
    assert desk.amend(1, order, peg(MID, 1)) == ["refused invalid_terms"]
    assert desk.amend(1, order, price_ticks=99) == ["refused invalid_price"]


def test_pegs_park_in_an_auction_and_return(make_desk) -> None:
    desk = make_desk()
    desk.order(2, BUY, 1, 100)
    desk.order(1, BUY, 5, 0, peg(BID))
    assert desk.phase(TradingPhase.AUCTION) == ["phase 1>2 0@0", "repriced 1 5@0"]
    assert desk.order(3, BUY, 2, 0, peg(BID, 1)) == ["accepted 3 2@0"]
    assert desk.phase(TradingPhase.CONTINUOUS) == [
        "phase 2>1 0@0",
        "repriced 1 5@100",
        "repriced 3 2@99",
    ]
