"""Random commands about accounts: currencies, margin modes, hedges, transfers, collateral.

This module owns how these are drawn for the flow, how an order of a hedge account gets its leg, and
the falls in which every price of a venue moves at once. On a venue with one currency and isolated
margin little of it happens, so that plain venues stay plain.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from . import balances, pools
from .commands import EVERY_INSTRUMENT, Command, CommandKind, OrderFlag, Side, opposite
from .contracts import value
from .corners import loss_beyond_margin
from .modes import leg_of
from .rules import InstrumentSpec
from .state import FUND, VenueState
from .vocabulary import CrossPool, MarginMode, PositionMode, PositionSide

if TYPE_CHECKING:
    from .flow import CommandFlow

_ORDERS = (CommandKind.PLACE_ORDER, CommandKind.REPLACE_ORDER)


def actions(flow: CommandFlow) -> list[tuple[Callable[[], Command], float]]:
    """Return what the flow may draw of this, with weights; much risk on some venues."""
    rng = flow.rng
    poor_fund = rng.random() < 0.7
    drawn: list[tuple[Callable[[], Command], float]] = [
        (lambda: deposit(flow), 2.0),
        (lambda: withdraw(flow), rng.choice([0.5, 3.0])),
        (lambda: fund_insurance(flow), 0.1 if poor_fund else rng.choice([0.0, 0.3, 1.0])),
        (lambda: open_account(flow), 0.2),
    ]
    if is_plain(flow.venue.state):
        return drawn
    risk = rng.choice([1.0, 10.0, 10.0])
    return [
        *drawn,
        (lambda: set_margin_mode(flow), 2.0),
        (lambda: set_position_mode(flow), rng.choice([0.0, 2.0])),
        (lambda: transfer(flow), 1.5),
        (lambda: update_collateral(flow), 3.0),
        (lambda: shock(flow), 1.5 * risk),
        (lambda: _seed_much(flow), 1.5 * risk),
        (lambda: _lever_up(flow), risk),
    ]


def is_plain(state: VenueState) -> bool:
    """Whether a venue has one currency and isolates positions by default."""
    rulebook = state.rulebook
    return len(state.currencies) == 1 and rulebook.margin_mode_default == MarginMode.ISOLATED


def scale_of(specs: list[InstrumentSpec], state: VenueState, currency: int) -> int:
    """Return a sum of a currency that margins a few large orders at a common leverage."""
    in_it = [_order_value(spec) for spec in specs if spec.settle_currency == currency]
    if in_it:
        return max(in_it)
    first = max((_order_value(spec) for spec in specs if spec.settle_currency == 0), default=10_000)
    if currency == 0:
        return first
    rules = state.rulebook.currencies[currency]
    return max(1, first * 10**8 // (rules.tick_atoms * rules.price_ticks_max // 2))


def _order_value(spec: InstrumentSpec) -> int:
    return max(1, value(spec, spec.price_ticks_max, spec.order_lots_max) // 10)


def suited(flow: CommandFlow, kind: int, fields: dict[str, int]) -> dict[str, int]:
    """Give an order of a hedge account a leg, mostly the one it opens or has something to close."""
    account = fields.get("account", 0)
    accounts = flow.venue.state.accounts
    if kind not in _ORDERS or "other_account" in fields or not FUND < account < len(accounts):
        return fields
    if not accounts[account].hedges:
        return fields
    side, flags = fields.get("side", 0), fields.get("flags", 0)
    if side not in (Side.BUY, Side.SELL):
        return fields
    opens = leg_of(Side(side))
    closes = PositionSide.SHORT if opens is PositionSide.LONG else PositionSide.LONG
    held = flow.venue.position(account, _known(flow, fields), closes).qty_lots
    closing = flags & OrderFlag.REDUCE_ONLY or (held and flow.rng.random() < 0.4)
    if flow.rng.random() < 0.97:
        flags &= ~OrderFlag.REDUCE_ONLY
    return {**fields, "flags": flags, "other_account": closes if closing else opens}


def _known(flow: CommandFlow, fields: dict[str, int]) -> int:
    return min(fields.get("instrument", 0), len(flow.specs) - 1)


def open_account(flow: CommandFlow) -> Command:
    """Open an account with much, little or nothing, and often let it hedge at once."""
    currency, rng = flow.currency(), flow.rng
    scale = flow.wallet_scale(currency)
    amounts = [0, scale // 20, scale // 2, 2 * scale, 10 * scale]
    plain = is_plain(flow.venue.state)
    if not plain and rng.random() < 0.6:
        amounts = [scale // 100, scale // 30, scale // 10, scale // 3]
    row = {"kind": CommandKind.OPEN_ACCOUNT, "instrument": currency}
    rows: list[dict[str, int]] = [{**row, "amount_atoms": rng.choice(amounts)}]
    account = flow.venue.account_count
    if not plain and rng.random() < 0.4:
        mode = PositionMode.HEDGE
        kind = CommandKind.SET_POSITION_MODE
        rows.append({"kind": kind, "account": account, "order_type": mode})
    if not plain and rng.random() < 0.8:
        other = flow.currency()
        amount = 1 + flow.wallet_scale(other) // rng.choice([10, 100])
        row = {"kind": CommandKind.DEPOSIT, "account": account, "instrument": other}
        rows.append({**row, "amount_atoms": amount})
    return flow.start(rows)


def deposit(flow: CommandFlow) -> Command:
    """Pay something in."""
    currency = flow.currency()
    amount = flow.rng.randint(1, flow.wallet_scale(currency))
    return flow.command(
        CommandKind.DEPOSIT, account=flow.user(), instrument=currency, amount_atoms=amount
    )


def withdraw(flow: CommandFlow) -> Command:
    """Pay out some, all that is loose, or one atom more."""
    account, currency = flow.user(), flow.currency()
    loose = max(0, flow.loose(account, currency))
    amount = flow.rng.choice([loose, loose + 1, max(1, loose // 2), 1])
    return flow.command(
        CommandKind.WITHDRAW, account=account, instrument=currency, amount_atoms=amount
    )


def fund_insurance(flow: CommandFlow) -> Command:
    """Pay into the insurance fund."""
    currency = flow.currency()
    amount = flow.rng.randint(1, 1 + flow.wallet_scale(currency) // 4)
    return flow.command(CommandKind.FUND_INSURANCE, instrument=currency, amount_atoms=amount)


def set_margin_mode(flow: CommandFlow) -> Command:
    """Isolate an instrument of a user, or not; more often one on which nothing is open."""
    account, instrument = flow.user(), flow.instrument()
    if flow.rng.random() < 0.3:
        account = flow.holder(instrument)
    mode = flow.rng.choice([MarginMode.ISOLATED, MarginMode.CROSS, MarginMode.CROSS])
    return flow.command(
        CommandKind.SET_MARGIN_MODE, account=account, instrument=instrument, order_type=mode
    )


def set_position_mode(flow: CommandFlow) -> Command:
    """Let a user hedge, or not; more often one who holds nothing."""
    state, account = flow.venue.state, flow.user()
    idle = [user for user in flow.users() if not any(state.held_by(user))]
    if idle and flow.rng.random() < 0.7:
        account = flow.rng.choice(idle)
    mode = flow.rng.choice([PositionMode.ONE_WAY, PositionMode.HEDGE, PositionMode.HEDGE])
    return flow.command(CommandKind.SET_POSITION_MODE, account=account, order_type=mode)


def transfer(flow: CommandFlow) -> Command:
    """Pass money on: some, all that is loose, or one atom more."""
    account, currency = flow.user(), flow.currency()
    loose = flow.loose(account, currency)
    return flow.command(
        CommandKind.TRANSFER,
        account=account,
        other_account=flow.user(),
        instrument=currency,
        amount_atoms=flow.rng.choice([max(1, loose // 3), loose, loose + 1, 1]),
    )


def update_collateral(flow: CommandFlow) -> Command:
    """Move the index of a currency: a step most of the time, now and then a gap."""
    others = flow.venue.state.currencies[1:]
    if not others:
        return shock(flow)
    currency = flow.rng.choice(others)
    highest = flow.venue.state.rulebook.currencies[currency].price_ticks_max
    now = flow.venue.state.collateral_ticks[currency] or highest // 2
    moved = now + flow.rng.randint(-max(1, now // 50), max(1, now // 50))
    if flow.rng.random() < 0.2:
        moved = now * flow.rng.choice([50, 80, 120, 160]) // 100
    return flow.command(
        CommandKind.UPDATE_COLLATERAL,
        instrument=currency,
        price_ticks=max(highest // 20, min(highest, moved)),
        flags=flow.rng.choice([0, 0, OrderFlag.HOLD_POINT]),
    )


def shock(flow: CommandFlow) -> Command:
    """Move every mark and index of the venue in one evaluation point."""
    state, rng = flow.venue.state, flow.rng
    factor = rng.choice([70, 88, 94, 97, 103, 106, 114, 140])
    rows: list[dict[str, int]] = []
    for instrument, spec in enumerate(flow.specs):
        fair = flow.fair_ticks[instrument] * (factor + rng.randint(-2, 2)) // 100
        lowest, highest = spec.price_ticks_max // 20, spec.price_ticks_max * 19 // 20
        flow.fair_ticks[instrument] = max(lowest, min(highest, fair))
        kind = rng.choice([CommandKind.SET_MARK, CommandKind.UPDATE_INDEX])
        price = flow.fair_ticks[instrument]
        rows.append({"kind": kind, "instrument": instrument, "price_ticks": price})
    for currency in state.currencies[1:]:
        highest = state.rulebook.currencies[currency].price_ticks_max
        now = state.collateral_ticks[currency] or highest // 2
        price = max(highest // 20, min(highest, now * (factor + rng.randint(-2, 2)) // 100))
        kind = CommandKind.UPDATE_COLLATERAL
        rows.append({"kind": kind, "instrument": currency, "price_ticks": price})
    for row in rows[:-1]:
        row["flags"] = OrderFlag.HOLD_POINT
    return flow.start(rows)


def _spread_collateral(flow: CommandFlow) -> Command | None:
    """Give somebody with positions money in every currency, and every currency an index."""
    state = flow.venue.state
    unknown = [one for one in state.currencies[1:] if state.collateral_ticks[one] == 0]
    if unknown and flow.rng.random() < 0.5:
        return update_collateral(flow)
    account = flow.holder(flow.instrument())
    if account >= flow.venue.account_count or len(state.currencies) == 1:
        return None
    poorest = min(state.currencies, key=lambda one: state.accounts[account].wallets[one])
    return flow.command(
        CommandKind.DEPOSIT,
        account=account,
        instrument=poorest,
        amount_atoms=flow.rng.randint(1, 1 + flow.wallet_scale(poorest) // 5),
    )


def _take_all_out(flow: CommandFlow) -> Command | None:
    """Withdraw whatever a holder's positions leave free."""
    state, account = flow.venue.state, flow.holder(flow.instrument())
    if account >= flow.venue.account_count:
        return None
    currency = flow.currency()
    free = balances.free(state, account, currency)
    if state.rulebook.cross_pool == CrossPool.ACCOUNT:
        free = pools.bought_by(state, currency, free)
    amount = min(flow.loose(account, currency), free)
    return flow.command(
        CommandKind.WITHDRAW, account=account, instrument=currency, amount_atoms=max(1, amount)
    )


