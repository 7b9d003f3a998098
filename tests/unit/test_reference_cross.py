"""Cross margin in one currency, worked by hand.

`a` has 2,500, is long 100 of the first instrument at 100 and short 50 of the second at 200. At the
marks p and q its equity is 2,500 + 100 p - 10,000 + 10,000 - 50 q, and it needs 5 p + 2.5 q.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from reference_desk import PLAIN, Desk, cancels, kinds, of_kind, rejection, words

from delever.reference import (
    CancelReason,
    CommandKind,
    EventKind,
    MarginMode,
    MarginTier,
    OrderFlag,
    OrderType,
    RejectReason,
    Rulebook,
    Side,
    TimeInForce,
    Word,
    balances,
    marginal_tiers,
    pools,
)
from delever.reference.events import Event
from delever.reference.pools import Pool

BUY, SELL = Side.BUY, Side.SELL
FIRST, SECOND = 0, 1
CROSS = Rulebook(margin_mode_default=MarginMode.CROSS)
FLAT = replace(PLAIN, tiers=marginal_tiers([(0, 50_000, 20)]))


@dataclass
class Stage:
    desk: Desk
    a: int
    other: int
    maker: int

    def seed(self, buyer: int, seller: int, instrument: int, lots: int, price: int) -> None:
        self.desk.do(
            CommandKind.SEED_POSITION,
            account=buyer,
            other_account=seller,
            instrument=instrument,
            side=BUY,
            qty_lots=lots,
            price_ticks=price,
        )

    def order(
        self, account: int, instrument: int, side: Side, lots: int, price: int
    ) -> list[Event]:
        return self.desk.do(
            CommandKind.PLACE_ORDER,
            account=account,
            instrument=instrument,
            side=side,
            order_type=OrderType.LIMIT,
            time_in_force=TimeInForce.GTC,
            qty_lots=lots,
            price_ticks=price,
        )

    def marks(self, *prices: int) -> list[Event]:
        """Set the marks of all instruments in one evaluation point."""
        events: list[Event] = []
        for instrument, price in enumerate(prices):
            hold = OrderFlag.HOLD_POINT if instrument + 1 < len(prices) else 0
            events += self.desk.do(
                CommandKind.SET_MARK, instrument=instrument, price_ticks=price, flags=hold
            )
        return events


def stage(rulebook: Rulebook = CROSS) -> Stage:
    desk = Desk(FLAT, FLAT, rulebook=rulebook)
    on = Stage(desk, desk.open(2_500), desk.open(), desk.open())
    on.seed(on.a, on.other, FIRST, 100, 100)
    on.seed(on.other, on.a, SECOND, 50, 200)
    return on


def test_when() -> None:
    on = stage()
    # 1,000 of 975 needed; one tick more, and 950 of 978.
    assert EventKind.LIQUIDATION_STARTED not in kinds(on.marks(90, 210))
    (started,) = of_kind(on.marks(90, 211), EventKind.LIQUIDATION_STARTED)
    assert words(started, Word.ACCOUNT, Word.INSTRUMENT) == (on.a, 0xFFFF)
    assert words(started, Word.PRICE_TICKS, Word.QTY_LOTS, Word.SIDE) == (0, 0, 0)
    # 28 of a notional of 9,000 + 10,550 are missing.
    assert words(started, Word.AMOUNT_ATOMS, Word.OTHER_AMOUNT) == (950, 1_432)


def test_marks_applied_together_do_not_liquidate_a_hedge() -> None:
    # Both fall by 20 %: the long loses 2,000, the short wins as much.
    on = stage()
    assert EventKind.LIQUIDATION_STARTED not in kinds(on.marks(80, 160))


def test_one_position_may_be_enough() -> None:
    on = stage()
    on.order(on.maker, SECOND, SELL, 50, 211)
    on.order(on.a, FIRST, BUY, 1, 50)
    events = on.marks(90, 211)
    # The second needs more, so it goes first, at 230 or better: 19 x 50 = 950 are all there is.
    (finished,) = of_kind(events, EventKind.LIQUIDATION_FINISHED)
    names = (Word.INSTRUMENT, Word.PRICE_TICKS, Word.QTY_LOTS, Word.AMOUNT_ATOMS)
    # The fee is 0.5 % of 10,550, rounded up.
    assert words(finished, *names) == (SECOND, 230, 50, 53)
    assert (on.a, 1, CancelReason.LIQUIDATION) in cancels(events)
    assert on.desk.venue.wallet(on.a) == 2_500 - 550 - 53
    assert on.desk.venue.wallet(0) == 53
    assert on.desk.venue.position(on.a, FIRST).qty_lots == 100


def test_takeover_leaves_exactly_nothing() -> None:
    on = stage()
    events = on.marks(90, 211)
    names = (Word.INSTRUMENT, Word.PRICE_TICKS, Word.QTY_LOTS, Word.AMOUNT_ATOMS)
    # Nobody trades: both are tried, the first down to 81, where 9 x 100 of the 950 are lost.
    # 950 are shared 10,550 : 9,000, so 512 and the rest, 438. The fund owes 10,550 + 512 for the
    # one, 221.2 a lot, and pays 9,000 - 438 for the other, 85.6 a lot.
    taken = of_kind(events, EventKind.POSITION_TAKEN_OVER)
    assert [words(one, *names) for one in taken] == [
        (SECOND, 221, -50, -11_062),
        (FIRST, 86, 100, 8_562),
    ]
    finished = of_kind(events, EventKind.LIQUIDATION_FINISHED)
    assert [words(one, *names) for one in finished] == [
        (SECOND, 230, 0, 0),
        (FIRST, 81, 0, 0),
        (SECOND, 221, 0, 0),
        (FIRST, 86, 0, 0),
    ]
    assert on.desk.venue.wallet(on.a) == 0
    # The fund holds what is worth 950 more than it cost.
    assert [on.desk.venue.position(0, one).cost_atoms for one in (FIRST, SECOND)] == [
        8_562,
        -11_062,
    ]


def test_deleveraging_leaves_exactly_nothing_too() -> None:
    # At 70 and 230 it owes 2,000, and the fund has 1,999: everything goes back to the other.
    on = stage()
    on.desk.do(CommandKind.FUND_INSURANCE, amount_atoms=1_999)
    events = on.marks(70, 230)
    names = (Word.ACCOUNT, Word.INSTRUMENT, Word.QTY_LOTS, Word.PRICE_TICKS, Word.AMOUNT_ATOMS)
    # -2,000 are shared 11,500 : 7,000, so -1,243 and -757: valued at -10,257 and 7,757.
    deleveraged = of_kind(events, EventKind.ACCOUNT_DELEVERAGED)
    assert [words(one, *names) for one in deleveraged] == [
        (on.other, SECOND, -50, 205, -10_257),
        (on.other, FIRST, 100, 78, 7_757),
    ]
    assert on.desk.venue.wallet(on.a) == 0
    assert on.desk.venue.wallet(on.other) == 1_000_000 + 2_500
    assert on.desk.venue.wallet(0) == 1_999


def test_without_deleveraging_the_fund_takes_what_it_cannot_bear() -> None:
    on = stage(replace(CROSS, deleveraging=False))
    on.marks(70, 230)
    assert on.desk.venue.wallet(on.a) == 0
    assert on.desk.venue.state.fund.wallets == [0]
    # 7,757 and -10,257 for what is worth 7,000 and -11,500: 2,000 too much.
    assert [on.desk.venue.position(0, one).cost_atoms for one in (FIRST, SECOND)] == [
        7_757,
        -10_257,
    ]


def test_a_pool_waits_for_every_market_it_holds() -> None:
    on = stage()
    on.desk.do(CommandKind.CHANGE_PHASE, instrument=FIRST, order_type=3)
    assert EventKind.LIQUIDATION_STARTED not in kinds(on.marks(90, 211))
    events = on.desk.do(CommandKind.CHANGE_PHASE, instrument=FIRST, order_type=1)
    assert EventKind.LIQUIDATION_STARTED in kinds(events)


def test_a_debt_without_positions_is_the_funds_loss() -> None:
    # On 1,000 it is long 100 at 100, and sells them at 85 itself.
    desk = Desk(FLAT, rulebook=CROSS)
    a, seller, bidder = desk.open(1_000), desk.open(), desk.open()
    desk.trade(a, seller, 100, 100)
    desk.place(bidder, BUY, 100, 85)
    events = desk.place(a, SELL, 100, 85, time_in_force=TimeInForce.IOC)
    assert EventKind.LOSS_COVERED not in kinds(events)
    assert desk.venue.wallet(a) == -500
    _, started, covered = desk.set_mark(85)
    assert words(started, Word.INSTRUMENT, Word.CAUSE, Word.AMOUNT_ATOMS) == (0xFFFF, -1, -500)
    assert words(covered, Word.INSTRUMENT, Word.ACCOUNT, Word.AMOUNT_ATOMS) == (0xFFFF, a, 500)
    assert covered[Word.CAUSE] == started[Word.SEQUENCE]
    assert (desk.venue.wallet(a), desk.venue.wallet(0)) == (0, -500)


def test_profit_margins_new_positions_but_cannot_leave() -> None:
    # Long 100 at 100 on 1,000 at ten times: nothing is free. At 120 the equity is 3,000 and the
    # position needs 1,200.
    desk = Desk(FLAT, rulebook=CROSS)
    a, seller = desk.open(1_000), desk.open()
    desk.trade(a, seller, 100, 100)
    assert balances.free(desk.venue.state, a, 0) == 0
    desk.set_mark(120)
    assert balances.free(desk.venue.state, a, 0) == 1_800
    too_much = desk.do(CommandKind.WITHDRAW, account=a, amount_atoms=1_001)
    assert rejection(too_much) is RejectReason.INSUFFICIENT_BALANCE
    # 150 more at 120 need exactly 1,800.
    refused = desk.place(a, BUY, 151, 120)
    assert rejection(refused) is RejectReason.INSUFFICIENT_MARGIN
    assert rejection(desk.place(a, BUY, 150, 120)) is RejectReason.NONE
    # All that is free is kept for the order, though the wallet still has 1,000.
    refused = desk.do(CommandKind.WITHDRAW, account=a, amount_atoms=1)
    assert rejection(refused) is RejectReason.INSUFFICIENT_BALANCE


def test_an_isolated_position_beside_a_pool_takes_only_what_the_pool_spares() -> None:
    on = stage()
    on.marks(100, 200)
    # 2,500 less 1,000 for each of the positions: 500 may go into isolated margin.
    assert balances.can_leave(on.desk.venue.state, on.a, 0, 500)
    assert not balances.can_leave(on.desk.venue.state, on.a, 0, 501)


def test_transfers_are_withdrawals_and_deposits() -> None:
    on = stage()
    on.marks(100, 200)

    def passed_on(amount: int, other: int) -> RejectReason:
        return rejection(
            on.desk.do(CommandKind.TRANSFER, account=on.a, other_account=other, amount_atoms=amount)
        )

    assert passed_on(501, on.other) is RejectReason.INSUFFICIENT_BALANCE
    assert passed_on(1, on.a) is RejectReason.INVALID_AMOUNT
    assert passed_on(0, on.other) is RejectReason.INVALID_AMOUNT
    assert passed_on(1, 0) is RejectReason.UNKNOWN_ACCOUNT
    assert passed_on(500, on.other) is RejectReason.NONE
    assert on.desk.venue.wallet(on.a) == 2_000


def test_a_cross_position_has_no_margin_to_adjust() -> None:
    on = stage()
    events = on.desk.do(CommandKind.ADJUST_MARGIN, account=on.a, amount_atoms=1)
    assert rejection(events) is RejectReason.NO_POSITION


def test_the_cross_example_of_binance() -> None:
    # From Binance's FAQ: a wallet of 1,535,443.01 with two longs. With the other's mark where it
    # is, ETHUSDT is liquidated at 1,153.256 and BTCUSDT at 26,316.893.
    dollar = 10**8
    listed = replace(FLAT, atoms_per_tick_lot=1_000, price_ticks_max=10**7, position_lots_max=10**7)
    eth = replace(listed, tiers=(MarginTier(0, 100_000, 135_365 * dollar, 20),))
    btc = replace(listed, tiers=(MarginTier(0, 25_000, 16_300 * dollar, 20),))
    desk = Desk(eth, btc, rulebook=CROSS)
    on = Stage(desk, desk.open(153_544_301 * dollar // 100), desk.open(10**10 * dollar), 0)
    on.seed(on.a, on.other, FIRST, 3_683_979, 145_684)
    on.seed(on.a, on.other, SECOND, 109_488, 3_248_198)
    assert on.marks(133_518, 3_196_727)[-1][Word.KIND] == EventKind.MARK_UPDATED

    def breached(*prices: int) -> bool:
        for instrument, price in enumerate(prices):
            desk.venue.instrument(instrument).mark_ticks = price
        return pools.is_breached(desk.venue.state, Pool(on.a, 0))

    assert breached(115_325, 3_196_727)
    assert not breached(115_326, 3_196_727)
    assert breached(133_518, 2_631_689)
    assert not breached(133_518, 2_631_690)
