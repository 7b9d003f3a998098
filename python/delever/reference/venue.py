"""The reference venue: one command after the other, and what each leads to.

This module owns the frame around every command: its number, the order of the first checks, the
closing of an evaluation point that was held open, and the turning of a failed check into an
event. A rejected command changes nothing but the time.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from . import (
    accounts,
    amending,
    auction,
    collateral,
    expiry,
    funding,
    insurance,
    liquidation_agenda,
    live_orders,
    mark,
    modes,
    placement,
    positions,
    rounds,
    run_down,
    sessions,
    terms,
)
from .audit import audit
from .commands import (
    Command,
    CommandKind,
    OrderFlag,
    Rejected,
    RejectReason,
    Side,
    TradingPhase,
    as_commands,
)
from .events import Event, EventKind
from .orders import Order, Place
from .rules import InstrumentSpec, Rulebook
from .state import Account, Advisor, InstrumentState, Position, VenueState
from .vocabulary import PositionSide

_POINT_KINDS = (
    CommandKind.UPDATE_INDEX,
    CommandKind.SET_MARK,
    CommandKind.UPDATE_COLLATERAL,
    CommandKind.UPDATE_SOURCE,
    CommandKind.SAMPLE_MARK,
)
_FUNDING_KINDS = (CommandKind.SETTLE_FUNDING, CommandKind.SETTLE_OWN_FUNDING)

_HANDLERS: dict[CommandKind, Callable[[VenueState, Command], None]] = {
    CommandKind.OPEN_ACCOUNT: accounts.open_account,
    CommandKind.DEPOSIT: accounts.deposit,
    CommandKind.WITHDRAW: accounts.withdraw,
    CommandKind.FUND_INSURANCE: accounts.fund_insurance,
    CommandKind.SET_LEVERAGE: modes.set_leverage,
    CommandKind.ADJUST_MARGIN: positions.adjust_margin,
    CommandKind.PLACE_ORDER: placement.place,
    CommandKind.CANCEL_ORDER: amending.cancel_order,
    CommandKind.AMEND_ORDER: amending.amend,
    CommandKind.CANCEL_ALL: amending.cancel_all,
    CommandKind.SEED_POSITION: positions.seed_position,
    CommandKind.UPDATE_INDEX: mark.update_index,
    CommandKind.SET_MARK: mark.set_mark,
    CommandKind.SETTLE_FUNDING: funding.settle_funding,
    CommandKind.ATTACH_TERM: terms.attach,
    CommandKind.SET_TRADE_GROUP: accounts.set_trade_group,
    CommandKind.REPLACE_ORDER: placement.replace,
    CommandKind.CHANGE_PHASE: auction.change_phase,
    CommandKind.PRINT_TRADE: auction.print_trade,
    CommandKind.ADVANCE_TIME: lambda _state, _command: None,
    CommandKind.SET_MARGIN_MODE: modes.set_margin_mode,
    CommandKind.SET_POSITION_MODE: modes.set_position_mode,
    CommandKind.TRANSFER: accounts.transfer,
    CommandKind.UPDATE_COLLATERAL: collateral.update,
    CommandKind.CLOSE_SESSION: sessions.close_session,
    CommandKind.UPDATE_SOURCE: mark.update_source,
    CommandKind.SAMPLE_MARK: mark.sample_mark,
    CommandKind.SETTLE_OWN_FUNDING: funding.settle_own_funding,
}


class ReferenceVenue:
    """A venue in plain Python integers, written to be read.

    Parameters
    ----------
    instruments
        The instruments, in id order.
    rulebook
        The venue's rules.
    advisor
        What the user decides, where the rulebook says so.

    Examples
    --------
    >>> from delever.reference import CommandKind, InstrumentSpec, Rulebook, marginal_tiers
    >>> tiers = marginal_tiers([(0, 5_000, 100)])
    >>> spec = InstrumentSpec("BTCUSDT", 1, 4_000, 100, 1_000, tiers)
    >>> venue = ReferenceVenue([spec], Rulebook())
    >>> venue.apply({"kind": CommandKind.OPEN_ACCOUNT, "amount_atoms": 1_000})
    >>> venue.wallet(1)
    1000
    """

    def __init__(
        self,
        instruments: Sequence[InstrumentSpec],
        rulebook: Rulebook,
        advisor: Advisor | None = None,
    ) -> None:
        self.state = VenueState(instruments, rulebook)
        self.state.advisor = advisor or Advisor()

    def apply(self, commands: Any) -> None:
        """Carry out one command or several, in order.

        Parameters
        ----------
        commands
            A command, or an iterable of commands, each a `Command`, a mapping from field names to
            integers, a numpy record or an object with the fields as attributes. Where a function of
            the user raises, the command that asked it and those after it have not happened.
        """
        for command in as_commands(commands):
            if self.state.advisor == Advisor():
                self._apply_one(command)
            else:
                self._apply_advised(command)

    def _apply_advised(self, command: Command) -> None:
        """Apply a command that may ask the user; where the user raises, it has not happened."""
        before = copy.deepcopy(self.state, {id(self.state.advisor): self.state.advisor})
        try:
            self._apply_one(command)
        except Exception:
            self.state = before
            raise

    def _apply_one(self, command: Command) -> None:
        state = self.state
        state.command_number += 1
        terms.collect(state, command)
        if command.kind not in _HANDLERS:
            self._reject(command, RejectReason.UNKNOWN_COMMAND)
            return
        if command.time_ns < state.time_ns:
            self._reject(command, RejectReason.TIME_REVERSED)
            return
        point_open = bool(state.point or state.collateral_point)
        if point_open and (command.kind not in _POINT_KINDS or command.time_ns > state.time_ns):
            self._close_point()
            run_down.run_down(state)
        state.time_ns = command.time_ns
        expiry.expire(state)
        try:
            _HANDLERS[CommandKind(command.kind)](state, command)
        except Rejected as rejected:
            self._reject(command, rejected.reason)
        else:
            self._follow(command)
        run_down.run_down(state)
        state.orders.start_over()

    def _follow(self, command: Command) -> None:
        """Do what comes after a command that was carried out: evaluate everybody where it must."""
        if command.kind in _POINT_KINDS and not command.flags & OrderFlag.HOLD_POINT:
            self._close_point()
        if command.kind in _FUNDING_KINDS:
            self._evaluate()
        next_step = command.kind == CommandKind.ADVANCE_TIME
        if next_step and liquidation_agenda.any_due(self.state):
            self._evaluate()
        if command.kind == CommandKind.CHANGE_PHASE:
            run_down.drain(self.state)
            if self.state.instruments[command.instrument].continuous:
                self._evaluate()

    def _close_point(self) -> None:
        """Mark the instruments of the point, and evaluate everybody at the new marks."""
        mark.mark_point(self.state)
        run_down.drain(self.state)
        self._evaluate()
        self.state.point.clear()
        self.state.collateral_point.clear()

    def _evaluate(self) -> None:
        insurance.sample(self.state)
        rounds.run_rounds(self.state)
        insurance.unwind(self.state)

    def _reject(self, command: Command, reason: RejectReason) -> None:
        if command.kind == CommandKind.ATTACH_TERM:
            terms.refuse(self.state)
        self.state.emit(
            EventKind.COMMAND_REJECTED,
            instrument=command.instrument,
            account=command.account,
            order_id=command.order_id,
            amount_atoms=command.kind,
            reason=reason,
        )

    @property
    def events(self) -> list[Event]:
        """Every event so far, as tuples of sixteen words."""
        return self.state.stream.events

    @property
    def digest(self) -> int:
        """The digest of every event so far."""
        return self.state.stream.digest

    @property
    def account_count(self) -> int:
        """The number of accounts, the insurance fund among them."""
        return len(self.state.accounts)

    def audit(self) -> str:
        """Return the first broken identity, or an empty string where all hold."""
        return audit(self.state)

    def account(self, account: int) -> Account:
        """Return an account; 0 is the insurance fund."""
        return self.state.accounts[account]

    def wallet(self, account: int, currency: int = 0) -> int:
        """Return the atoms in an account's wallet of a currency."""
        return self.state.accounts[account].wallets[currency]

    def reserved(self, account: int, currency: int = 0) -> int:
        """Return the atoms of a currency that an account keeps for its resting orders."""
        return self.state.accounts[account].reserved[currency]

    def position(
        self, account: int, instrument: int, leg: PositionSide = PositionSide.NET
    ) -> Position:
        """Return an account's position on an instrument, or a leg of it."""
        return self.state.position(account, instrument, leg)

    def instrument(self, instrument: int) -> InstrumentState:
        """Return an instrument: its book, index, mark and last price."""
        return self.state.instruments[instrument]

    def best(self, instrument: int, side: Side) -> int:
        """Return the best displayed price of a side of a book, or -1 where there is none."""
        best = self.state.instruments[instrument].book.best_displayed(side)
        return -1 if best is None else best

    def phase(self, instrument: int) -> TradingPhase:
        """Return the phase of an instrument."""
        return self.state.instruments[instrument].phase

    def last(self, instrument: int) -> int:
        """Return the last price of an instrument, or 0 where there is none."""
        return self.state.instruments[instrument].last_ticks

    def indicative(self, instrument: int) -> tuple[int, int]:
        """Return the price and volume at which a book would uncross now; zeros where it is not."""
        return auction.indicative(self.state, instrument)

    def orders(self, instrument: int) -> list[OrderRow]:
        """Return all live orders of an instrument.

        Parameters
        ----------
        instrument
            The instrument.

        Returns
        -------
        list[OrderRow]
            Bids and asks in the order in which they would trade, then pending orders, then parked
            ones, both oldest first.
        """
        book = self.state.instruments[instrument].book
        live = live_orders.all_live(self.state, instrument)
        rows = book.queue(Side.BUY) + book.queue(Side.SELL)
        for place in (Place.PENDING, Place.PARKED):
            rows += [order for order in live if order.place is place]
        return [_row(order) for order in rows]


class OrderRow(NamedTuple):
    """What a venue says about one live order; prices are 0 where there is none."""

    order_id: int
    account: int
    side: int
    state: int  # 1 resting, 2 pending, 3 parked
    price_ticks: int
    open_lots: int
    visible_lots: int
    trigger_ticks: int
    client_id: int


def _row(order: Order) -> OrderRow:
    trigger = order.trigger.price_ticks if order.place is Place.PENDING and order.trigger else 0
    return OrderRow(
        order.order_id,
        order.account,
        int(order.side),
        order.place.value,
        order.price_ticks,
        order.open_lots,
        order.shown_lots if order.resting and not order.unpriced else 0,
        trigger,
        order.client_id,
    )