def _seed_much(flow: CommandFlow) -> Command:
    """Seed as much as the poorer of two users can margin."""
    instrument, side = flow.instrument(), flow.side()
    accounts = [flow.user(), flow.user()]
    price, spec = flow.price_near(instrument, side), flow.specs[instrument]
    lots = spec.order_lots_max
    for account, own_side in zip(accounts, (side, opposite(side)), strict=True):
        if account < flow.venue.account_count:
            position = flow.opening(account, instrument, own_side)
            lot_margin = value(spec, price, 1) // position.leverage + 1
            lots = min(lots, flow.available(position) // lot_margin)
    return flow.command(
        CommandKind.SEED_POSITION,
        account=accounts[0],
        other_account=accounts[1],
        instrument=instrument,
        side=side,
        price_ticks=price,
        qty_lots=max(1, lots),
    )


def _lever_up(flow: CommandFlow) -> Command:
    """Let a user order as much as the account bears."""
    instrument, side, account = flow.instrument(), flow.side(), flow.user()
    position, spec = flow.opening(account, instrument, side), flow.specs[instrument]
    price = flow.price_near(instrument, side)
    lot_margin = value(spec, price, 1) // position.leverage + 1
    lots = max(1, min(flow.available(position) // lot_margin, spec.order_lots_max))
    return flow.limit_order(
        account=account, instrument=instrument, side=side, qty_lots=lots, price_ticks=price
    )


def _unknown_currency(flow: CommandFlow) -> Command:
    """Pay in a currency that is not there, or give the first one an index."""
    kinds = (
        CommandKind.OPEN_ACCOUNT,
        CommandKind.DEPOSIT,
        CommandKind.WITHDRAW,
        CommandKind.FUND_INSURANCE,
        CommandKind.TRANSFER,
    )
    count = len(flow.venue.state.currencies)
    kind, currency = flow.rng.choice(kinds), flow.rng.choice([count, count + 6, 0xFFFF])
    if flow.rng.random() < 0.3:
        kind, currency = CommandKind.UPDATE_COLLATERAL, flow.rng.choice([0, currency])
    return flow.command(
        kind,
        account=flow.user(),
        other_account=flow.user(),
        instrument=currency,
        price_ticks=5,
        amount_atoms=1,
    )


def _changing_while_open(flow: CommandFlow) -> Command:
    """Change a mode where a position is open, or to what is none."""
    instrument = flow.instrument()
    account = flow.holder(instrument)
    state = flow.venue.state
    if account < len(state.accounts) and state.accounts[account].orders and flow.rng.random() < 0.7:
        flow.follow_up = _changing_while_open
        return flow.command(CommandKind.CANCEL_ALL, account=account, instrument=EVERY_INSTRUMENT)
    return flow.command(
        flow.rng.choice([CommandKind.SET_MARGIN_MODE, CommandKind.SET_POSITION_MODE]),
        account=account,
        instrument=instrument,
        order_type=flow.rng.choice([0, 1, 1, 2]),
    )


def _wrong_leg(flow: CommandFlow) -> Command | None:
    """Order for a leg that the account has not, or say reduce-only where the leg does."""
    instrument, account = flow.instrument(), flow.user()
    if account >= flow.venue.account_count:
        return None
    legs = [0, 3] if flow.venue.account(account).hedges else [1, 2, 3]
    if flow.rng.random() < 0.3:
        return flow.command(
            CommandKind.ADJUST_MARGIN,
            account=flow.holder(instrument),
            instrument=instrument,
            side=flow.rng.choice(legs),
            amount_atoms=1,
        )
    return flow.limit_order(
        account=account, instrument=instrument, other_account=flow.rng.choice(legs)
    )


def _impossible_sum(flow: CommandFlow) -> Command:
    """Pass on nothing, too much, or to oneself; or give a currency an index out of range."""
    account, currency = flow.user(), flow.currency()
    if currency > 0 and flow.rng.random() < 0.5:
        highest = flow.venue.state.rulebook.currencies[currency].price_ticks_max
        price = flow.rng.choice([0, -1, highest + 1])
        return flow.command(CommandKind.UPDATE_COLLATERAL, instrument=currency, price_ticks=price)
    return flow.command(
        CommandKind.TRANSFER,
        account=account,
        other_account=flow.rng.choice([account, flow.user(), 0]),
        instrument=currency,
        amount_atoms=flow.rng.choice([0, -1, 1, 1 << 60]),
    )


ACCOUNT_CORNERS = (
    shock,
    shock,
    shock,
    update_collateral,
    set_margin_mode,
    set_position_mode,
    _spread_collateral,
    _spread_collateral,
    _lever_up,
    _lever_up,
    _seed_much,
    _seed_much,
    _seed_much,
    _take_all_out,
    loss_beyond_margin,
    loss_beyond_margin,
    loss_beyond_margin,
)
ACCOUNT_REFUSALS = (
    _unknown_currency,
    _unknown_currency,
    _changing_while_open,
    _wrong_leg,
    _impossible_sum,
)
