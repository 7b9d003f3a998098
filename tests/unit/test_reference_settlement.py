"""How fills move cost, margin and wallets, worked by hand."""

from __future__ import annotations

import pytest
from reference_desk import Desk, kinds, words

from delever.reference import CommandKind, EventKind, Side, TimeInForce, Word

BUY, SELL = Side.BUY, Side.SELL


def state_of(desk: Desk, account: int) -> tuple[int, int, int, int]:
    position = desk.position(account)
    wallet = desk.venue.wallet(account)
    return position.qty_lots, position.cost_atoms, position.margin_atoms, wallet


# An account with 10,000 atoms buys 10 lots at 100: cost 1,000, margin 100, wallet 9,900. Then it
# sells at 90. (qty, cost, margin, wallet) after that:
@pytest.mark.parametrize(
    ("sold", "expected"),
    [
        # Three of ten lots release a cost of 300 and a margin of 30.
        # They bring 270: the loss of 30 eats that margin, and nothing reaches the wallet.
        (3, (7, 700, 70, 9_900)),
        # All: 900 for what cost 1,000: the margin of 100 is lost.
        (10, (0, 0, 0, 9_900)),
        # A flip: as before, and then short 4 at 90: cost -360, margin 36.
        (14, (-4, -360, 36, 9_864)),
    ],
)
def test_reductions_and_flips(sold: int, expected: tuple[int, int, int, int]) -> None:
    desk = Desk()
    account, other = desk.open(10_000), desk.open()
    desk.trade(account, other, 10, 100)
    assert state_of(desk, account) == (10, 1_000, 100, 9_900)
    desk.trade(other, account, sold, 90)
    assert state_of(desk, account) == expected


def test_a_released_share_is_rounded_towards_zero() -> None:
    # Three lots cost 100 in all: one at 33, one at 33, one at 34. The margin is 4 + 4 + 4.
    desk = Desk()
    account, other = desk.open(10_000), desk.open()
    for price in (33, 33, 34):
        desk.trade(account, other, 1, price)
    assert state_of(desk, account) == (3, 100, 12, 9_988)
    # Selling one at 40 releases a cost of 33.3, taken as 33, and a margin of 4: 4 + 7 to the
    # wallet.
    desk.trade(other, account, 1, 40)
    assert state_of(desk, account) == (2, 67, 8, 9_999)


def test_a_loss_takes_the_wallet_then_the_margin_then_the_fund() -> None:
    # Ten lots at 100 on a margin of 100, with 50 more in the wallet. Eight are sold at 60 and bring
    # 480 for a cost of 800: the loss of 320 takes the released margin of 80, the wallet's 50, the
    # remaining margin of 20, and 170 from the insurance fund.
    desk = Desk()
    account, other = desk.open(150), desk.open()
    desk.do(CommandKind.FUND_INSURANCE, amount_atoms=1_000)
    desk.trade(account, other, 10, 100)
    assert state_of(desk, account) == (10, 1_000, 100, 50)
    desk.place(other, BUY, 8, 60)
    events = desk.place(account, SELL, 8, 60, time_in_force=TimeInForce.IOC)
    expected = [EventKind.ORDER_ACCEPTED, EventKind.ORDER_FILLED, EventKind.LOSS_COVERED]
    assert kinds(events) == expected
    assert words(events[-1], Word.ACCOUNT, Word.AMOUNT_ATOMS) == (account, 170)
    assert events[-1][Word.CAUSE] == events[-2][Word.SEQUENCE]
    assert state_of(desk, account) == (2, 200, 0, 0)
    assert desk.venue.wallet(0) == 830


def test_a_seeded_position_costs_its_margin_and_nothing_else() -> None:
    desk = Desk()
    long, short = desk.open(1_000), desk.open(1_000)
    desk.do(
        CommandKind.SEED_POSITION,
        account=long,
        other_account=short,
        side=BUY,
        price_ticks=101,
        qty_lots=5,
    )
    # 505 atoms at ten times leverage: 50.5, posted as 51.
    assert state_of(desk, long) == (5, 505, 51, 949)
    assert state_of(desk, short) == (-5, -505, 51, 949)
    assert desk.venue.instrument(0).last_ticks == 0
