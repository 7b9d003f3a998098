"""The venue: accounts, orders and prices in people's units; batches in the engine's.

Single calls take text or Decimals and answer with an `Outcome`; `Venue.apply` takes many commands
in ticks, lots and atoms and is the way to be fast. A refused command is an outcome with a reason,
and an event; an exception means that the call itself made no sense.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from copy import copy
from decimal import Decimal
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _core
from .commands import COMMAND_DTYPE, FIELDS, choice
from .commands import commands as build_commands
from .errors import ConfigError, DataError, InvariantError
from .events import FAMILIES, Events, Outcome, Placed, Position, Table, retention_mask
from .reference.instruments import Instrument
from .reference.rulebook import Rulebook
from .reference.vocabulary import CommandKind, OrderFlag, OrderType, RejectReason, Side, TimeInForce
from .units import Number, Time, from_atoms, to_atoms, to_steps, to_time_ns

Listed = Instrument | str | int
"""What names an instrument of a venue: itself, its symbol, or its id."""

AnySide = Side | int | str
_MAGIC = b"delever1"
_HOLD = OrderFlag.HOLD_POINT


class Venue:
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
        rulebook: Rulebook | None = None,
        retention: str | Iterable[str] = "all",
        trace: bool = False,
    ) -> None:
        rules = rulebook or Rulebook()
        listed = [one.filled_from(rules.instruments.get(one.symbol, one)) for one in instruments]
        specs = [one.spec() for one in listed]
        self._adopt(_core.Venue(specs, rules.spec(), retention_mask(retention), trace), listed)

    def _adopt(self, core: _core.Venue, instruments: Iterable[Instrument]) -> None:
        self.core = core
        self._now_ns = core.time_ns
        self.instruments = tuple(instruments)
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
        """Apply one command, its fields converted to what the core counts in."""
        record: dict[str, Any] = {"kind": kind, "time_ns": max(self._now_ns, self.core.time_ns)}
        if on is not None:
            record["instrument"] = self.id_of(on)
        listed = self.instruments[record.get("instrument", 0)]
        to_engine: dict[str, tuple[str, Callable[[Any], int]]] = {
            "qty": ("qty_lots", listed.lots),
            "price": ("price_ticks", listed.ticks),
            "amount": ("amount_atoms", to_atoms),
            "side": ("side", lambda side: choice(Side, side)),
        }
        for name, value in fields.items():
            field, convert = to_engine.get(name, (name, int))
            record[field] = 0 if value is None else convert(value)
        try:  # much quicker than `commands`, which says what is wrong
            records = np.array([tuple(record.get(name, 0) for name in FIELDS)], COMMAND_DTYPE)
        except OverflowError:
            records = build_commands(record)
        events = self.apply(records)
        return Outcome(RejectReason(self.core.last_rejection), events)

    def open_account(self, deposit: Number = 0) -> int:
        """Open an account with a first deposit and return its id."""
        outcome = self._do(CommandKind.OPEN_ACCOUNT, amount=deposit)
        if not outcome:
            raise DataError(f"no account opens with a deposit of {deposit}: {outcome.reason.name}")
        return self.core.last_account

    def deposit(self, account: int, amount: Number) -> Outcome:
        """Pay into an account."""
        return self._do(CommandKind.DEPOSIT, account=account, amount=amount)

    def withdraw(self, account: int, amount: Number) -> Outcome:
        """Pay out of an account what no order reserves."""
        return self._do(CommandKind.WITHDRAW, account=account, amount=amount)

    def fund_insurance(self, amount: Number) -> Outcome:
        """Pay into the insurance fund from outside."""
        return self._do(CommandKind.FUND_INSURANCE, amount=amount)

    def set_leverage(
        self, account: int, instrument: Listed, leverage: int, *, mode: str = "isolated"
    ) -> Outcome:
        """Set the leverage of an account's position in an instrument."""
        if mode != "isolated":
            raise ConfigError(f"margin mode '{mode}' is not known; positions are 'isolated'")
        return self._do(CommandKind.SET_LEVERAGE, instrument, account=account, qty_lots=leverage)

    def adjust_margin(self, account: int, instrument: Listed, amount: Number) -> Outcome:
        """Add isolated margin to a position, or remove some with a negative amount."""
        return self._do(CommandKind.ADJUST_MARGIN, instrument, account=account, amount=amount)

    def place(
        self,
        account: int,
        instrument: Listed,
        *,
        side: AnySide,
        qty: Number,
        price: Number | None = None,
        tif: TimeInForce | int | str = "gtc",
        flags: OrderFlag | int = 0,
        client_id: int = 0,
    ) -> Placed:
        """Place a limit order, or a market order where no price is given."""
        limit = OrderType.MARKET if price is None else OrderType.LIMIT
        how = {"order_type": limit, "time_in_force": choice(TimeInForce, tif), "flags": flags}
        what = {"account": account, "side": side, "qty": qty, "price": price}
        outcome = self._do(CommandKind.PLACE_ORDER, instrument, **what, **how, client_id=client_id)
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
        self, account: int, order_id: int, *, qty: Number | None = None, price: Number | None = None
    ) -> Outcome:
        """Change a live order's open quantity or price; more, or a new price, lose priority."""
        live = self.core.order(order_id)
        fields = {"account": account, "order_id": order_id, "qty": qty, "price": price}
        return self._do(CommandKind.AMEND_ORDER, live[1] if live else 0, **fields)

    def cancel_all(
        self, account: int, instrument: Listed | None = None, *, side: AnySide = Side.NONE
    ) -> Outcome:
        """Cancel an account's live orders, in one instrument or all, on one side or both."""
        at = _core.EVERY_INSTRUMENT if instrument is None else self.id_of(instrument)
        return self._do(CommandKind.CANCEL_ALL, account=account, instrument=at, side=side)

    def seed_position(
        self,
        account: int,
        other_account: int,
        instrument: Listed,
        *,
        side: AnySide,
        qty: Number,
        price: Number,
    ) -> Outcome:
        """Open opposite positions of two accounts at a price, as if they had once traded."""
        terms = {"other_account": other_account, "side": side, "qty": qty, "price": price}
        return self._do(CommandKind.SEED_POSITION, instrument, account=account, **terms)

    def set_index(self, instrument: Listed, price: Number, *, hold: bool = False) -> Outcome:
        """Move the index; the mark follows by the venue's formula, and liquidations the mark.

        With `hold`, more prices of the same point follow: all are applied together, at the first
        command that is not held.
        """
        return self._do(CommandKind.UPDATE_INDEX, instrument, price=price, flags=_HOLD * hold)

    def set_mark(self, instrument: Listed, price: Number, *, hold: bool = False) -> Outcome:
        """Force the mark to a price, for this point; `hold` as in `set_index`."""
        return self._do(CommandKind.SET_MARK, instrument, price=price, flags=_HOLD * hold)

    def settle_funding(self, instrument: Listed, rate: Number) -> Outcome:
        """Settle funding at a rate per interval; longs pay shorts when it is positive."""
        rate_e8 = to_steps(rate, Decimal("1e-8"), "funding rate")
        return self._do(CommandKind.SETTLE_FUNDING, instrument, amount_atoms=rate_e8)

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

    def balance(self, account: int) -> Decimal:
        """Return an account's wallet: what is not margin of a position."""
        return from_atoms(self.core.account(account)[0])

    def available(self, account: int) -> Decimal:
        """Return what of the wallet no resting order reserves."""
        wallet, reserved = self.core.account(account)
        return from_atoms(wallet - reserved)

    def position(self, account: int, instrument: Listed) -> Position:
        """Return an account's position in an instrument."""
        at = self.id_of(instrument)
        listed = self.instruments[at]
        qty, cost, margin, leverage = self.core.position(account, at)
        entry = from_atoms(cost) / listed.qty(qty) if qty else None
        return Position(listed.qty(qty), entry, from_atoms(margin), leverage)

    def positions(self) -> Table:
        """Return all open positions as columns in lots, atoms and ticks."""
        return Table(self.core.positions())

    def accounts(self) -> Table:
        """Return wallets and reserves of all accounts as columns in atoms, by account id."""
        return Table(self.core.accounts())

    def liquidation_price(self, account: int, instrument: Listed) -> Decimal | None:
        """Return the mark at which a position is liquidated, exact to the tick; None: never."""
        return self._price(instrument, partial(self.core.liquidation_price, account))

    def bankruptcy_price(self, account: int, instrument: Listed) -> Decimal | None:
        """Return the price at which closing a position leaves nothing; None without one."""
        return self._price(instrument, partial(self.core.bankruptcy_price, account))

    def mark(self, instrument: Listed) -> Decimal | None:
        """Return the mark price; None while there is none."""
        return self._price(instrument, self.core.mark)

    def best(self, instrument: Listed, side: AnySide) -> Decimal | None:
        """Return the best bid ("buy") or ask ("sell"); None where the side is empty."""
        return self._price(instrument, lambda at: self.core.best(at, choice(Side, side)))

    def _price(self, instrument: Listed, ticks_of: Callable[[int], int]) -> Decimal | None:
        ticks = ticks_of(at := self.id_of(instrument))
        return self.instruments[at].price(ticks) if ticks > 0 else None

    def depth(self, instrument: Listed, side: AnySide, levels: int = 10) -> Table:
        """Return the best levels of a side as columns, best first."""
        prices, lots, orders = self.core.depth(self.id_of(instrument), choice(Side, side), levels)
        return Table({"price_ticks": prices, "open_lots": lots, "orders": orders})

    @property
    def insurance_fund(self) -> Decimal:
        """The wallet of the insurance fund."""
        return self.balance(0)

    @property
    def digest(self) -> str:
        """Digest of every event so far: equal for equal runs."""
        return f"{self.core.digest:016x}"

    def check(self) -> None:
        """Raise InvariantError where money, positions or books do not add up; visits everything."""
        if broken := self.core.audit():
            raise InvariantError(broken)

    def branch(self) -> Venue:
        """Return a copy that continues on its own, with an empty event log."""
        twin = copy(self)
        twin.core = self.core.branch()
        return twin

    def snapshot(self) -> bytes:
        """Return the whole state as bytes."""
        units = "\n".join(f"{one.symbol}\t{one.tick}\t{one.lot}" for one in self.instruments)
        head = units.encode()
        return _MAGIC + len(head).to_bytes(4, "little") + head + self.core.snapshot()

    @classmethod
    def restore(cls, snapshot: bytes) -> Venue:
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
        rows = (line.split("\t") for line in snapshot[12:end].decode().split("\n"))
        listed = [Instrument.linear(name, tick=tick, lot=lot) for name, tick, lot in rows]
        venue = cls.__new__(cls)
        venue._adopt(_core.Venue.restore(snapshot[end:]), listed)  # noqa: SLF001  (our own)
        return venue

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).restore, (self.snapshot(),)

    def __repr__(self) -> str:
        symbols = ", ".join(one.symbol for one in self.instruments)
        return (
            f"<Venue {symbols}: {self.core.account_count - 1:,} accounts, "
            f"{self.core.live_orders:,} live orders, {self.core.event_count:,} events, {self.now}>"
        )
