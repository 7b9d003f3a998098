"""What a venue and a matching engine share: instruments, orders, prices and events.

Single calls take text or Decimals and answer with an `Outcome`; `apply` takes many commands in
ticks, lots and atoms and is the way to be fast. A refused command is an outcome with a reason, and
an event; an exception means that the call itself made no sense.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from copy import copy
from decimal import Decimal
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _core, snapshot_head
from .commands import COMMAND_DTYPE, FIELDS
from .commands import commands as build_commands
from .errors import ConfigError, DataError
from .events import FAMILIES, Events, Outcome, Placed, Table, retention_mask
from .reference import vocabulary as words
from .reference.instruments import Instrument
from .reference.order_words import attached, choice, flags_of
from .reference.rulebook import Rulebook
from .reference.rules import Currency
from .reference.vocabulary import CommandKind, OrderFlag, RejectReason, Side
from .units import Number, Time, to_atoms, to_time_ns

Listed = Instrument | str | int
"""What names an instrument of a venue: itself, its symbol, or its id."""

AnySide = Side | int | str
_MAGIC = b"delever1"
_HOLD = OrderFlag.HOLD_POINT


class Market:
    """Instruments with their order books: what a `Venue` and a `MatchingEngine` have in common."""

    core: Any
    _machine: ClassVar[Any]
    _liquidates: ClassVar[bool] = False

    def __init__(
        self,
        instruments: Iterable[Instrument],
        *,
        rulebook: Rulebook | None = None,
        retention: str | Iterable[str] = "all",
        trace: bool = False,
    ) -> None:
        rules = rulebook or Rulebook()
        if self._liquidates:
            rules.require_built()
        listed = [one.filled_from(rules.instruments.get(one.symbol, one)) for one in instruments]
        specs = [one.spec() for one in listed]
        core = self._machine(specs, rules.spec(), retention_mask(retention), trace)
        self._adopt(core, listed, rules.currencies)

    def _adopt(
        self, core: Any, instruments: Iterable[Instrument], currencies: Iterable[Currency]
    ) -> None:
        self.core = core
        self._now_ns = core.time_ns
        self.instruments, self.currencies = tuple(instruments), tuple(currencies)
        self._ids = {one.symbol: at for at, one in enumerate(self.instruments)}
        if len(self._ids) < len(self.instruments):
            raise ConfigError("two instruments have the same symbol")

    def id_of(self, instrument: Listed) -> int:
        """Return the id of an instrument: its place in the list."""
        if isinstance(instrument, int) and 0 <= instrument < len(self.instruments):
            return instrument
        symbol = instrument.symbol if isinstance(instrument, Instrument) else instrument
        if str(symbol) not in self._ids:
            raise ConfigError(f"'{symbol}' is not listed here; listed: {', '.join(self._ids)}")
        return self._ids[str(symbol)]

    @property
    def now(self) -> np.datetime64:
        """Time of the following single commands; set it to move on."""
        return np.datetime64(max(self._now_ns, self.core.time_ns), "ns")

    @now.setter
    def now(self, time: Time) -> None:
        self._now_ns = to_time_ns(time)

    def _do(self, kind: CommandKind, on: Listed | None = None, **fields: Any) -> Outcome:
        """Apply one command and its terms, the fields converted to what the core counts in."""
        record: dict[str, Any] = {"kind": kind}
        terms = fields.pop("terms", {})
        listed = self.instruments[0]
        if on is not None:
            record["instrument"] = self.id_of(on)
            listed = self.instruments[record["instrument"]]
        to_engine: dict[str, tuple[str, Callable[[Any], int]]] = {
            "qty": ("qty_lots", listed.lots),
            "price": ("price_ticks", listed.ticks),
            "price_high": ("amount_atoms", listed.ticks),
            "amount": ("amount_atoms", to_atoms),
            "side": ("side", lambda side: choice(Side, side)),
            "leg": ("side", int),
            "currency": ("instrument", int),
        }
        for name, value in fields.items():
            field, convert = to_engine.get(name, (name, int))
            record[field] = 0 if value is None else convert(value)
        common = {
            "time_ns": max(self._now_ns, self.core.time_ns),
            "account": fields.get("account", 0),
        }
        rows = [common | row for row in (*(attached(listed, terms)), record)]
        try:  # much quicker than `commands`, which says what is wrong
            records = np.array(
                [tuple(row.get(name, 0) for name in FIELDS) for row in rows], COMMAND_DTYPE
            )
        except OverflowError:
            records = np.concatenate([build_commands(row) for row in rows])
        events = self.apply(records)
        return Outcome(RejectReason(self.core.last_rejection), events)

    def place(
        self,
        account: int,
        instrument: Listed,
        *,
        side: AnySide,
        qty: Number | None = None,
        price: Number | None = None,
        tif: words.TimeInForce | int | str | None = None,
        flags: OrderFlag | int = 0,
        client_id: int = 0,
        replaces: int = 0,
        position_side: words.PositionSide | int | str = words.PositionSide.NET,
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
        flags |= flags_of(terms)
        is_market = price is None and "peg" not in terms
        how: dict[str, Any] = {
            "order_type": words.OrderType.MARKET if is_market else words.OrderType.LIMIT,
            "time_in_force": choice(
                words.TimeInForce, tif or ("gtd" if "expire" in terms else "gtc")
            ),
        }
        what = {"account": account, "side": side, "qty": qty, "price": price, "order_id": replaces}
        what["other_account"] = choice(words.PositionSide, position_side)
        kind = CommandKind.REPLACE_ORDER if replaces else CommandKind.PLACE_ORDER
        outcome = self._do(
            kind, instrument, terms=terms, **what, **how, flags=flags, client_id=client_id
        )
        order_id = self.core.last_order if outcome else 0
        live, fills = self.core.order(order_id), outcome.events.fills
        filled = fills["qty_lots"][fills["taker_order"] == order_id].sum()
        lots = self.instruments[self.id_of(instrument)].qty
        still_open = lots(live[4] if live else 0)
        return Placed(outcome.reason, outcome.events, order_id, still_open, lots(filled))

    def cancel(self, account: int, order_id: int) -> Outcome:
        """Cancel a live order."""
        return self._do(CommandKind.CANCEL_ORDER, account=account, order_id=order_id)

    def amend(
        self,
        account: int,
        order_id: int,
        *,
        qty: Number | None = None,
        price: Number | None = None,
        **terms: Any,
    ) -> Outcome:
        """Change a live order's open quantity, price, or a term; what asks for more re-queues.

        Of the terms of `place`, a trigger or peg it has may change, and its `minimum`.
        """
        live = self.core.order(order_id)
        fields = {"account": account, "order_id": order_id, "qty": qty, "price": price}
        return self._do(CommandKind.AMEND_ORDER, live[1] if live else 0, terms=terms, **fields)

    def cancel_all(
        self,
        account: int,
        instrument: Listed | None = None,
        *,
        side: AnySide = Side.NONE,
        low: Number | None = None,
        high: Number | None = None,
    ) -> Outcome:
        """Cancel an account's live orders: on one instrument, one side, or within prices."""
        fields = {"account": account, "side": side, "price": low, "price_high": high}
        if instrument is None:
            fields["instrument"] = _core.EVERY_INSTRUMENT
        return self._do(CommandKind.CANCEL_ALL, instrument, **fields)

    def set_trade_group(self, account: int, group: int) -> Outcome:
        """Let accounts of one group (0: none) count as one where self-trades are prevented."""
        return self._do(CommandKind.SET_TRADE_GROUP, account=account, amount_atoms=group)

    def change_phase(
        self, instrument: Listed, phase: int | str, *, reference: Number | None = None
    ) -> Outcome:
        """Go to "auction", "halted", or back to "continuous": what crosses trades at one price."""
        to = choice(words.TradingPhase, phase)
        return self._do(CommandKind.CHANGE_PHASE, instrument, order_type=to, price=reference)

    def print_trade(self, instrument: Listed, price: Number, qty: Number | None = None) -> Outcome:
        """Report a trade made elsewhere: it is the last price, and may trigger orders."""
        return self._do(CommandKind.PRINT_TRADE, instrument, price=price, qty=qty)

    def advance_time(self, time: Time) -> Outcome:
        """Let time pass until then: orders expire, and a point that was held closes."""
        self.now = time
        return self._do(CommandKind.ADVANCE_TIME)

    def set_index(self, instrument: Listed, price: Number, *, hold: bool = False) -> Outcome:
        """Move the index; the mark follows by the venue's formula, and liquidations the mark.

        With `hold`, more prices of the same point follow: all are applied together, at the first
        command that is not held.
        """
        return self._do(CommandKind.UPDATE_INDEX, instrument, price=price, flags=_HOLD * hold)

    def set_mark(self, instrument: Listed, price: Number, *, hold: bool = False) -> Outcome:
        """Force the mark to a price, for this point; `hold` as in `set_index`."""
        return self._do(CommandKind.SET_MARK, instrument, price=price, flags=_HOLD * hold)

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
        records = build_commands(commands) if isinstance(commands, Mapping) else commands
        begin = self.core.event_rows()
        self.core.apply(records)
        return Events(self.core, begin, self.core.event_rows())

    @property
    def events(self) -> Events:
        """All retained events."""
        return Events(self.core, (0,) * len(FAMILIES), self.core.event_rows())

    def clear_events(self) -> None:
        """Forget retained events and reuse their memory: earlier views then show later events."""
        self.core.clear_events()

    def mark(self, instrument: Listed) -> Decimal | None:
        """Return the mark price; None while there is none."""
        return self._price(instrument, self.core.mark)

    def best(self, instrument: Listed, side: AnySide) -> Decimal | None:
        """Return the best bid ("buy") or ask ("sell"); None where the side is empty."""
        return self._price(instrument, lambda at: self.core.best(at, choice(Side, side)))

    def last(self, instrument: Listed) -> Decimal | None:
        """Return the price of the last trade; None while there is none."""
        return self._price(instrument, self.core.last_price)

    def _price(self, instrument: Listed, ticks_of: Callable[[int], int]) -> Decimal | None:
        ticks = ticks_of(at := self.id_of(instrument))
        return self.instruments[at].price(ticks) if ticks > 0 else None

    def depth(self, instrument: Listed, side: AnySide, levels: int = 10) -> Table:
        """Return the best levels of a side, as far as they are displayed, as columns."""
        prices, lots, orders = self.core.depth(self.id_of(instrument), choice(Side, side), levels)
        return Table({"price_ticks": prices, "open_lots": lots, "orders": orders})

    def orders(self, instrument: Listed) -> Table:
        """Return live orders as columns: bids and asks by priority, then pending and parked."""
        return Table(self.core.orders(self.id_of(instrument)))

    def phase(self, instrument: Listed) -> words.TradingPhase:
        """Return whether trading is continuous, in an auction or halted."""
        return words.TradingPhase(self.core.phase(self.id_of(instrument)))

    def indicative(self, instrument: Listed) -> tuple[Decimal | None, Decimal]:
        """Return price and quantity that an uncross would trade now; None and 0 without a cross."""
        ticks, lots = self.core.indicative(at := self.id_of(instrument))
        listed = self.instruments[at]
        return listed.price(ticks) if ticks else None, listed.qty(lots)

    @property
    def digest(self) -> str:
        """Digest of every event so far: equal for equal runs."""
        return f"{self.core.digest:016x}"

    def branch(self) -> Self:
        """Return a copy that continues on its own, with an empty event log."""
        twin = copy(self)
        twin.core = self.core.branch()
        return twin

    def snapshot(self) -> bytes:
        """Return the whole state as bytes."""
        head = snapshot_head.written(self.instruments, self.currencies)
        return _MAGIC + len(head).to_bytes(4, "little") + head + bytes(self.core.snapshot())

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
        end = 12 + int.from_bytes(snapshot[8:12], "little")
        if snapshot[:8] != _MAGIC or len(snapshot) <= end:
            raise DataError("these bytes are not a venue's snapshot; use what snapshot() returned")
        venue = cls.__new__(cls)
        core = cls._machine.restore(snapshot[end:])
        venue._adopt(core, *snapshot_head.read(snapshot[12:end]))  # noqa: SLF001  (our own)
        return venue

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).restore, (self.snapshot(),)
