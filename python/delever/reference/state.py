"""The state of the venue: accounts, positions, instruments, orders and totals.

This module owns the records that every other module reads and changes, and the one way to say
something (`VenueState.emit`). Account 0 is the insurance fund. Positions come into being when first
asked for, all legs of an account on an instrument together, and are never removed; an empty
position has neither cost nor margin. Sums of money are kept by currency.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from .book import OrderBook, OrderStore
from .commands import Command, Rejected, RejectReason, Side, TermKind, TradingPhase, direction
from .events import EventKind, EventStream, signed_word
from .orders import Order
from .premium import PremiumWindow
from .rules import InstrumentSpec, Rulebook
from .sampled_mean import SampledMean
from .sources import Sources
from .vocabulary import MarginMode, PositionSide

FUND = 0
NO_CAUSE = -1


@dataclass
class Position:
    """One account's position on one instrument, or a leg of it; a cross one has no margin."""

    account: int
    instrument: int
    leverage: int
    qty_lots: int = 0
    cost_atoms: int = 0
    margin_atoms: int = 0
    open_buy_lots: int = 0
    open_sell_lots: int = 0
    reduce_only_orders: int = 0
    leg: PositionSide = PositionSide.NET
    cross: bool = False

    def open_lots(self, side: Side) -> int:
        """Return the resting lots of a side that are not reduce-only."""
        return self.open_buy_lots if side is Side.BUY else self.open_sell_lots

    def reducible_lots(self, side: Side) -> int:
        """Return how many lots an order of this side can trade before the position is flat."""
        return max(0, -self.qty_lots * direction(side))


@dataclass
class Account:
    """Wallets by currency, and the live orders that draw on them, oldest first."""

    wallets: list[int]
    reserved: list[int]
    trade_group: int = 0
    hedges: bool = False
    # Whether it ever had cross margin: only then may it owe something, until it is asked for it.
    was_cross: bool = False
    orders: list[Order] = field(default_factory=list)

    def loose_atoms(self, currency: int = 0) -> int:
        """Return what of a wallet is not kept for resting orders."""
        return self.wallets[currency] - self.reserved[currency]


@dataclass
class InstrumentState:
    """What changes about an instrument; a price of 0 means that there is none yet."""

    spec: InstrumentSpec
    book: OrderBook = field(default_factory=OrderBook)
    index_ticks: int = 0
    mark_ticks: int = 0
    last_ticks: int = 0
    last_fill: int = NO_CAUSE
    mark_event: int = NO_CAUSE
    basis_samples: list[int] = field(default_factory=list)
    last_sample_ns: int | None = None
    funding_rate_e8: int = 0
    next_funding_ns: int = 0
    funding_interval_ns: int = 0
    # Settlements in a row with a small rate.
    calm: int = 0
    index_sources: Sources = field(default_factory=Sources)
    venue_sources: Sources = field(default_factory=Sources)
    # Whether a source of the index has spoken since the last point.
    index_due: bool = False
    basis_mean: SampledMean = field(default_factory=SampledMean)
    book_mean: SampledMean = field(default_factory=SampledMean)
    # When the formula made the mark, where it was the formula.
    marked_ns: int | None = None
    premium: PremiumWindow = field(default_factory=PremiumWindow)
    last_premium_ns: int | None = None
    last_unwind_ns: int | None = None
    last_takeover: int = NO_CAUSE
    previous_mark_ticks: int = 0
    phase: TradingPhase = TradingPhase.CONTINUOUS
    # Whether an uncross left bids above asks, because reduce-only orders fell out of it.
    left_crossed: bool = False

    @property
    def continuous(self) -> bool:
        """Whether orders match as they come."""
        return self.phase is TradingPhase.CONTINUOUS


@dataclass(frozen=True)
class Advisor:
    """What a user may decide: who is deleveraged first, and how much a step closes."""

    ranking: Callable[[list[dict[str, int]]], Sequence[int]] | None = None
    procedure: Callable[[dict[str, int]], int] | None = None


UnitKey = tuple[int, int, int]
"""Account, instrument and leg; of a pool account, EVERY_INSTRUMENT and currency."""


@dataclass
class Liquidation:
    """A liquidation under way: its first event, its next step, and what it has done so far."""

    start: int
    next_ns: int = 0
    step_count: int = 0
    closed_lots: int = 0
    fees_atoms: int = 0
    limit_ticks: int = 0


@dataclass
class PendingTerms:
    """The terms attached so far for an account's next order."""

    account: int = 0
    terms: dict[TermKind, Command] = field(default_factory=dict)
    refused: bool = False


