"""The order of one step of a liquidation: its limit, whether it is sent at all, and its fee.

This module owns what a step does to the book. An order that is to be filled whole or not at all is
tried on a copy of the venue first, and not sent where it would not be.
"""

from __future__ import annotations

from typing import NamedTuple

from . import contracts, liquidation_agenda, margin, pools
from .arithmetic import PPM, ceil_div, clamp, sign
from .commands import Side, TimeInForce
from .events import EventKind
from .feasibility import dry_run
from .liquidation_agenda import Unit
from .orders import Order, Taker, TakerKind
from .placement import run_immediately
from .pools import Pool
from .procedure_words import ClosePrice, CloseTimeInForce, LiquidationFee, Reduce
from .running import bounded_price
from .state import Liquidation, Position, VenueState
from .step_sizes import is_tier_step


class Step(NamedTuple):
    """What an order of a liquidation did: what was wanted, and the value and lots it got."""

    sent_lots: int
    filled_atoms: int
    closed_lots: int
    fee_atoms: int


def send(state: VenueState, unit: Unit, position: Position, run: Liquidation, lots: int) -> Step:
    """Send some lots of a position in liquidation to the book; positions in it pay no fee yet.

    Parameters
    ----------
    state
        The venue.
    unit, position
        What is in breach, and the position of it that is reduced.
    run
        Its liquidation, which adds up what its steps do.
    lots
        How many lots to close.

    Returns
    -------
    Step
        What happened; the fee is what the unit owes, and is not moved yet.
    """
    run.limit_ticks = _limit(state, unit, position)
    side = Side.SELL if position.qty_lots > 0 else Side.BUY
    way = -sign(position.qty_lots)
    only_whole = state.rulebook.close_tif == CloseTimeInForce.FILL_OR_KILL
    tier_step = is_tier_step(state, position, lots)
    only_whole |= state.rulebook.reduce == Reduce.NEXT_TIER and tier_step
    order = Order(
        order_id=0,
        account=position.account,
        instrument=position.instrument,
        side=side,
        price_ticks=run.limit_ticks,
        open_lots=lots,
        leg=position.leg,
        time_in_force=TimeInForce.IOC,
    )
    taker = Taker(order, TakerKind.LIQUIDATION, cause=run.start)
    had = liquidation_agenda.equity(state, unit)
    needed = liquidation_agenda.maintenance(state, unit)
    qty_before = position.qty_lots
    if not only_whole or _would_fill(state, taker):
        run_immediately(state, taker)
    closed = position.qty_lots - qty_before
    run.closed_lots += closed
    fee = _fee(state, unit, position, taker.filled_value, had=had, needed=needed)
    return Step(way * lots, taker.filled_value, closed, fee)


def emit_stepped(state: VenueState, position: Position, run: Liquidation, step: Step) -> None:
    """Say what a step has done."""
    state.emit(
        EventKind.LIQUIDATION_STEPPED,
        cause=run.start,
        instrument=position.instrument,
        account=position.account,
        side=position.leg,
        price_ticks=run.limit_ticks,
        qty_lots=step.sent_lots,
        amount_atoms=step.filled_atoms,
        other_amount=step.fee_atoms,
    )


def _would_fill(state: VenueState, taker: Taker) -> bool:
    order = taker.order
    fills = dry_run(state, taker, order.price_ticks, order.open_lots)
    return sum(lots for _, lots in fills) == order.open_lots


def _limit(state: VenueState, unit: Unit, position: Position) -> int:
    """Return the worst price at which a position may be closed."""
    instrument = state.instruments[position.instrument]
    match state.rulebook.close_price:
        case ClosePrice.MARKET:
            side = Side.SELL if position.qty_lots > 0 else Side.BUY
            return bounded_price(instrument, side, instrument.spec.market_bound_ppm)
        case ClosePrice.FILLABLE:
            return _fillable_price(state, unit, position)
        case _ if isinstance(unit, Pool):
            return pools.worst_price(state, unit, position)
        case _:
            return margin.bankruptcy_price(instrument.spec, position)


def _fillable_price(state: VenueState, unit: Unit, position: Position) -> int:
    """Return dYdX's price: the mark less a share of the maintenance margin, by what is left."""
    rulebook = state.rulebook
    instrument = state.instruments[position.instrument]
    spec, mark = instrument.spec, instrument.mark_ticks
    has = liquidation_agenda.equity(state, unit)
    required = liquidation_agenda.maintenance(state, unit)
    own = margin.position_maintenance(spec, position, mark)
    if isinstance(unit, Pool):
        own = pools.valued(state, unit, spec.settle_currency, own)
    conceded = 0
    if required > 0:
        urgency = clamp(rulebook.bankruptcy_adjustment_ppm * (required - has), 0, PPM * required)
        share = urgency * rulebook.spread_to_maintenance_ppm * own
        conceded = share // (required * PPM * PPM)
    if isinstance(unit, Pool) and unit.currency != spec.settle_currency:
        conceded = pools.bought_by(state, spec.settle_currency, conceded)
    least = contracts.worth(spec, position.qty_lots, mark) - conceded
    return contracts.worst_price(spec, position.qty_lots, least)


def _fee(
    state: VenueState, unit: Unit, position: Position, filled_atoms: int, *, had: int, needed: int
) -> int:
    """Return what a unit owes the insurance fund for what was filled, at most what is left."""
    if state.rulebook.liquidation_fee_of != LiquidationFee.FILLED:
        return 0
    spec = state.instruments[position.instrument].spec
    left = liquidation_agenda.equity(state, unit)
    if state.rulebook.close_price == ClosePrice.FILLABLE and needed > 0:
        # What the fills were better than the bankruptcy price, of the part they closed.
        freed = needed - liquidation_agenda.maintenance(state, unit)
        left = left - had + had * freed // needed
    left = max(0, left)
    if isinstance(unit, Pool) and spec.settle_currency != unit.currency:
        left = pools.bought_by(state, spec.settle_currency, left)
    return min(ceil_div(filled_atoms * spec.liquidation_fee_ppm, PPM), left)
