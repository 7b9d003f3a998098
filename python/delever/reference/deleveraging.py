"""Deleveraging: the last resort, where the insurance fund cannot bear a bankrupt position.

This module owns who gives up profit for whom. The holders of the opposite side are ranked once
per round, instrument and side, the fund before all others, and take the bankrupt position over
against their own, at the bankrupt's cost: it ends with exactly nothing, and no money is made or
lost. What is left when the ranking is used up goes to the fund. Taking over by the fund lives
here too, because both ways end in it.
"""

from __future__ import annotations

from dataclasses import dataclass

from . import live_orders, margin, settlement
from .arithmetic import sign, trunc_mul_div
from .commands import CancelReason
from .events import EventKind
from .state import FUND, Position, VenueState


@dataclass(frozen=True)
class Bankrupt:
    """A position waiting for deleveraging, and the liquidation it comes from."""

    position: Position
    start: int
    closed_lots: int


class Rankings:
    """The candidates of one round, by instrument and by the sign of their positions.

    Parameters
    ----------
    state
        The venue.
    queue
        The bankrupt positions of the round, which are no candidates themselves.
    """

    def __init__(self, state: VenueState, queue: list[Bankrupt]) -> None:
        self._state = state
        self._bankrupt = {(b.position.account, b.position.instrument) for b in queue}
        self._ranked: dict[tuple[int, int], list[Position]] = {}

    def opposite_to(self, position: Position) -> list[Position]:
        """Return who may deleverage a position, in order; ranked when first asked for.

        Parameters
        ----------
        position
            The bankrupt position.

        Returns
        -------
        list[Position]
            The ranking of that side. Positions are as they are now, not as they were when ranked.
        """
        instrument = position.instrument
        key = (instrument, -sign(position.qty_lots))
        if key not in self._ranked:
            candidates = [
                candidate
                for candidate in self._state.open_positions(instrument)
                if sign(candidate.qty_lots) == key[1]
                and (candidate.account, instrument) not in self._bankrupt
            ]
            self._ranked[key] = sorted(candidates, key=self._rank)
        return self._ranked[key]

    def _rank(self, candidate: Position) -> tuple[bool, int, int]:
        instrument = self._state.instruments[candidate.instrument]
        score = margin.deleveraging_score(instrument.spec, candidate, instrument.mark_ticks)
        return (candidate.account != FUND, -score, candidate.account)


def process(state: VenueState, queue: list[Bankrupt]) -> None:
    """Deleverage the bankrupt positions of a round, in the order in which they were liquidated."""
    rankings = Rankings(state, queue)
    for bankrupt in queue:
        _deleverage(state, bankrupt, rankings.opposite_to(bankrupt.position))


def _deleverage(state: VenueState, bankrupt: Bankrupt, ranking: list[Position]) -> None:
    """Pass one bankrupt position on to the ranked candidates, and the rest to the fund."""
    position = bankrupt.position
    spec = state.instruments[position.instrument].spec
    bankruptcy = margin.bankruptcy_price(spec, position)
    total_value = margin.bankruptcy_value(position)
    total_lots = abs(position.qty_lots)
    direction = sign(position.qty_lots)
    rest_lots, rest_value = total_lots, total_value
    for candidate in ranking:
        if rest_lots == 0:
            break
        if candidate.qty_lots * direction >= 0:
            continue
        lots = min(rest_lots, abs(candidate.qty_lots))
        share = rest_value
        if lots < rest_lots:
            share = trunc_mul_div(total_value, lots, total_lots)
        change = direction * lots
        _transfer(state, bankrupt, candidate, change, share, bankruptcy_ticks=bankruptcy)
        rest_lots -= lots
        rest_value -= share
    if rest_lots > 0:
        rest = direction * rest_lots
        take_over(
            state,
            position,
            rest,
            rest_value,
            bankruptcy_ticks=bankruptcy,
            start=bankrupt.start,
        )
    settlement.clear(position)
    emit_finished(state, position, bankrupt.closed_lots, bankruptcy, bankrupt.start)


def _transfer(
    state: VenueState,
    bankrupt: Bankrupt,
    candidate: Position,
    change_lots: int,
    signed_value: int,
    *,
    bankruptcy_ticks: int,
) -> None:
    """Close part of a candidate's position against the bankrupt's."""
    live_orders.cancel_waiting(
        state,
        candidate.account,
        candidate.instrument,
        CancelReason.DELEVERAGING,
        bankrupt.start,
    )
    sequence = state.emit(
        EventKind.ACCOUNT_DELEVERAGED,
        cause=bankrupt.start,
        instrument=candidate.instrument,
        account=candidate.account,
        price_ticks=bankruptcy_ticks,
        qty_lots=change_lots,
        amount_atoms=signed_value,
        other_account=bankrupt.position.account,
    )
    settlement.settle(state, candidate, change_lots, signed_value, sequence)


def take_over(
    state: VenueState,
    position: Position,
    change_lots: int,
    signed_value: int,
    *,
    bankruptcy_ticks: int,
    start: int,
) -> None:
    """Pass (part of) a bankrupt position on to the insurance fund, at the bankrupt's cost.

    Parameters
    ----------
    state
        The venue.
    position
        The bankrupt position; the caller clears it.
    change_lots, signed_value
        What the fund takes, and the value it takes it at.
    bankruptcy_ticks
        The bankruptcy price, for the event.
    start
        The LiquidationStarted event this belongs to.
    """
    instrument = position.instrument
    sequence = state.emit(
        EventKind.POSITION_TAKEN_OVER,
        cause=start,
        instrument=instrument,
        account=position.account,
        price_ticks=bankruptcy_ticks,
        qty_lots=change_lots,
        amount_atoms=signed_value,
    )
    state.instruments[instrument].last_takeover = sequence
    settlement.settle(state, state.position(FUND, instrument), change_lots, signed_value, sequence)


def emit_finished(
    state: VenueState, position: Position, closed_lots: int, bankruptcy_ticks: int, start: int
) -> None:
    """Say that a liquidation ended with the position passed on: no fee, nothing returned."""
    state.emit(
        EventKind.LIQUIDATION_FINISHED,
        cause=start,
        instrument=position.instrument,
        account=position.account,
        price_ticks=bankruptcy_ticks,
        qty_lots=closed_lots,
    )
