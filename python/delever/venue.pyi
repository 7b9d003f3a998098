"""Venues and matching engines, in people's units."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, Self, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _core
from .events import Outcome, Placed, Position, Table
from .reference import vocabulary as words
from .reference.explained import Explained
from .reference.instruments import Instrument
from .reference.rulebook import Rulebook
from .reference.rules import Currency
from .reference.vocabulary import MarginMode, OrderFlag, PositionMode, PositionSide, Side
from .units import Number, Time

_Listed: TypeAlias = Instrument | str | int
_AnySide: TypeAlias = Side | int | str
_AnyCurrency: TypeAlias = int | str
_Leg: TypeAlias = PositionSide | int | str

class Events:
    """The retained events of a stretch of commands: one `Table` per family."""

    accounts: Table  # opened, deposits, leverage and margin changes, seeded positions
    rejections: Table  # commands refused, with the reason
    orders: Table  # accepted, cancelled, amended
    fills: Table  # a taker, a maker, a price, a quantity
    marks: Table  # and the indices they came from
    risk: Table  # liquidations, takeovers, deleveraging, losses covered
    funding: Table  # payments and settlements

    def __getattr__(self, family: str) -> Table: ...
    @property
    def liquidations(self) -> Table:
        """The start of each liquidation: account, signed position, mark, equity."""
    def counts(self) -> dict[str, int]:
        """Return how many events of each kind there are, by name."""
    def __len__(self) -> int: ...

class Market:
    """Instruments with their order books: what a `Venue` and a `MatchingEngine` have in common."""

    @property
    def core(self) -> Any:
        """The machine itself, in ticks, lots, atoms and ids."""

    @property
    def instruments(self) -> tuple[Instrument, ...]:
        """The contracts, by id, with what the rulebook filled in."""

    @property
    def currencies(self) -> tuple[Currency, ...]:
        """The currencies, by number."""

    def __init__(
        self,
        instruments: Iterable[Instrument],
        *,
        rulebook: Rulebook | None = ...,
        retention: str | Iterable[str] = ...,
        trace: bool = ...,
    ) -> None: ...
    def id_of(self, instrument: _Listed) -> int:
        """Return the id of an instrument: its place in the list."""
    @property
    def now(self) -> np.datetime64:
        """Time of the following single commands; set it to move on."""
    @now.setter
    def now(self, time: Time) -> None: ...
    def place(
        self,
        account: int,
        instrument: _Listed,
        *,
        side: _AnySide,
        qty: Number | None = ...,
        price: Number | None = ...,
        tif: words.TimeInForce | int | str | None = ...,
        flags: OrderFlag | int = ...,
        client_id: int = ...,
        replaces: int = ...,
        position_side: words.PositionSide | int | str = ...,
        **terms: Any,
    ) -> Placed:
        """Place a limit order, or a market order where no price is given.

        Parameters
        ----------
        account, instrument, side, qty, price
            Who, where, and what.
        tif
            "gtc" (default), "ioc", "fok", "gtd" (default with `expire`), "day" or "gfa".
        flags, client_id
            `OrderFlag` bits, and a number of one's own that no other live order has.
        replaces
            Id of a live order that is cancelled in the same step.
        position_side
            "long" or "short": the leg of an account that hedges; "net" (default) of another.
        **terms
            True for `post_only`, `reduce_only`, `hidden`, `slide`; `self_trade`: "maker", "both",
            "decrement", "taker" or "allow". `trigger`: "stop" (default) or "take_profit", at
            `trigger_price`; or `trail`, a distance, or `trail_share`, a share of the price;
            with `direction` "up" or "down" and `watch` "last", "mark", "index" or "quote".
            `peg`: "bid", "ask" or "mid", with `offset`. `display` and `display_min` of an iceberg.
            `expire`: a time. `minimum`: least quantity of a trade. `oco`: group of which one order
            is left. `budget`: greatest cost, with a fill-or-kill market order. `protection`:
            greatest distance of a market order from the touch. `close_position`: True.

        Examples
        --------
        >>> import delever as dl
        >>> engine = dl.MatchingEngine([dl.rulebook("binance-um").instrument("BTCUSDT")])
        >>> ask = engine.place(7, "BTCUSDT", side="sell", qty="3", price="72000", display="1")
        >>> stop = engine.place(8, "BTCUSDT", side="buy", qty="1", trigger_price="72000")
        >>> engine.place(9, "BTCUSDT", side="buy", qty="0.5").filled, engine.orders(0)["open_lots"]
        (Decimal('0.500'), array([1500]))
        """
    def cancel(self, account: int, order_id: int) -> Outcome:
        """Cancel a live order."""
    def amend(
        self,
        account: int,
        order_id: int,
        *,
        qty: Number | None = ...,
        price: Number | None = ...,
        **terms: Any,
    ) -> Outcome:
        """Change a live order's open quantity, price, or a term; what asks for more re-queues.

        Of the terms of `place`, a trigger or peg it has may change, and its `minimum`.
        """
    def cancel_all(
        self,
        account: int,
        instrument: _Listed | None = ...,
        *,
        side: _AnySide = ...,
        low: Number | None = ...,
        high: Number | None = ...,
    ) -> Outcome:
        """Cancel an account's live orders: on one instrument, one side, or within prices."""
    def set_trade_group(self, account: int, group: int) -> Outcome:
        """Let accounts of one group (0: none) count as one where self-trades are prevented."""
    def change_phase(
        self, instrument: _Listed, phase: int | str, *, reference: Number | None = ...
    ) -> Outcome:
        """Go to "auction", "halted", or back to "continuous": what crosses trades at one price."""
    def print_trade(self, instrument: _Listed, price: Number, qty: Number | None = ...) -> Outcome:
        """Report a trade made elsewhere: it is the last price, and may trigger orders."""
    def advance_time(self, time: Time) -> Outcome:
        """Let time pass until then: orders expire, and a point that was held closes."""
    def set_index(self, instrument: _Listed, price: Number, *, hold: bool = ...) -> Outcome:
        """Move the index; the mark follows by the venue's formula, and liquidations the mark.

        With `hold`, more prices of the same point follow: all are applied together, at the first
        command that is not held.
        """
    def set_mark(self, instrument: _Listed, price: Number, *, hold: bool = ...) -> Outcome:
        """Force the mark to a price, for this point; `hold` as in `set_index`."""
    def apply(self, commands: NDArray[Any] | Mapping[str, ArrayLike]) -> Events:
        """Apply commands in order and return their events.

        Parameters
        ----------
        commands
            Records of `delever.COMMAND_DTYPE`, or a dict of its columns.

        Examples
        --------
        >>> import delever as dl
        >>> venue = dl.Venue([dl.rulebook("binance-um").instrument("BTCUSDT")])
        >>> venue.apply({"kind": dl.CommandKind.OPEN_ACCOUNT, "amount_atoms": [10**12] * 3})
        <Events: 3 accounts>
        """
    @property
    def events(self) -> Events:
        """All retained events."""
    def clear_events(self) -> None:
        """Forget retained events and reuse their memory: earlier views then show later events."""
    def mark(self, instrument: _Listed) -> Decimal | None:
        """Return the mark price; None while there is none."""
    def best(self, instrument: _Listed, side: _AnySide) -> Decimal | None:
        """Return the best bid ("buy") or ask ("sell"); None where the side is empty."""
    def last(self, instrument: _Listed) -> Decimal | None:
        """Return the price of the last trade; None while there is none."""
    def depth(self, instrument: _Listed, side: _AnySide, levels: int = ...) -> Table:
        """Return the best levels of a side, as far as they are displayed, as columns."""
    def orders(self, instrument: _Listed) -> Table:
        """Return live orders as columns: bids and asks by priority, then pending and parked."""
    def phase(self, instrument: _Listed) -> words.TradingPhase:
        """Return whether trading is continuous, in an auction or halted."""
    def indicative(self, instrument: _Listed) -> tuple[Decimal | None, Decimal]:
        """Return price and quantity that an uncross would trade now; None and 0 without a cross."""
    @property
    def digest(self) -> str:
        """Digest of every event so far: equal for equal runs."""
    def branch(self) -> Self:
        """Return a copy that continues on its own, with an empty event log."""
    def snapshot(self) -> bytes:
        """Return the whole state as bytes."""
    @classmethod
    def restore(cls, snapshot: bytes) -> Self:
        """Return a venue that continues where the snapshot was taken.

        Examples
        --------
        >>> import delever as dl
        >>> venue = dl.Venue([dl.rulebook("binance-um").instrument("BTCUSDT")])
        >>> account = venue.open_account("100")
        >>> dl.Venue.restore(venue.snapshot()).digest == venue.digest
        True
        """

