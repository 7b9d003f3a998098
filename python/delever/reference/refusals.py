"""Commands made to be refused.

This module owns one provocation per reject reason. Each looks at the flow's venue and returns a
command, or None where the state offers no occasion. None promises its outcome: they make it likely.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .commands import (
    Command,
    CommandKind,
    OrderFlag,
    OrderType,
    Side,
    TimeInForce,
    TradingPhase,
    direction,
    opposite,
)
from .vocabulary import SELF_TRADE_SHIFT

if TYPE_CHECKING:
    from .flow import CommandFlow

Provocation = Callable[["CommandFlow"], Command | None]

_USER_KINDS = (
    CommandKind.DEPOSIT,
    CommandKind.WITHDRAW,
    CommandKind.SET_LEVERAGE,
    CommandKind.ADJUST_MARGIN,
    CommandKind.PLACE_ORDER,
    CommandKind.CANCEL_ORDER,
    CommandKind.AMEND_ORDER,
    CommandKind.CANCEL_ALL,
    CommandKind.SEED_POSITION,
)
_INSTRUMENT_KINDS = (
    CommandKind.SET_LEVERAGE,
    CommandKind.ADJUST_MARGIN,
    CommandKind.PLACE_ORDER,
    CommandKind.CANCEL_ALL,
    CommandKind.UPDATE_INDEX,
    CommandKind.SET_MARK,
    CommandKind.SETTLE_FUNDING,
)
_AMOUNT_TOO_LARGE = (1 << 60) + 1


def _unknown_command(flow: CommandFlow) -> Command:
    return flow.command(flow.rng.choice([0, 77, 99, 65_535]), account=flow.user(), order_id=5)


def _time_reversed(flow: CommandFlow) -> Command | None:
    if flow.venue.state.time_ns == 0:
        return None
    kind = flow.rng.choice(list(CommandKind))
    return Command(kind=kind, time_ns=flow.venue.state.time_ns - 1, account=flow.user())


def _unknown_account(flow: CommandFlow) -> Command:
    account = flow.rng.choice([0, flow.venue.account_count, 0xFFFFFFFF])
    return flow.command(
        flow.rng.choice(_USER_KINDS), account=account, other_account=flow.user(), amount_atoms=5
    )


def _unknown_instrument(flow: CommandFlow) -> Command:
    instrument = flow.rng.choice([len(flow.specs), 0xFFFE])
    return flow.command(
        flow.rng.choice(_INSTRUMENT_KINDS),
        account=flow.user(),
        instrument=instrument,
        flags=flow.rng.choice([0, OrderFlag.HOLD_POINT]),
    )


def _unknown_order(flow: CommandFlow) -> Command:
    order = flow.live_order()
    kind = flow.rng.choice([CommandKind.CANCEL_ORDER, CommandKind.AMEND_ORDER])
    # Another user's order, a stale generation of a live slot, an impossible id, or nothing at all.
    live = order.order_id if order else 1
    order_id = flow.rng.choice([live, max(0, live - (1 << 32)), live + (1 << 32), (1 << 64) - 1, 0])
    client_id = flow.rng.choice([0, -1, 99])
    return flow.command(kind, account=flow.user(), order_id=order_id, client_id=client_id)


def _invalid_order(flow: CommandFlow) -> Command:
    faults: list[dict[str, int]] = [
        {"order_type": 0},
        {"order_type": 3},
        {"time_in_force": 0},
        {"time_in_force": 7},
        {"flags": 6 << SELF_TRADE_SHIFT},
        {"flags": 7 << SELF_TRADE_SHIFT},
        {"flags": OrderFlag.HOLD_POINT},
        {"flags": OrderFlag.SLIDE_POST_ONLY},
        {"flags": OrderFlag.POST_ONLY, "time_in_force": TimeInForce.IOC},
        {"flags": OrderFlag.POST_ONLY, "time_in_force": TimeInForce.GFA},
        {"flags": OrderFlag.POST_ONLY, "order_type": OrderType.MARKET},
        {"client_id": -1},
    ]
    if flow.rng.random() < 0.1:
        phase = flow.rng.choice([0, 4, TradingPhase.CONTINUOUS])
        return flow.command(
            CommandKind.CHANGE_PHASE, instrument=flow.instrument(), order_type=phase
        )
    if flow.rng.random() < 0.2:
        return flow.command(
            flow.rng.choice([CommandKind.CANCEL_ALL, CommandKind.PLACE_ORDER]),
            account=flow.user(),
            instrument=flow.instrument(),
            side=3,
        )
    return flow.limit_order(**flow.rng.choice(faults))


def _invalid_qty(flow: CommandFlow) -> Command:
    instrument = flow.instrument()
    lots = flow.rng.choice([0, -1, flow.specs[instrument].order_lots_max + 1])
    order = flow.live_order()
    if order is not None and flow.rng.random() < 0.3:
        lots = flow.rng.choice([-1, flow.specs[order.instrument].order_lots_max + 1])
        return flow.command(
            CommandKind.AMEND_ORDER, account=order.account, order_id=order.order_id, qty_lots=lots
        )
    return flow.limit_order(instrument=instrument, qty_lots=lots)


def _invalid_price(flow: CommandFlow) -> Command:
    instrument = flow.instrument()
    price = flow.rng.choice([0, -5, flow.specs[instrument].price_ticks_max + 1])
    if flow.rng.random() < 0.5:
        kind = flow.rng.choice([CommandKind.UPDATE_INDEX, CommandKind.SET_MARK])
        flags = flow.rng.choice([0, OrderFlag.HOLD_POINT])
        return flow.command(kind, instrument=instrument, price_ticks=price, flags=flags)
    return flow.limit_order(instrument=instrument, price_ticks=price)


def _invalid_amount(flow: CommandFlow) -> Command:
    kind = flow.rng.choice(
        [
            CommandKind.OPEN_ACCOUNT,
            CommandKind.DEPOSIT,
            CommandKind.WITHDRAW,
            CommandKind.FUND_INSURANCE,
            CommandKind.ADJUST_MARGIN,
            CommandKind.SETTLE_FUNDING,
        ]
    )
    instrument = flow.instrument()
    amount = flow.rng.choice([-1, 0, _AMOUNT_TOO_LARGE, -_AMOUNT_TOO_LARGE])
    return flow.command(
        kind, account=flow.holder(instrument), instrument=instrument, amount_atoms=amount
    )


def _invalid_leverage(flow: CommandFlow) -> Command:
    instrument = flow.instrument()
    leverage = flow.rng.choice([0, -1, flow.specs[instrument].tiers[0].leverage_max + 1])
    return flow.command(
        CommandKind.SET_LEVERAGE, account=flow.user(), instrument=instrument, qty_lots=leverage
    )


def _duplicate_client_id(flow: CommandFlow) -> Command | None:
    named = [order for order in flow.venue.state.orders if order.client_id]
    if not named:
        return None
    order = flow.rng.choice(named)
    return flow.limit_order(account=order.account, client_id=order.client_id)


def _insufficient_margin(flow: CommandFlow) -> Command:
    instrument = flow.instrument()
    lots = flow.specs[instrument].order_lots_max
    account = flow.rng.choice([flow.holder(instrument), flow.user()])
    return flow.limit_order(account=account, instrument=instrument, qty_lots=lots)


def _leverage_above_tier(flow: CommandFlow) -> Command:
    instrument = flow.instrument()
    spec = flow.specs[instrument]
    account = flow.user()
    if flow.rng.random() < 0.4:
        return flow.command(
            CommandKind.SET_LEVERAGE,
            account=flow.holder(instrument),
            instrument=instrument,
            qty_lots=spec.tiers[0].leverage_max,
        )
    return flow.limit_order(
        account=account,
        instrument=instrument,
        qty_lots=spec.order_lots_max,
        price_ticks=spec.price_ticks_max,
        side=Side.SELL,
    )


def _position_limit(flow: CommandFlow) -> Command | None:
    instrument, side = flow.instrument(), flow.side()
    spec = flow.specs[instrument]
    account = flow.holder(instrument)
    if account >= flow.venue.account_count:
        return None
    position = flow.opening(account, instrument, side)
    exposure = max(0, position.qty_lots * direction(side)) + position.open_lots(side)
    room = spec.position_lots_max - exposure
    if flow.rng.random() < 0.5 and room >= 0:
        return flow.command(
            CommandKind.SEED_POSITION,
            account=account,
            other_account=flow.user(),
            instrument=instrument,
            side=side,
            price_ticks=flow.price_near(instrument, side),
            qty_lots=room + flow.rng.choice([0, 1]),
        )
    lots = min(max(1, room + 1), spec.order_lots_max)
    return flow.limit_order(account=account, instrument=instrument, side=side, qty_lots=lots)


def _would_take(flow: CommandFlow) -> Command | None:
    instrument, side = flow.instrument(), flow.side()
    best = flow.venue.best(instrument, opposite(side))
    if best < 0:
        return None
    passive = [order for order in flow.venue.state.orders if order.post_only]
    if passive and flow.rng.random() < 0.3:
        order = flow.rng.choice(passive)
        price = max(1, flow.venue.best(order.instrument, opposite(order.side)))
        return flow.command(
            CommandKind.AMEND_ORDER,
            account=order.account,
            order_id=order.order_id,
            price_ticks=price,
        )
    return flow.limit_order(
        instrument=instrument,
        side=side,
        qty_lots=1,
        price_ticks=best,
        flags=OrderFlag.POST_ONLY,
    )


def _reduce_only_would_increase(flow: CommandFlow) -> Command:
    return flow.limit_order(flags=OrderFlag.REDUCE_ONLY)


def _lower_leverage(flow: CommandFlow) -> Command:
    """Lower the leverage of an open position, or change it while orders rest."""
    instrument = flow.instrument()
    account = flow.holder(instrument)
    leverage = 2
    if account < flow.venue.account_count:
        leverage = flow.venue.position(account, instrument).leverage
    return flow.command(
        CommandKind.SET_LEVERAGE,
        account=account,
        instrument=instrument,
        qty_lots=max(1, leverage - 1),
    )


def _margin_without_position(flow: CommandFlow) -> Command:
    return flow.command(
        CommandKind.ADJUST_MARGIN,
        account=flow.user(),
        instrument=flow.instrument(),
        amount_atoms=flow.rng.choice([-1, 1]),
    )


def _seed_would_reduce(flow: CommandFlow) -> Command:
    instrument = flow.instrument()
    account = flow.holder(instrument)
    held = 0
    if account < flow.venue.account_count:
        held = flow.held(account, instrument)
    return flow.command(
        CommandKind.SEED_POSITION,
        account=account,
        other_account=flow.rng.choice([account, flow.user()]),
        instrument=instrument,
        side=Side.SELL if held > 0 else Side.BUY,
        price_ticks=10,
        qty_lots=1,
    )


def _funding_before_mark(flow: CommandFlow) -> Command | None:
    unmarked = [
        instrument
        for instrument in range(len(flow.specs))
        if flow.venue.instrument(instrument).mark_ticks == 0
    ]
    if not unmarked:
        return None
    return flow.command(
        CommandKind.SETTLE_FUNDING, instrument=flow.rng.choice(unmarked), amount_atoms=100
    )


REFUSALS: tuple[Provocation, ...] = (
    _unknown_command,
    _unknown_command,
    _time_reversed,
    _time_reversed,
    _unknown_account,
    _unknown_instrument,
    _unknown_instrument,
    _unknown_order,
    _invalid_order,
    _invalid_qty,
    _invalid_price,
    _invalid_amount,
    _invalid_leverage,
    _duplicate_client_id,
    _insufficient_margin,
    _leverage_above_tier,
    _position_limit,
    _would_take,
    _reduce_only_would_increase,
    _lower_leverage,
    _margin_without_position,
    _seed_would_reduce,
    _funding_before_mark,
    _funding_before_mark,
    _funding_before_mark,
)
