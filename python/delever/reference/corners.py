"""Commands that meet rules random flow seldom meets.

This module owns one provocation per corner: margin that runs out in the middle of an order,
fill-or-kill at the edge of the book, reduce-only orders waiting to be swept, losses that the
insurance fund must cover. Each looks at the flow's venue and returns a command, or None where the
state offers no occasion.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from . import contracts, margin
from .commands import (
    Command,
    CommandKind,
    OrderFlag,
    OrderType,
    Side,
    TermKind,
    TimeInForce,
    direction,
    opposite,
)
from .contracts import worst_price
from .refusals import Provocation
from .running import bounded_price
from .state import Position

if TYPE_CHECKING:
    from .flow import CommandFlow

Terms = tuple[int, int]


def _margin_runs_out(flow: CommandFlow) -> Command | None:
    """Send an order that is covered when it is checked, but not by the prices it meets."""
    instrument, side = flow.instrument(), flow.side()
    order = _overreach(flow, instrument, side) or _overreach(flow, instrument, opposite(side))
    if order is not None:
        return order
    # Nobody can, so a large quote at the bound of market orders offers the occasion next time.
    flow.follow_up = flow.rng.choice([None, _margin_runs_out, _margin_runs_out])
    state = flow.venue.instrument(instrument)
    return flow.limit_order(
        account=flow.richest_user(),
        instrument=instrument,
        side=opposite(side),
        qty_lots=1 + state.spec.order_lots_max // 8,
        price_ticks=bounded_price(state, side, state.spec.market_bound_ppm),
    )


def _overreach(flow: CommandFlow, instrument: int, side: Side) -> Command | None:
    """Find a user whose margin would run out on the way through a side of the book."""
    best = flow.venue.best(instrument, opposite(side))
    if best < 0:
        return None
    # At the market an order is checked at the touch; a low limit is cheaper than a high bid.
    order_type, price = OrderType.MARKET, best
    if side is Side.SELL and flow.rng.random() < 0.5:
        mark_ticks = flow.venue.instrument(instrument).mark_ticks
        order_type, price = OrderType.LIMIT, min(best, mark_ticks or 1)
    for account in flow.users():
        lots = _affordable(flow, account, instrument, side, price)
        if _meets_worse(flow, account, instrument, side, lots):
            return flow.limit_order(
                account=account,
                instrument=instrument,
                side=side,
                order_type=order_type,
                price_ticks=price,
                qty_lots=lots,
                flags=OrderFlag.SELF_TRADE_MAKER,
            )
    return None


def _needed(flow: CommandFlow, account: int, instrument: int, side: Side, terms: Terms) -> int:
    """Return what opening some lots at a price needs; terms are (price, lots)."""
    state = flow.venue.instrument(instrument)
    leverage = flow.opening(account, instrument, side).leverage
    return margin.need(state.spec, side, *terms, leverage=leverage, mark_ticks=state.mark_ticks)


def _affordable(flow: CommandFlow, account: int, instrument: int, side: Side, price: int) -> int:
    """Return the most lots whose opening at a price an account can cover, to close included."""
    position = flow.opening(account, instrument, side)
    available = flow.available(position)
    highest = flow.specs[instrument].order_lots_max
    lots = bisect_right(
        range(1, highest + 1),
        available,
        key=lambda some: _needed(flow, account, instrument, side, (price, some)),
    )
    return min(lots + position.reducible_lots(side), highest)


def _meets_worse(flow: CommandFlow, account: int, instrument: int, side: Side, lots: int) -> bool:
    """Foresee, roughly, whether an order runs out of margin on its way through the book."""
    position = flow.opening(account, instrument, side)
    available = flow.available(position)
    lots -= position.reducible_lots(side)
    for price, open_lots in flow.venue.instrument(instrument).book.depth(opposite(side)):
        filled = min(lots, open_lots)
        if filled <= 0:
            return False
        if _needed(flow, account, instrument, side, (price, filled)) > available:
            return True
        value = contracts.value(flow.specs[instrument], price, filled)
        available -= margin.initial(
            flow.specs[instrument], value, filled, leverage=position.leverage
        )
        lots -= filled
    return False


def loss_beyond_margin(flow: CommandFlow) -> Command | None:
    """Make a position close where it loses more than its account has: thin, quote, dump."""
    instrument = flow.instrument()
    spec = flow.specs[instrument]
    positions = flow.user_positions(instrument)
    if not positions:
        return None
    position = min(positions, key=lambda one: _all_behind(flow, one))
    side = Side.SELL if position.qty_lots > 0 else Side.BUY
    worth = position.cost_atoms - _all_behind(flow, position)
    ruin = worst_price(spec, position.qty_lots, worth) - 2 * direction(opposite(side))
    maker = flow.venue.instrument(instrument).book.front(opposite(side))
    if maker is not None and (maker.price_ticks - ruin) * direction(side) >= 0:
        return flow.limit_order(
            account=position.account,
            instrument=instrument,
            side=side,
            qty_lots=min(abs(position.qty_lots), spec.order_lots_max),
            price_ticks=spec.price_ticks_min if side is Side.SELL else spec.price_ticks_max,
            time_in_force=TimeInForce.IOC,
            flags=OrderFlag.REDUCE_ONLY | OrderFlag.SELF_TRADE_MAKER,
        )
    if not spec.price_ticks_min <= ruin <= spec.price_ticks_max:
        return None
    if flow.rng.random() < 0.9:
        flow.follow_up = loss_beyond_margin
    if maker is not None:
        return flow.command(
            CommandKind.CANCEL_ALL,
            account=maker.account,
            instrument=instrument,
            side=maker.side,
        )
    return flow.limit_order(
        account=flow.richest_user(),
        instrument=instrument,
        side=opposite(side),
        qty_lots=min(abs(position.qty_lots), spec.order_lots_max if position.cross else 5),
        price_ticks=ruin,
    )


def _all_behind(flow: CommandFlow, position: Position) -> int:
    """Return all that a position can lose before somebody else has to pay."""
    currency = flow.specs[position.instrument].settle_currency
    return flow.venue.wallet(position.account, currency) + position.margin_atoms


def _empty_wallet(flow: CommandFlow) -> Command | None:
    """Withdraw all that a holder has available, so that losses soon exceed it."""
    account, currency = flow.holder(flow.instrument()), flow.currency()
    loose = flow.loose(account, currency)
    if loose < 1:
        return None
    return flow.command(
        CommandKind.WITHDRAW, account=account, instrument=currency, amount_atoms=loose
    )


def _all_in(flow: CommandFlow) -> Command | None:
    """Order all that the available balance margins, across the book and then resting."""
    instrument, side, account = flow.instrument(), flow.side(), flow.user()
    if account >= flow.venue.account_count:
        return None
    spec = flow.specs[instrument]
    position = flow.opening(account, instrument, side)
    best = flow.venue.best(instrument, opposite(side))
    price = best if best > 0 else flow.price_near(instrument, side)
    lot_margin = contracts.value(spec, price, 1) // position.leverage + 1
    lots = flow.available(position) // lot_margin + flow.rng.choice([-1, 0, 0])
    return flow.limit_order(
        account=account,
        instrument=instrument,
        side=side,
        qty_lots=max(1, min(lots, spec.order_lots_max)),
        price_ticks=price,
        order_type=flow.rng.choice([OrderType.LIMIT, OrderType.MARKET]),
    )


def _fill_or_kill(flow: CommandFlow) -> Command:
    """Fill or kill exactly what some levels of the book hold, or one lot more."""
    instrument, side = flow.instrument(), flow.side()
    spec = flow.specs[instrument]
    depth = flow.venue.instrument(instrument).book.depth(opposite(side))
    lots = sum(open_lots for _, open_lots in depth[: flow.rng.randint(1, 4)])
    lots += flow.rng.choice([0, 0, 1])
    return flow.limit_order(
        instrument=instrument,
        side=side,
        qty_lots=max(1, min(lots, spec.order_lots_max)),
        price_ticks=spec.price_ticks_max if side is Side.BUY else spec.price_ticks_min,
        time_in_force=TimeInForce.FOK,
        order_type=flow.rng.choice([OrderType.LIMIT, OrderType.MARKET]),
        flags=flow.rng.choice([0, 0, OrderFlag.SELF_TRADE_MAKER, OrderFlag.REDUCE_ONLY]),
    )


def _cancel_before_leverage(flow: CommandFlow) -> Command:
    """Clear a holder's orders, so that a later leverage change meets only the position."""
    instrument = flow.instrument()
    return flow.command(
        CommandKind.CANCEL_ALL, account=flow.holder(instrument), instrument=instrument
    )