class Venue(Market):
    """A leveraged-futures exchange.

    Parameters
    ----------
    instruments
        What it lists; fields an instrument leaves open come from the rulebook.
    rulebook
        The rules; see `delever.rulebook`.
    retention
        Which event families are kept: "all", "none", one name or several. The digest covers all.
    trace
        Also keep every event as its 16 words, for `core.event_words` (comparing two venues).
    ranking
        Whom to deleverage first, instead of the rulebook's order: a function of a dict of int64
        columns of the candidates by account and side (account, instrument, position_side,
        qty_lots, cost_atoms, margin_atoms, mark_ticks, equity_atoms, maintenance_atoms) that
        returns an int64 score of each; the largest goes first. What it raises stops the batch
        before that command.
    procedure
        How much one step of a liquidation closes: a function of a dict of the same numbers of one
        position that returns lots. Snapshots keep neither function.

    Examples
    --------
    >>> import delever as dl
    >>> btc = dl.Instrument.linear("BTCUSDT", tick="0.1", lot="0.001")
    >>> venue = dl.Venue([btc], rulebook=dl.rulebook("binance-um", at="2026-02-05"))
    >>> alice = venue.open_account(deposit="10000")
    >>> bool(venue.set_leverage(alice, btc, 20))
    True
    >>> order = venue.place(alice, btc, side="buy", qty="1.5", price="72000")
    >>> order.ok, order.open, venue.best(btc, "buy")
    (True, Decimal('1.500'), Decimal('72000.0'))
    """

    def __init__(
        self,
        instruments: Iterable[Instrument],
        *,
        rulebook: Rulebook | None = ...,
        retention: str | Iterable[str] = ...,
        trace: bool = ...,
        ranking: Callable[[dict[str, NDArray[np.int64]]], ArrayLike] | None = ...,
        procedure: Callable[[dict[str, int]], int] | None = ...,
    ) -> None: ...
    @property
    def core(self) -> _core.Venue: ...
    def currency_id(self, currency: _AnyCurrency) -> int:
        """Return the number of a currency: its place in the rulebook's list."""
    def open_account(self, deposit: Number = ..., *, currency: _AnyCurrency = ...) -> int:
        """Open an account with a first deposit and return its id."""
    def deposit(self, account: int, amount: Number, *, currency: _AnyCurrency = ...) -> Outcome:
        """Pay into an account."""
    def withdraw(self, account: int, amount: Number, *, currency: _AnyCurrency = ...) -> Outcome:
        """Pay out of an account what no order reserves and no cross position needs."""
    def transfer(
        self, account: int, other_account: int, amount: Number, *, currency: _AnyCurrency = ...
    ) -> Outcome:
        """Pass on to another account what could be withdrawn."""
    def fund_insurance(self, amount: Number, *, currency: _AnyCurrency = ...) -> Outcome:
        """Pay into the insurance fund from outside."""
    def update_collateral(
        self, currency: _AnyCurrency, price: Number, *, hold: bool = ...
    ) -> Outcome:
        """Set the price of a currency in the first one; `hold` as in `set_index`."""
    def set_leverage(
        self,
        account: int,
        instrument: _Listed,
        leverage: int,
        *,
        mode: MarginMode | int | str | None = ...,
    ) -> Outcome:
        """Set the leverage of an account in an instrument, and its margin mode where one is given.

        Where the mode is another one it is changed first; if that is refused, nothing changes.
        """
    def set_margin_mode(
        self, account: int, instrument: _Listed, mode: MarginMode | int | str
    ) -> Outcome:
        """Cover an account's positions in an instrument alone ("isolated") or together ("cross").

        Refused while one is open or orders rest.

        Examples
        --------
        >>> import delever as dl
        >>> venue = dl.Venue([dl.rulebook("binance-um").instrument("BTCUSDT")])
        >>> alice, bob = venue.open_account("1000"), venue.open_account("100000")
        >>> bool(venue.set_margin_mode(alice, "BTCUSDT", "cross"))
        True
        >>> seeded = venue.seed_position(alice, bob, 0, side="buy", qty="0.1", price="72000")
        >>> venue.position(alice, "BTCUSDT").margin, venue.balance(alice)
        (Decimal('0E-8'), Decimal('1000.00000000'))
        """
    def set_position_mode(self, account: int, mode: PositionMode | int | str) -> Outcome:
        """Give an account one position per instrument ("one_way"), or two ("hedge").

        Refused while it has a position or an order.

        Examples
        --------
        >>> import delever as dl
        >>> venue = dl.Venue([dl.rulebook("binance-um").instrument("BTCUSDT")])
        >>> alice, bob = venue.open_account("10000"), venue.open_account("10000")
        >>> bool(venue.set_position_mode(alice, "hedge"))
        True
        >>> ask = venue.place(bob, 0, side="sell", qty="0.1", price="72000")
        >>> bid = venue.place(alice, 0, side="buy", qty="0.1", price="72000", position_side="long")
        >>> venue.position(alice, 0, "long").qty, venue.position(alice, 0, "short").qty
        (Decimal('0.100'), Decimal('0.000'))
        """
    def adjust_margin(
        self, account: int, instrument: _Listed, amount: Number, *, position_side: _Leg = ...
    ) -> Outcome:
        """Add isolated margin to a position, or remove some with a negative amount."""
    def seed_position(
        self,
        account: int,
        other_account: int,
        instrument: _Listed,
        *,
        side: _AnySide,
        qty: Number,
        price: Number,
    ) -> Outcome:
        """Open opposite positions of two accounts at a price, as if they had once traded."""
    def set_source(
        self,
        instrument: _Listed,
        source: int,
        price: Number,
        *,
        weight: int = ...,
        board: int | str = ...,
        hold: bool = ...,
    ) -> Outcome:
        """Hear a price elsewhere: of the index ("index"), or of another venue ("venue")."""
    def sample_mark(self, instrument: _Listed | None = ..., *, hold: bool = ...) -> Outcome:
        """Mark an instrument, or all that have an index, anew; `hold` as in `set_index`."""
    def settle_funding(self, instrument: _Listed, rate: Number | None = ...) -> Outcome:
        """Settle funding at a rate per interval, or at the venue's own where none is given."""
    def own_funding_rate(self, instrument: _Listed) -> Decimal:
        """Return the rate of one interval that the samples of the premium make so far."""
    def balance(self, account: int, currency: _AnyCurrency = ...) -> Decimal:
        """Return an account's wallet: what is not margin of an isolated position."""
    def available(self, account: int, currency: _AnyCurrency = ...) -> Decimal:
        """Return what of the wallet no resting order reserves."""
    def position(self, account: int, instrument: _Listed, position_side: _Leg = ...) -> Position:
        """Return an account's position in an instrument, or one leg where it hedges."""
    def positions(self) -> Table:
        """Return all open positions as columns in lots, atoms and ticks."""
    def accounts(self, currency: _AnyCurrency = ...) -> Table:
        """Return wallets and reserves of all accounts as columns in atoms, by account id."""
    def liquidation_price(
        self, account: int, instrument: _Listed, position_side: _Leg = ...
    ) -> Explained | None:
        """Return the mark at which a position is liquidated, exact to the tick; None: never.

        In cross margin it holds while the pool's other positions and collaterals stay as they are.

        Examples
        --------
        >>> import delever as dl
        >>> venue = dl.Venue([dl.rulebook("binance-um").instrument("BTCUSDT")])
        >>> alice, bob = venue.open_account("100000"), venue.open_account("100000")
        >>> seeded = venue.seed_position(alice, bob, 0, side="buy", qty="1.5", price="72000")
        >>> marked = venue.set_mark(0, "72000")
        >>> price = venue.liquidation_price(alice, "BTCUSDT")
        >>> price
        Decimal('68674.6')
        >>> print(price.explain())
        BTCUSDT long 1.500, isolated, mark 72000: liquidated where equity <= maintenance
          equity      = margin 5400 - cost 108000 + 1.5 x P
          maintenance = 1.5 x P x rate 0.004
          equal at P  = 68674.69879518
          at 68674.6: equity 411.9, maintenance 412.0476
        """
    def bankruptcy_price(
        self, account: int, instrument: _Listed, position_side: _Leg = ...
    ) -> Explained | None:
        """Return the price at which closing a position leaves nothing; None without one."""
    def margin_ratio(
        self, account: int, instrument: _Listed, position_side: _Leg = ...
    ) -> Explained | None:
        """Return maintenance margin over equity, of the pool in cross margin: 1 is liquidated."""
    def liquidation_map(self, instrument: _Listed, *, cross: bool = ...) -> Table:
        """Return what waits for liquidation, by rising mark, as columns in ticks, lots and atoms.

        `long_*` wait for marks at or below `price_ticks`, `short_*` at or above: isolated
        positions, exact. With `cross` also `cross_long_*` and `cross_short_*`: conditional prices,
        each with the rest of its pool held fixed; O(accounts).
        """
    @property
    def insurance_fund(self) -> Decimal:
        """The wallet of the insurance fund."""
    def check(self) -> None:
        """Raise InvariantError where money, positions or books do not add up; visits everything."""

class MatchingEngine(Market):
    """Order books in which anybody may trade: a venue's orders and events, without its money.

    Any number names an owner, without opening an account; 0 is anonymous. There is no margin, no
    fee and no position, so that orders which need one (reduce-only, closing) are refused, as are
    the commands of accounts. The index and the mark only serve as references. Parameters and
    methods are those of `Venue`, except what is about accounts.

    Examples
    --------
    >>> import delever as dl
    >>> engine = dl.MatchingEngine([dl.rulebook("binance-um").instrument("BTCUSDT")])
    >>> ask = engine.place(1, "BTCUSDT", side="sell", qty="2", price="72000")
    >>> engine.place(2, "BTCUSDT", side="buy", qty="0.5", price="72000").filled
    Decimal('0.500')
    >>> engine.depth("BTCUSDT", "sell")["open_lots"].tolist()
    [1500]
    """

    @property
    def core(self) -> _core.MatchingEngine: ...
