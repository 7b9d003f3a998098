"""The venue: accounts, leverage and positions on top of order books, in people's units."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import ClassVar

from . import _core
from .errors import ConfigError, DataError, InvariantError
from .events import Outcome, Position, Table
from .market import AnySide, Listed, Market
from .reference.vocabulary import CommandKind
from .units import Number, from_atoms, to_steps


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