def _reduce_then_close(flow: CommandFlow) -> Command | None:
    """Rest a reduce-only order, to be swept when its position ends otherwise."""
    instrument = flow.instrument()
    account = flow.holder(instrument)
    if account >= flow.venue.account_count:
        return None
    held = flow.held(account, instrument)
    if held == 0:
        return None
    side = Side.SELL if held > 0 else Side.BUY
    return flow.limit_order(
        account=account,
        instrument=instrument,
        side=side,
        qty_lots=max(1, min(abs(held), flow.specs[instrument].order_lots_max)),
        flags=OrderFlag.REDUCE_ONLY,
    )


def _one_cancels_other(flow: CommandFlow) -> Command | None:
    """Rest two orders of a group, or trade with one that has siblings."""
    grouped = [order for order in flow.venue.state.orders if order.oco_group and order.resting]
    if grouped:
        order = flow.rng.choice(grouped)
        return flow.limit_order(
            account=flow.richest_user(),
            instrument=order.instrument,
            side=opposite(order.side),
            qty_lots=flow.rng.randint(1, 5),
            price_ticks=order.price_ticks or 1,
        )
    account, instrument, side = flow.richest_user(), flow.instrument(), flow.side()
    row = {"order_type": TermKind.OCO, "amount_atoms": 3}
    best = flow.venue.best(instrument, side)
    order_fields = {
        "account": account,
        "instrument": instrument,
        "order_type": OrderType.LIMIT,
        "time_in_force": TimeInForce.GTC,
        "qty_lots": 2,
    }
    far = flow.in_range(instrument, flow.fair_ticks[instrument] * (2 if side is Side.SELL else 1))
    prices = {side: best if best > 0 else flow.price_near(instrument, side)}
    prices[opposite(side)] = far if side is Side.BUY else max(1, far // 4)
    bundle = []
    for one, price in prices.items():
        attach = {"kind": CommandKind.ATTACH_TERM, "account": account, **row}
        order_row = {**order_fields, "side": one, "price_ticks": price}
        bundle += [attach, {"kind": CommandKind.PLACE_ORDER, **order_row}]
    flow.follow_up = _one_cancels_other
    return flow.start(bundle)


# Those that stand twice seldom find what they look for.
CORNERS: tuple[Provocation, ...] = (
    _margin_runs_out,
    _margin_runs_out,
    loss_beyond_margin,
    loss_beyond_margin,
    loss_beyond_margin,
    loss_beyond_margin,
    _empty_wallet,
    _all_in,
    _fill_or_kill,
    _cancel_before_leverage,
    _reduce_then_close,
    _one_cancels_other,
    _one_cancels_other,
)
