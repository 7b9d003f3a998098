"""Random commands about liquidations that take more than one step, and about sessions.

This module owns how these are drawn for the flow: orders of who may not order, help in time, the
moment at which the next step is due. They are drawn while somebody is in liquidation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import margin, pools
from .commands import EVERY_INSTRUMENT, Command, CommandKind, Side, opposite
from .state import Position
from .vocabulary import PositionSide

if TYPE_CHECKING:
    from .flow import CommandFlow


def close_session(flow: CommandFlow) -> Command:
    """End the session of an instrument, now and then of one that is not there."""
    instrument = flow.rng.choice([flow.instrument()] * 9 + [len(flow.specs)])
    return flow.command(CommandKind.CLOSE_SESSION, instrument=instrument)


def near_ruin(flow: CommandFlow) -> Command:
    """Mark an instrument where somebody's margin is all but gone: in breach, and not bankrupt."""
    state, instrument = flow.venue.state, flow.instrument()
    price = flow.price_near(instrument, flow.side())
    positions = flow.user_positions(instrument)
    if positions and state.instruments[instrument].mark_ticks != 0:
        position = positions[0]
        spec = flow.specs[instrument]
        if position.cross:
            pool = pools.pool_of(state, position.account, spec.settle_currency)
            ruin = pools.worst_price(state, pool, position)
        else:
            ruin = margin.bankruptcy_price(spec, position)
        away = flow.rng.choice([0, 1, ruin // 1_000, ruin // 200])
        price = flow.in_range(instrument, ruin + (away if position.qty_lots > 0 else -away))
    flow.fair_ticks[instrument] = price
    return flow.command(CommandKind.SET_MARK, instrument=instrument, price_ticks=price)


def in_liquidation(flow: CommandFlow) -> Command | None:
    """Draw something about a liquidation between two steps, if there is one."""
    if not flow.venue.state.liquidations:
        return None
    drawn = flow.rng.choice([_order, _order, _rescue, _rescue, _recover, _next_step, _next_step])
    return drawn(flow)


def _struck(flow: CommandFlow) -> tuple[int, int, int]:
    """Draw a unit in liquidation: its account, an instrument of it, and leg or currency."""
    account, instrument, side = flow.rng.choice(sorted(flow.venue.state.liquidations))
    if instrument == EVERY_INSTRUMENT:
        held = [one.instrument for one in flow.venue.state.held_by(account) if one.cross]
        instrument = flow.rng.choice(held or [flow.instrument()])
    return account, instrument, side


def _order(flow: CommandFlow) -> Command:
    """Order, or offer what others in liquidation may close against."""
    account, instrument, _ = _struck(flow)
    if flow.rng.random() < 0.5:
        return flow.limit_order(account=account, instrument=instrument)
    position = _position(flow, account, instrument)
    side = Side.BUY if position.qty_lots > 0 else Side.SELL
    best = flow.venue.best(instrument, opposite(side))
    fair = flow.fair_ticks[instrument]
    return flow.limit_order(
        account=flow.richest_user(),
        instrument=instrument,
        side=side,
        qty_lots=flow.rng.randint(1, flow.specs[instrument].order_lots_max),
        price_ticks=flow.in_range(instrument, best if best > 0 else fair),
    )


def _position(flow: CommandFlow, account: int, instrument: int) -> Position:
    legs = flow.venue.state.legs(account, instrument)
    return next((one for one in legs if one.qty_lots != 0), legs[PositionSide.NET])


def _rescue(flow: CommandFlow) -> Command:
    """Pay in, or add margin, before the next step."""
    account, instrument, side = flow.rng.choice(sorted(flow.venue.state.liquidations))
    pooled = instrument == EVERY_INSTRUMENT
    currency = side if pooled else flow.specs[instrument].settle_currency
    amount = flow.wallet_scale(currency) * flow.rng.choice([1, 10])
    if pooled or flow.loose(account, currency) <= 0:
        return flow.command(
            CommandKind.DEPOSIT, account=account, instrument=currency, amount_atoms=amount
        )
    return flow.command(
        CommandKind.ADJUST_MARGIN,
        account=account,
        instrument=instrument,
        side=side,
        amount_atoms=flow.loose(account, currency),
    )


def _recover(flow: CommandFlow) -> Command:
    """Let the mark come back."""
    account, instrument, _ = _struck(flow)
    way = 1 if _position(flow, account, instrument).qty_lots > 0 else -1
    mark = flow.venue.instrument(instrument).mark_ticks or flow.fair_ticks[instrument]
    price = flow.in_range(instrument, mark + way * (mark * flow.rng.choice([1, 5, 20]) // 100))
    flow.fair_ticks[instrument] = price
    return flow.command(CommandKind.SET_MARK, instrument=instrument, price_ticks=price)


def _next_step(flow: CommandFlow) -> Command:
    """Let time pass until a step is due, or just not."""
    state = flow.venue.state
    due_ns = flow.rng.choice(sorted(run.next_ns for run in state.liquidations.values()))
    time_ns = max(state.time_ns, due_ns - flow.rng.choice([0, 0, 1]))
    return Command(kind=CommandKind.ADVANCE_TIME, time_ns=time_ns)