class VenueState:
    """Everything a venue knows.

    Parameters
    ----------
    specs
        The instruments, in id order.
    rulebook
        The venue's rules.
    """

    def __init__(self, specs: Sequence[InstrumentSpec], rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        interval_ns = rulebook.funding_interval_ns
        self.instruments = [
            InstrumentState(spec, funding_interval_ns=interval_ns) for spec in specs
        ]
        self.currencies = range(len(rulebook.currencies))
        self.accounts = [self.new_account()]
        self.orders = OrderStore()
        self.stream = EventStream()
        self.time_ns = 0
        self.command_number = -1
        self.fees_atoms = [0 for _ in self.currencies]
        self.dust_atoms = [0 for _ in self.currencies]
        self.net_deposits_atoms = [0 for _ in self.currencies]
        # The index of each currency, 0 where there is none yet; the first one has none.
        self.collateral_ticks = [0 for _ in self.currencies]
        # The evaluation point: its instruments, and the mark each is forced to, if it is; and its
        # currencies, with their new indices.
        self.point: dict[int, int | None] = {}
        self.collateral_point: dict[int, int] = {}
        # Terms waiting for an order, and those that the present command takes.
        self.pending_terms = PendingTerms()
        self.taken_terms = PendingTerms()
        # Liquidations between two steps.
        self.liquidations: dict[UnitKey, Liquidation] = {}
        # The equity of the fund at past evaluations, by currency: (time, atoms), oldest first.
        self.fund_samples: list[list[tuple[int, int]]] = [[] for _ in self.currencies]
        # What the user is asked: scores of candidates, lots to close.
        self.advisor = Advisor()
        # Orders that have triggered and wait for their turn to run, first come first served.
        self.triggered: list[Order] = []
        self._positions: dict[tuple[int, int], tuple[Position, ...]] = {}

    def new_account(self) -> Account:
        """Return an account with nothing in it."""
        return Account([0 for _ in self.currencies], [0 for _ in self.currencies])

    def legs(self, account: int, instrument: int) -> tuple[Position, ...]:
        """Return an account's positions on an instrument: the only one, and both legs."""
        key = (account, instrument)
        if key not in self._positions:
            leverage = self.instruments[instrument].spec.leverage_default
            cross = account != FUND and self.rulebook.margin_mode_default == MarginMode.CROSS
            self._positions[key] = tuple(
                Position(account, instrument, leverage, leg=leg, cross=cross)
                for leg in PositionSide
            )
        return self._positions[key]

    def position(
        self, account: int, instrument: int, leg: PositionSide = PositionSide.NET
    ) -> Position:
        """Return an account's position on an instrument."""
        return self.legs(account, instrument)[leg]

    def open_positions(self, instrument: int) -> Iterator[Position]:
        """Return the positions on an instrument that are not empty, by account, then leg."""
        for account in range(len(self.accounts)):
            for position in self._positions.get((account, instrument), ()):
                if position.qty_lots != 0:
                    yield position

    def held_by(self, account: int) -> Iterator[Position]:
        """Return an account's positions that are not empty, by instrument, then leg."""
        for instrument in range(len(self.instruments)):
            for position in self._positions.get((account, instrument), ()):
                if position.qty_lots != 0:
                    yield position

    def open_interest(self, instrument: int) -> int:
        """Return the lots that longs hold on an instrument, and shorts owe."""
        return sum(max(0, one.qty_lots) for one in self.open_positions(instrument))

    def settle_currency(self, instrument: int) -> int:
        """Return the currency in which an instrument pays profit and loss."""
        return self.instruments[instrument].spec.settle_currency

    @property
    def fund(self) -> Account:
        """The insurance fund."""
        return self.accounts[FUND]

    def user(self, account: int) -> Account:
        """Return a user's account, or refuse the command: the fund is no user."""
        if not FUND < account < len(self.accounts):
            raise Rejected(RejectReason.UNKNOWN_ACCOUNT)
        return self.accounts[account]

    def known_instrument(self, instrument: int) -> InstrumentState:
        """Return an instrument, or refuse the command."""
        if not 0 <= instrument < len(self.instruments):
            raise Rejected(RejectReason.UNKNOWN_INSTRUMENT)
        return self.instruments[instrument]

    def emit(
        self,
        kind: EventKind,
        *,
        cause: int = NO_CAUSE,
        instrument: int = 0,
        account: int = 0,
        order_id: int = 0,
        side: int = 0,
        price_ticks: int = 0,
        qty_lots: int = 0,
        amount_atoms: int = 0,
        other_account: int = 0,
        other_order: int = 0,
        other_amount: int = 0,
        reason: int = 0,
    ) -> int:
        """Say that something happened.

        Parameters
        ----------
        kind, cause, instrument, account, order_id, side, price_ticks, qty_lots, amount_atoms, \
other_account, other_order, other_amount, reason
            The words of the event; what each means is said in ``csrc/venue/event.hpp``.

        Returns
        -------
        int
            The event's sequence, for the events it leads to.
        """
        sequence = self.stream.next_sequence
        self.stream.append(
            (
                sequence,
                self.time_ns,
                self.command_number,
                cause,
                int(kind),
                instrument,
                account,
                signed_word(order_id),
                int(side),
                price_ticks,
                qty_lots,
                amount_atoms,
                other_account,
                other_order,
                other_amount,
                int(reason),
            )
        )
        return sequence
