"""The venue: accounts, leverage and positions on top of order books, in people's units."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from . import _core
from .errors import ConfigError, DataError, InvariantError
from .events import Outcome, Position, Table
from .market import AnySide, Listed, Market
from .reference.explained import Explained, bankruptcy_price, liquidation_price, margin_ratio
from .reference.instruments import Instrument
from .reference.order_words import choice
from .reference.vocabulary import CommandKind, MarginMode, OrderFlag, PositionMode, PositionSide
from .units import ATOM, Number, from_atoms, to_steps

AnyCurrency = int | str
"""What names a currency of a venue: its symbol, or its number."""

Leg = PositionSide | int | str


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

    core: _core.Venue
    _machine: ClassVar[type[_core.Venue]] = _core.Venue
    _liquidates = True

    def currency_id(self, currency: AnyCurrency) -> int:
        """Return the number of a currency: its place in the rulebook's list."""
        symbols = [one.symbol for one in self.currencies]
        if currency in symbols:
            return symbols.index(str(currency))
        if isinstance(currency, int) and 0 <= currency < len(symbols):
            return currency
        raise ConfigError(f"'{currency}' is no currency here; there are {', '.join(symbols)}")

    def _pay(self, kind: CommandKind, currency: AnyCurrency, **fields: Any) -> Outcome:
        return self._do(kind, **fields, currency=self.currency_id(currency))

    def open_account(self, deposit: Number = 0, *, currency: AnyCurrency = 0) -> int:
        """Open an account with a first deposit and return its id."""
        outcome = self._pay(CommandKind.OPEN_ACCOUNT, currency, amount=deposit)
        if not outcome:
            raise DataError(f"no account opens with a deposit of {deposit}: {outcome.reason.name}")
        return self.core.last_account

    def deposit(self, account: int, amount: Number, *, currency: AnyCurrency = 0) -> Outcome:
        """Pay into an account."""
        return self._pay(CommandKind.DEPOSIT, currency, account=account, amount=amount)

    def withdraw(self, account: int, amount: Number, *, currency: AnyCurrency = 0) -> Outcome:
        """Pay out of an account what no order reserves and no cross position needs."""
        return self._pay(CommandKind.WITHDRAW, currency, account=account, amount=amount)

    def transfer(
        self, account: int, other_account: int, amount: Number, *, currency: AnyCurrency = 0
    ) -> Outcome:
        """Pass on to another account what could be withdrawn."""
        fields = {"account": account, "other_account": other_account, "amount": amount}
        return self._pay(CommandKind.TRANSFER, currency, **fields)

    def fund_insurance(self, amount: Number, *, currency: AnyCurrency = 0) -> Outcome:
        """Pay into the insurance fund from outside."""
        return self._pay(CommandKind.FUND_INSURANCE, currency, amount=amount)

    def update_collateral(
        self, currency: AnyCurrency, price: Number, *, hold: bool = False
    ) -> Outcome:
        """Set the price of a currency in the first one; `hold` as in `set_index`."""
        at = self.currency_id(currency)
        step = self.currencies[at].tick_atoms * ATOM
        ticks = to_steps(price, step, f"price of {self.currencies[at].symbol}")
        fields = {"price_ticks": ticks, "flags": OrderFlag.HOLD_POINT * hold}
        return self._pay(CommandKind.UPDATE_COLLATERAL, at, **fields)

    def set_leverage(
        self,
        account: int,
        instrument: Listed,
        leverage: int,
        *,
        mode: MarginMode | int | str | None = None,
    ) -> Outcome:
        """Set the leverage of an account in an instrument, and its margin mode where one is given.

        Where the mode is another one it is changed first; if that is refused, nothing changes.
        """
        if mode is not None and self._mode(account, instrument) is not choice(MarginMode, mode):
            changed = self.set_margin_mode(account, instrument, mode)
            if not changed:
                return changed
        return self._do(CommandKind.SET_LEVERAGE, instrument, account=account, qty_lots=leverage)

    def _mode(self, account: int, instrument: Listed) -> MarginMode:
        return MarginMode(self.core.is_cross(account, self.id_of(instrument)))

    def set_margin_mode(
        self, account: int, instrument: Listed, mode: MarginMode | int | str
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
        to = choice(MarginMode, mode)
        return self._do(CommandKind.SET_MARGIN_MODE, instrument, account=account, order_type=to)

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
        to = choice(PositionMode, mode)
        return self._do(CommandKind.SET_POSITION_MODE, account=account, order_type=to)

    def adjust_margin(
        self, account: int, instrument: Listed, amount: Number, *, position_side: Leg = 0
    ) -> Outcome:
        """Add isolated margin to a position, or remove some with a negative amount."""
        leg = choice(PositionSide, position_side)
        fields = {"account": account, "amount": amount, "leg": leg}
        return self._do(CommandKind.ADJUST_MARGIN, instrument, **fields)

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

    def settle_funding(self, instrument: Listed, rate: Number) -> Outcome:
        """Settle funding at a rate per interval; longs pay shorts when it is positive."""
        rate_e8 = to_steps(rate, Decimal("1e-8"), "funding rate")
        return self._do(CommandKind.SETTLE_FUNDING, instrument, amount_atoms=rate_e8)

    def balance(self, account: int, currency: AnyCurrency = 0) -> Decimal:
        """Return an account's wallet: what is not margin of an isolated position."""
        return from_atoms(self.core.account(account, self.currency_id(currency))[0])

    def available(self, account: int, currency: AnyCurrency = 0) -> Decimal:
        """Return what of the wallet no resting order reserves."""
        wallet, reserved = self.core.account(account, self.currency_id(currency))
        return from_atoms(wallet - reserved)

    def position(
        self, account: int, instrument: Listed, position_side: Leg = PositionSide.NET
    ) -> Position:
        """Return an account's position in an instrument, or one leg where it hedges."""
        at, leg = self.id_of(instrument), choice(PositionSide, position_side)
        listed = self.instruments[at]
        lots, cost, margin, leverage = self.core.position(account, at, leg)
        qty, entry = listed.qty(lots), None
        if qty and listed.contract is not None:
            entry = qty * listed.contract / -from_atoms(cost)
        elif qty:
            entry = from_atoms(cost) / qty
        mode = self._mode(account, at)
        return Position(qty, entry, from_atoms(margin), leverage, leg, mode)

    def positions(self) -> Table:
        """Return all open positions as columns in lots, atoms and ticks."""
        return Table(self.core.positions())

    def accounts(self, currency: AnyCurrency = 0) -> Table:
        """Return wallets and reserves of all accounts as columns in atoms, by account id."""
        return Table(self.core.accounts(self.currency_id(currency)))

    def liquidation_price(
        self, account: int, instrument: Listed, position_side: Leg = PositionSide.NET
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
        return liquidation_price(*self._terms(account, instrument, position_side))

    def bankruptcy_price(
        self, account: int, instrument: Listed, position_side: Leg = PositionSide.NET
    ) -> Explained | None:
        """Return the price at which closing a position leaves nothing; None without one."""
        return bankruptcy_price(*self._terms(account, instrument, position_side))

    def margin_ratio(
        self, account: int, instrument: Listed, position_side: Leg = PositionSide.NET
    ) -> Explained | None:
        """Return maintenance margin over equity, of the pool in cross margin: 1 is liquidated."""
        return margin_ratio(*self._terms(account, instrument, position_side))

    def _terms(self, account: int, instrument: Listed, side: Leg) -> tuple[Any, Instrument]:
        at = self.id_of(instrument)
        terms = self.core.margin_terms(account, at, choice(PositionSide, side))
        return terms, self.instruments[at]

    def liquidation_map(self, instrument: Listed, *, cross: bool = False) -> Table:
        """Return what waits for liquidation, by rising mark, as columns in ticks, lots and atoms.

        `long_*` wait for marks at or below `price_ticks`, `short_*` at or above: isolated
        positions, exact. With `cross` also `cross_long_*` and `cross_short_*`: conditional prices,
        each with the rest of its pool held fixed; O(accounts).
        """
        return Table(self.core.liquidation_levels(self.id_of(instrument), cross))

    @property
    def insurance_fund(self) -> Decimal:
        """The wallet of the insurance fund."""
        return self.balance(0)

    def check(self) -> None:
        """Raise InvariantError where money, positions or books do not add up; visits everything."""
        if broken := self.core.audit():
            raise InvariantError(broken)

    def __repr__(self) -> str:
        symbols = ", ".join(one.symbol for one in self.instruments)
        return (
            f"<Venue {symbols}: {self.core.account_count - 1:,} accounts, "
            f"{self.core.live_orders:,} live orders, {self.core.event_count:,} events, {self.now}>"
        )
