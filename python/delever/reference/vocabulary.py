"""The words of commands and events, with the numbers of csrc/venue: defined once, for everybody.

Comments say which fields of a command a kind reads, and what those columns of an event hold that
depend on its kind. Numbers are part of the record layouts and never change.
"""

from __future__ import annotations

from enum import IntEnum, IntFlag

EVERY_INSTRUMENT = 0xFFFF


class CommandKind(IntEnum):
    """What a command asks for. All read `time_ns`; fields not named are ignored."""

    OPEN_ACCOUNT = 1  # amount_atoms: first deposit, >= 0
    DEPOSIT = 2  # account, amount_atoms > 0
    WITHDRAW = 3  # account, amount_atoms > 0
    FUND_INSURANCE = 4  # amount_atoms > 0: paid into the insurance fund from outside
    SET_LEVERAGE = 5  # account, instrument, qty_lots: the leverage
    ADJUST_MARGIN = 6  # account, instrument, amount_atoms: > 0 adds, < 0 removes
    PLACE_ORDER = 7  # account, instrument, side, type, tif, flags, qty, price, client_id
    CANCEL_ORDER = 8  # account, order_id; or order_id 0 and client_id
    AMEND_ORDER = 9  # as CANCEL_ORDER, and price_ticks, qty_lots (new open quantity); 0 keeps
    CANCEL_ALL = 10  # account, instrument (0xFFFF: all), side (0: both)
    SEED_POSITION = 11  # account, other_account, instrument, side of account, price, qty
    UPDATE_INDEX = 12  # instrument, price_ticks, flags: HOLD_POINT
    SET_MARK = 13  # instrument, price_ticks, flags: HOLD_POINT
    SETTLE_FUNDING = 14  # instrument, amount_atoms: the rate in 1e-8; longs pay when > 0


class Side(IntEnum):
    """Which side of the book an order belongs to; NONE stands for both in CANCEL_ALL."""

    NONE = 0
    BUY = 1
    SELL = 2


class OrderType(IntEnum):
    """Whether the caller names the price, or the rulebook bounds it around the mark."""

    MARKET = 1
    LIMIT = 2


class TimeInForce(IntEnum):
    """How long an order lives: until cancelled; at once; at once and whole."""

    GTC = 1
    IOC = 2
    FOK = 3


class OrderFlag(IntFlag):
    """Bits of the field `flags`."""

    POST_ONLY = 1
    REDUCE_ONLY = 2
    HOLD_POINT = 4  # UPDATE_INDEX, SET_MARK: more of the same evaluation point follow
    SELF_TRADE_MAKER = 8  # on reaching an own order: cancel it and go on (default: stop)
    SELF_TRADE_BOTH = 16  # on reaching an own order: cancel it and stop


NO_FLAGS = OrderFlag(0)


class RejectReason(IntEnum):
    """Why a command was refused; NONE when it was not."""

    NONE = 0
    UNKNOWN_COMMAND = 1
    TIME_REVERSED = 2
    UNKNOWN_ACCOUNT = 3
    UNKNOWN_INSTRUMENT = 4
    UNKNOWN_ORDER = 5
    INVALID_ORDER = 6
    INVALID_QTY = 7
    INVALID_PRICE = 8
    INVALID_AMOUNT = 9
    INVALID_LEVERAGE = 10
    DUPLICATE_CLIENT_ID = 11
    INSUFFICIENT_MARGIN = 12
    INSUFFICIENT_BALANCE = 13
    LEVERAGE_ABOVE_TIER = 14
    POSITION_LIMIT = 15
    WOULD_TAKE = 16
    UNFILLABLE = 17
    REDUCE_ONLY_WOULD_INCREASE = 18
    OPEN_ORDERS_EXIST = 19
    LEVERAGE_BELOW_POSITION = 20
    NO_POSITION = 21
    SEED_WOULD_REDUCE = 22
    NO_MARK = 23


class CancelReason(IntEnum):
    """Why a live order left the book, or a remainder was not kept."""

    NONE = 0
    REQUESTED = 1
    MASS_CANCEL = 2
    IMMEDIATE_REMAINDER = 3
    SELF_TRADE = 4
    REDUCE_ONLY = 5
    INSUFFICIENT_MARGIN = 6
    LIQUIDATION = 7
    DELEVERAGING = 8


class EventKind(IntEnum):
    """What happened."""

    COMMAND_REJECTED = 1  # rejections: reason, command_kind
    ACCOUNT_OPENED = 2  # amount: the first deposit
    DEPOSITED = 3
    WITHDRAWN = 4
    INSURANCE_FUNDED = 5
    LEVERAGE_CHANGED = 6  # qty: the leverage
    MARGIN_ADJUSTED = 7  # amount: signed change; margin: after it
    POSITION_SEEDED = 8  # side of account; amount: the value
    ORDER_ACCEPTED = 9  # price: the limit used
    ORDER_FILLED = 10
    ORDER_CANCELLED = 11  # qty: what was open; reason: a CancelReason
    ORDER_AMENDED = 12  # price, qty: the new ones
    ORDERS_MASS_CANCELLED = 13  # qty: how many orders
    MARK_UPDATED = 14
    LIQUIDATION_STARTED = 15  # qty: position; price: mark; amount: equity; other: deficit, ppm
    POSITION_TAKEN_OVER = 16  # qty: signed; price: bankruptcy; amount: cost taken over
    ACCOUNT_DELEVERAGED = 17  # qty: signed change; price: bankruptcy; amount: value exchanged
    LIQUIDATION_FINISHED = 18  # qty: closed in the book; amount: fee; other: returned
    LOSS_COVERED = 19  # amount: paid by the insurance fund
    FUNDING_PAID = 20  # amount: signed credit
    FUNDING_SETTLED = 21  # amount: rate in 1e-8; dust
