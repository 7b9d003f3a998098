"""Random commands that reach every corner of the rules.

This module owns the generator behind the differential tests. It looks at a reference venue and
draws the next command, mostly orders around a drifting fair price, with a deliberate share at the
edges: sizes at a limit, prices across the book, index gaps through many liquidation prices, and
commands made to be refused. Everything comes from one `random.Random`, so a seed names a
sequence.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from . import account_flow, balances, pools, price_flow
from .commands import (
    EVERY_INSTRUMENT,
    Command,
    CommandKind,
    OrderFlag,
    OrderType,
    Side,
    TimeInForce,
    direction,
)
from .corners import CORNERS
from .market_flow import (
    advance_time,
    change_phase,
    end_of_phase,
    print_trade,
    set_trade_group,
)
from .modes import leg_of
from .order_flow import Bundle, draw_amendment, draw_bundle
from .orders import Order
from .procedure_flow import close_session, in_liquidation, near_ruin
from .refusals import REFUSALS, Provocation
from .state import FUND, Position
from .term_refusals import TERM_REFUSALS
from .venue import ReferenceVenue
from .vocabulary import PositionSide

_SECOND = 1_000_000_000
_HOUR = 3_600 * _SECOND


class CommandFlow:
    """Draws one command after the other, looking at the venue they are applied to.

    Parameters
    ----------
    rng
        Where all randomness comes from.
    venue
        The venue every command is applied to before the next one is drawn. It is only read.
    """

    def __init__(self, rng: random.Random, venue: ReferenceVenue) -> None:
        self.rng = rng
        self.venue = venue
        self.specs = [instrument.spec for instrument in venue.state.instruments]
        self.fair_ticks = [spec.price_ticks_max * rng.randint(30, 60) // 100 for spec in self.specs]
        # What a corner of several steps asks to be drawn next.
        self.follow_up: Provocation | None = None
        # The rest of a bundle: rows and the order they belong to.
        self.waiting_bundle: Bundle = []
        plain = account_flow.is_plain(venue.state)
        refusals = (*REFUSALS, *account_flow.ACCOUNT_REFUSALS, *price_flow.PRICE_REFUSALS)
        own = CORNERS if plain else account_flow.ACCOUNT_CORNERS
        self._provocations = (refusals, TERM_REFUSALS, CORNERS, own)
        self._favourite = rng.choice([*CORNERS, *own])
        self._users_wanted = rng.randint(3, 12)
        self._dispersion_ppm = rng.choice([3_000, 20_000, 80_000])
        self._gap_probability = rng.choice([0.05, 0.2, 0.4, 0.4])
        self._provocation_probability = rng.choice([0.06, 0.15, 0.25])
        actions: list[tuple[Callable[[], Command], float]] = [
            (self._place, rng.choice([25.0, 50.0])),
            (self._close_position, rng.choice([2.0, 8.0])),
            (self._cancel, 3.0),
            (self._amend, 5.0),
            (self._replace, 3.0),
            (self._cancel_all, 0.8),
            (lambda: change_phase(self), rng.choice([0.2, 1.0, 2.0])),
            (lambda: print_trade(self), rng.choice([0.5, 2.0])),
            (lambda: advance_time(self), 1.0),
            (lambda: set_trade_group(self), rng.choice([0.0, 1.0])),
            (self._update_index, rng.choice([5.0, 12.0])),
            (self._set_mark, rng.choice([0.0, 1.5])),
            (lambda: close_session(self), 1.0),
            (lambda: near_ruin(self), 6.0 if venue.state.rulebook.steps else 1.0),
            (self._settle_funding, rng.choice([0.5, 2.0])),
            (self._set_leverage, 3.0),
            (self._adjust_margin, 3.0),
            (self._seed_position, rng.choice([1.0, 4.0])),
        ]
        actions += [*account_flow.actions(self), *price_flow.actions(self)]
        self._actions = [action for action, _ in actions]
        self._weights = [weight for _, weight in actions]

    def next_command(self) -> Command:
        """Draw the next command."""
        # What a corner asks for comes after the whole of its bundle.
        if self.waiting_bundle and self.rng.random() < 0.98:
            return self.start(self.waiting_bundle)
        if self.venue.account_count <= self._users_wanted and self.rng.random() < 0.8:
            return account_flow.open_account(self)
        if self.rng.random() < 0.1 and (command := end_of_phase(self)):
            return command
        if self.rng.random() < 0.6 and (command := in_liquidation(self)):
            return command
        provocation, self.follow_up = self.follow_up, None
        if provocation is None and self.rng.random() < self._provocation_probability:
            drawn = self.rng.choice(self.rng.choice(self._provocations))
            provocation = self.rng.choice([drawn, drawn, self._favourite])
        if provocation is not None:
            command = provocation(self)
            if command is not None:
                return command
        return self.rng.choices(self._actions, self._weights)[0]()

    # What provocations and actions share

    def command(self, kind: int, **fields: int) -> Command:
        """Make a command at the present time or a little later."""
        fields = account_flow.suited(self, kind, fields)
        return Command(kind=int(kind), time_ns=self._next_time(), **fields)

    def start(self, bundle: Bundle) -> Command:
        """Return the first command of a bundle, and keep the others for the next draws."""
        first, *self.waiting_bundle = bundle
        return self.command(**first)

    def user(self) -> int:
        """Draw a user; where there is none, an account that does not exist."""
        return self.rng.randint(1, max(1, self.venue.account_count - 1))

    def users(self) -> list[int]:
        """Return all users, in random order."""
        users = list(range(1, self.venue.account_count))
        self.rng.shuffle(users)
        return users

    def richest_user(self) -> int:
        """Return the user with the most available, or an account that does not exist."""
        return max(self.users(), key=self.spendable, default=1)

    def funded_user(self) -> int:
        """Draw two users and return the one with more available, if they exist."""
        users = [self.user(), self.user()]
        if self.venue.account_count == 1:
            return users[0]
        return max(users, key=self.spendable)

    def loose(self, account: int, currency: int = 0) -> int:
        """Return what of a wallet is not kept for orders; 0 where there is no such account."""
        accounts = self.venue.state.accounts
        return accounts[account].loose_atoms(currency) if account < len(accounts) else 0

    def spendable(self, account: int) -> int:
        """Return what a user can open with, roughly: all that is free, whatever the currency."""
        state = self.venue.state
        return sum(balances.free(state, account, currency) for currency in state.currencies)

    def currency(self) -> int:
        """Draw a currency."""
        return self.rng.choice(self.venue.state.currencies)

    def instrument(self) -> int:
        """Draw an instrument."""
        return self.rng.randrange(len(self.specs))

    def side(self) -> Side:
        """Draw a side."""
        return self.rng.choice([Side.BUY, Side.SELL])

    def live_order(self) -> Order | None:
        """Draw a live order of any user."""
        orders = list(self.venue.state.orders)
        return self.rng.choice(orders) if orders else None

    def holder(self, instrument: int) -> int:
        """Draw a user with a position on an instrument, or any user where there is none."""
        holders = [position.account for position in self.user_positions(instrument)]
        return self.rng.choice(holders) if holders else self.user()

    def leg_held(self, account: int, instrument: int) -> PositionSide:
        """Return a leg with a position, or the first leg its account's mode has."""
        legs = self.venue.state.legs(account, instrument)
        default = PositionSide.NET
        if account < self.venue.account_count and self.venue.account(account).hedges:
            default = PositionSide.LONG
        return self.rng.choice([one.leg for one in legs if one.qty_lots != 0] or [default])

    def opening(self, account: int, instrument: int, side: Side) -> Position:
        """Return the position that an order of a side would open."""
        known = account < self.venue.account_count
        leg = leg_of(side) if known and self.venue.account(account).hedges else PositionSide.NET
        return self.venue.position(account, instrument, leg)

    def available(self, position: Position) -> int:
        """Return what opening a position may take, in the currency it settles in, roughly."""
        currency = self.specs[position.instrument].settle_currency
        if position.cross and position.account < self.venue.account_count:
            free = balances.free(self.venue.state, position.account, currency)
            return pools.bought_by(self.venue.state, currency, free) if currency else free
        return self.loose(position.account, currency)

    def held(self, account: int, instrument: int) -> int:
        """Return the quantity of an account's position, or of one of its legs."""
        leg = self.leg_held(account, instrument)
        return self.venue.position(account, instrument, leg).qty_lots

    def user_positions(self, instrument: int) -> list[Position]:
        """Return the users' positions on an instrument, in random order."""
        positions = [p for p in self.venue.state.open_positions(instrument) if p.account != FUND]
        self.rng.shuffle(positions)
        return positions

    def price_near(self, instrument: int, side: Side) -> int:
        """Draw a price around the fair one, more often passive than not."""
        fair = self.fair_ticks[instrument]
        reach = max(3, fair * self._dispersion_ppm // 1_000_000)
        away = self.rng.randint(-reach // 3, reach)
        return self.in_range(instrument, fair - direction(side) * away)

    def limit_order(self, **fields: int) -> Command:
        """Make a plain resting order of a few lots, with some fields given."""
        instrument = fields.get("instrument", self.instrument())
        side = Side(fields.get("side", self.side()))
        order = {
            "account": self.user(),
            "instrument": instrument,
            "side": side,
            "order_type": OrderType.LIMIT,
            "time_in_force": TimeInForce.GTC,
            "qty_lots": self.rng.randint(1, 5),
            "price_ticks": self.price_near(instrument, side),
        }
        return self.command(CommandKind.PLACE_ORDER, **{**order, **fields})

    def wallet_scale(self, currency: int = 0) -> int:
        """Return a sum that margins a few large orders at a common leverage."""
        return account_flow.scale_of(self.specs, self.venue.state, currency)

    def in_range(self, instrument: int, price_ticks: int) -> int:
        """Bring a price into an instrument's range."""
        spec = self.specs[instrument]
        return max(spec.price_ticks_min, min(spec.price_ticks_max, price_ticks))

    def _next_time(self) -> int:
        step = self.rng.choices(
            [0, 1, self.rng.randint(1, 3 * _SECOND), self.rng.randint(1, _HOUR)],
            [60, 5, 30, 1],
        )[0]
        return self.venue.state.time_ns + step

    # Actions

    def _set_leverage(self) -> Command:
        instrument = self.instrument()
        leverage = self.rng.choice([1, 3, 10, 20, 50, 75, 100])
        return self.command(
            CommandKind.SET_LEVERAGE, account=self.user(), instrument=instrument, qty_lots=leverage
        )

    def _adjust_margin(self) -> Command:
        instrument = self.instrument()
        account = self.holder(instrument)
        position = self.venue.position(account, instrument, self.leg_held(account, instrument))
        scale = max(1, abs(position.margin_atoms))
        sign = self.rng.choice([-1, 1])
        amount = sign * self.rng.choice([1, self.rng.randint(1, 2 * scale), scale])
        return self.command(
            CommandKind.ADJUST_MARGIN,
            account=account,
            instrument=instrument,
            side=position.leg,
            amount_atoms=amount,
        )

    def _place(self) -> Command:
        return self.start(draw_bundle(self))

    def _replace(self) -> Command:
        """Replace a live order of its owner with another one, mostly on the same instrument."""
        order = self.live_order()
        bundle = draw_bundle(self)
        if order is not None:
            for fields in bundle:
                fields["account"] = order.account
            bundle[-1] |= {"kind": CommandKind.REPLACE_ORDER, "order_id": order.order_id}
            bundle[-1]["client_id"] = self.rng.choice([0, order.client_id])
        return self.start(bundle)

    def _close_position(self) -> Command:
        """Close a position in one order, whole, in part, or by too much."""
        instrument = self.instrument()
        account = self.holder(instrument)
        held = self.held(account, instrument)
        side = Side.SELL if held > 0 else Side.BUY
        size = abs(held)
        lots = self.rng.choice([size, size + 1, 2 * size, self.rng.randint(1, size + 1)])
        spec = self.specs[instrument]
        price = self.rng.choice([spec.price_ticks_min, spec.price_ticks_max])
        return self.command(
            CommandKind.PLACE_ORDER,
            account=account,
            instrument=instrument,
            side=side,
            order_type=OrderType.LIMIT,
            time_in_force=self.rng.choice([TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK]),
            flags=self.rng.choice([0, OrderFlag.REDUCE_ONLY]),
            qty_lots=max(1, min(lots, spec.order_lots_max)),
            price_ticks=self.rng.choice([self.price_near(instrument, side), price]),
        )

    def _cancel(self) -> Command:
        order = self.live_order()
        account = order.account if order else self.user()
        if order and order.client_id and self.rng.random() < 0.5:
            return self.command(
                CommandKind.CANCEL_ORDER, account=account, client_id=order.client_id
            )
        order_id = order.order_id if order else 0
        return self.command(CommandKind.CANCEL_ORDER, account=account, order_id=order_id)

    def _amend(self) -> Command:
        order = self.live_order()
        if order is None:
            return self._place()
        if self.rng.random() < 0.4:
            return self.start(draw_amendment(self, order))
        price = self.price_near(order.instrument, order.side)
        spec = self.specs[order.instrument]
        lots = self.rng.choice([0, 1, order.open_lots, order.open_lots + 1, spec.order_lots_max])
        return self.command(
            CommandKind.AMEND_ORDER,
            account=order.account,
            order_id=order.order_id,
            price_ticks=self.rng.choice([0, order.price_ticks, price, price]),
            qty_lots=lots,
        )

    def _cancel_all(self) -> Command:
        instrument = self.rng.choice([EVERY_INSTRUMENT, self.instrument()])
        return self.command(
            CommandKind.CANCEL_ALL,
            account=self.user(),
            instrument=instrument,
            side=self.rng.randint(0, 2),
            price_ticks=self.rng.choice([0, 0, self.rng.choice(self.fair_ticks)]),
            amount_atoms=self.rng.choice([0, 0, self.rng.choice(self.fair_ticks)]),
        )

    def _seed_position(self) -> Command:
        instrument = self.instrument()
        lots = self.rng.randint(1, max(1, self.specs[instrument].order_lots_max // 2))
        return self.command(
            CommandKind.SEED_POSITION,
            account=self.funded_user(),
            other_account=self.funded_user(),
            instrument=instrument,
            side=self.side(),
            price_ticks=self.price_near(instrument, self.side()),
            qty_lots=lots,
        )

    def _move_fair(self, instrument: int) -> int:
        """Move the fair price: a step most of the time, now and then a gap."""
        fair = self.fair_ticks[instrument]
        if self.rng.random() < self._gap_probability:
            moved = fair * self.rng.choice([60, 80, 90, 95, 105, 112, 130, 180]) // 100
        else:
            moved = fair + self.rng.randint(-max(2, fair // 100), max(2, fair // 100))
        highest = self.specs[instrument].price_ticks_max
        self.fair_ticks[instrument] = max(highest // 20, min(highest * 19 // 20, moved))
        return self.fair_ticks[instrument]

    def _update_index(self) -> Command:
        return self._price_command(CommandKind.UPDATE_INDEX)

    def _set_mark(self) -> Command:
        return self._price_command(CommandKind.SET_MARK)

    def _price_command(self, kind: CommandKind) -> Command:
        instrument = self.instrument()
        return self.command(
            kind,
            instrument=instrument,
            price_ticks=self._move_fair(instrument),
            flags=self.rng.choice([0, 0, OrderFlag.HOLD_POINT]),
        )

    def _settle_funding(self) -> Command:
        rate_e8 = self.rng.choice([0, 7, -7, 10_000, -75_000, 2_000_000, -10_000_000])
        return self.command(
            CommandKind.SETTLE_FUNDING, instrument=self.instrument(), amount_atoms=rate_e8
        )
