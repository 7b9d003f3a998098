"""Deleveraging: the last resort, where the insurance fund cannot bear a bankrupt position.

This module owns who gives up profit for whom. The holders of the opposite side are ranked once
per round, instrument and side, the fund before all others, and take the bankrupt position over
against their own, at the value that leaves the bankrupt with nothing: no money is made or lost. Or
they take it over at the mark, and the fund bears the difference: always, or where the bankruptcy
price is too far from the mark. What is left when the ranking is
used up goes to the fund. Taking over by the fund lives here too, because both ways end in it. Each
leg of a hedge is a candidate for itself.
"""

from __future__ import annotations

from dataclasses import dataclass

from . import contracts, live_orders, ranking, settlement
from .arithmetic import PPM, sign, trunc_mul_div
from .commands import CancelReason
from .events import EventKind
from .procedure_words import LastResort
from .state import FUND, Position, VenueState


@dataclass(frozen=True)
class Bankrupt:
    """A position that is passed on, the liquidation it comes from, and the value it goes at."""

    position: Position
    start: int
    closed_lots: int
    value_atoms: int


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

    def opposite_to(self, bankrupt: Bankrupt) -> list[Position]:
        """Return who may deleverage a position, in order; ranked when first asked for.

        Parameters
        ----------
        bankrupt
            The bankrupt position.

        Returns
        -------
        list[Position]
            The ranking of that side. Positions are as they are now, not as they were when ranked.
        """
        instrument = bankrupt.position.instrument
        key = (instrument, -sign(bankrupt.position.qty_lots))
        if key not in self._ranked:
            candidates = [
                candidate
                for candidate in self._state.open_positions(instrument)
                if sign(candidate.qty_lots) == key[1]
                and (candidate.account, instrument) not in self._bankrupt
            ]
            self._ranked[key] = ranking.ranked(self._state, candidates, bankrupt.start)
        return self._ranked[key]


def process(state: VenueState, queue: list[Bankrupt]) -> None:
    """Deleverage the bankrupt positions of a round, in the order in which they were liquidated."""
    rankings = Rankings(state, queue)
    for bankrupt in queue:
        _deleverage(state, bankrupt, rankings.opposite_to(bankrupt))


def _deleverage(state: VenueState, bankrupt: Bankrupt, ordered: list[Position]) -> None:
    """Pass one bankrupt position on to the ranked candidates, and the rest to the fund."""
    position = bankrupt.position
    bankruptcy = _bankruptcy_price(state, bankrupt)
    mark = _exchange_mark(state, position, bankruptcy)
    total_value = bankrupt.value_atoms
    total_lots = abs(position.qty_lots)
    direction = sign(position.qty_lots)
    rest_lots, rest_value, borne = total_lots, total_value, 0
    for candidate, lots in ranking.gives(state, ordered, position.qty_lots):
        share = rest_value
        if lots < rest_lots:
            share = trunc_mul_div(total_value, lots, total_lots)
        change, paid = direction * lots, share
        if mark:
            paid = contracts.worth(state.instruments[position.instrument].spec, change, mark)
        _transfer(state, bankrupt, candidate, change, paid, price_ticks=mark or bankruptcy)
        rest_lots -= lots
        rest_value -= share
        borne += share - paid
    _bear(state, bankrupt, borne)
    if rest_lots > 0:
        _take_over(state, bankrupt, direction * rest_lots, rest_value)
    settlement.hand_over(state, position, total_value)
    _emit_finished(state, bankrupt, bankruptcy, gained_atoms=max(0, -borne))


def _exchange_mark(state: VenueState, position: Position, bankruptcy_ticks: int) -> int:
    """Return the mark at which a bankrupt position is deleveraged, or 0: at its own value."""
    instrument = state.instruments[position.instrument]
    mark, beyond_ppm = instrument.mark_ticks, state.rulebook.mark_beyond_ppm
    match state.rulebook.last_resort:
        case LastResort.MARK:
            return mark
        case LastResort.PREVIOUS_MARK:
            return instrument.previous_mark_ticks or mark
    is_beyond = abs(bankruptcy_ticks - mark) * PPM > mark * beyond_ppm
    return mark if beyond_ppm and is_beyond else 0


def _bear(state: VenueState, bankrupt: Bankrupt, atoms: int) -> None:
    """Let the fund bear what deleveraging at a mark costs, or gain what it brings."""
    position = bankrupt.position
    if atoms > 0:
        settlement.cover_loss(state, position, atoms, bankrupt.start)
    else:
        state.fund.wallets[state.settle_currency(position.instrument)] -= atoms


def _bankruptcy_price(state: VenueState, bankrupt: Bankrupt) -> int:
    position = bankrupt.position
    spec = state.instruments[position.instrument].spec
    return contracts.worst_price(spec, position.qty_lots, bankrupt.value_atoms)


def pass_to_fund(state: VenueState, bankrupt: Bankrupt) -> None:
    """Pass a whole bankrupt position on to the insurance fund, which ends its liquidation."""
    bankruptcy = _bankruptcy_price(state, bankrupt)
    _take_over(state, bankrupt, bankrupt.position.qty_lots, bankrupt.value_atoms)
    settlement.hand_over(state, bankrupt.position, bankrupt.value_atoms)
    _emit_finished(state, bankrupt, bankruptcy)


def _transfer(
    state: VenueState,
    bankrupt: Bankrupt,
    candidate: Position,
    change_lots: int,
    signed_value: int,
    *,
    price_ticks: int,
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
        side=candidate.leg,
        price_ticks=price_ticks,
        qty_lots=change_lots,
        amount_atoms=signed_value,
        other_account=bankrupt.position.account,
    )
    settlement.settle(state, candidate, change_lots, signed_value, sequence)


def _take_over(state: VenueState, bankrupt: Bankrupt, change_lots: int, signed_value: int) -> None:
    """Let the insurance fund take (part of) a bankrupt position; the caller clears it."""
    position = bankrupt.position
    instrument = position.instrument
    sequence = state.emit(
        EventKind.POSITION_TAKEN_OVER,
        cause=bankrupt.start,
        instrument=instrument,
        account=position.account,
        side=position.leg,
        price_ticks=_bankruptcy_price(state, bankrupt),
        qty_lots=change_lots,
        amount_atoms=signed_value,
    )
    state.instruments[instrument].last_takeover = sequence
    settlement.settle(state, state.position(FUND, instrument), change_lots, signed_value, sequence)


def _emit_finished(
    state: VenueState, bankrupt: Bankrupt, bankruptcy_ticks: int, *, gained_atoms: int = 0
) -> None:
    """Say that a liquidation ended with the position passed on; nothing is returned."""
    position = bankrupt.position
    state.emit(
        EventKind.LIQUIDATION_FINISHED,
        cause=bankrupt.start,
        instrument=position.instrument,
        account=position.account,
        side=position.leg,
        price_ticks=bankruptcy_ticks,
        qty_lots=bankrupt.closed_lots,
        amount_atoms=gained_atoms,
    )
