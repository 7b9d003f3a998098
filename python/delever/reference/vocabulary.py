"""The words of commands and events, with the numbers of csrc/venue: defined once, for everybody.

Comments say which fields of a command a kind reads, and what those columns of an event hold that
depend on its kind. Numbers are part of the record layouts and never change.
"""

from __future__ import annotations

from enum import IntEnum, IntFlag

EVERY_INSTRUMENT = 0xFFFF


class CommandKind(IntEnum):
    """What a command asks for. All read `time_ns`; fields not named are ignored.

    Where money moves from or to outside, `instrument` is its currency.
    """

    OPEN_ACCOUNT = 1  # amount_atoms: first deposit, >= 0
    DEPOSIT = 2  # account, amount_atoms > 0
    WITHDRAW = 3  # account, amount_atoms > 0
    FUND_INSURANCE = 4  # amount_atoms > 0: paid into the insurance fund from outside
    SET_LEVERAGE = 5  # account, instrument, qty_lots: the leverage
    # ADJUST_MARGIN: account, instrument, amount_atoms: > 0 adds, < 0 removes; in hedge mode side:
    # the leg, a PositionSide
    ADJUST_MARGIN = 6
    # PLACE_ORDER: account, instrument, side, type, tif, flags, qty, price, client_id,
    # other_account: a PositionSide
    PLACE_ORDER = 7
    CANCEL_ORDER = 8  # account, order_id; or order_id 0 and client_id
    AMEND_ORDER = 9  # as CANCEL_ORDER, and price_ticks, qty_lots (new open quantity); 0 keeps
    # CANCEL_ALL: account, instrument (0xFFFF: all), side (0: both), price_ticks and amount_atoms:
    # lowest and highest price (0: no bound)
    CANCEL_ALL = 10
    SEED_POSITION = 11  # account, other_account, instrument, side of account, price, qty
    UPDATE_INDEX = 12  # instrument, price_ticks, flags: HOLD_POINT
    SET_MARK = 13  # instrument, price_ticks, flags: HOLD_POINT
    SETTLE_FUNDING = 14  # instrument, amount_atoms: the rate in 1e-8; longs pay when > 0
    ATTACH_TERM = 15  # account, order_type: a TermKind; the rest by that kind, see TermKind
    SET_TRADE_GROUP = 16  # account, amount_atoms: group; accounts of one group never trade together
    REPLACE_ORDER = 17  # order_id: the order to cancel; the rest as PLACE_ORDER
    CHANGE_PHASE = 18  # instrument, order_type: a TradingPhase, price_ticks: reference (0: none)
    PRINT_TRADE = 19  # instrument, price_ticks, qty_lots: a trade elsewhere
    ADVANCE_TIME = 20  # nothing but the time
    SET_MARGIN_MODE = 21  # account, instrument, order_type: a MarginMode
    SET_POSITION_MODE = 22  # account, order_type: a PositionMode
    TRANSFER = 23  # account, other_account, instrument: the currency, amount_atoms > 0
    UPDATE_COLLATERAL = 24  # instrument: the currency, price_ticks, flags: HOLD_POINT
    CLOSE_SESSION = 25  # instrument: profit and loss at the mark are paid, another session begins
    # UPDATE_SOURCE: instrument, account: number of the source, side: a SourceBoard, price_ticks,
    # qty_lots: its weight (0: it is gone), flags: HOLD_POINT
    UPDATE_SOURCE = 26
    SAMPLE_MARK = 27  # instrument (0xFFFF: all with an index): marked anew, flags: HOLD_POINT
    SETTLE_OWN_FUNDING = 28  # instrument: SETTLE_FUNDING at the rate its samples make


class Side(IntEnum):
    """Which side of the book an order belongs to; NONE stands for both in CANCEL_ALL."""

    NONE = 0
    BUY = 1
    SELL = 2


class MarginMode(IntEnum):
    """What covers a position: a margin of its own, or all that its account has."""

    ISOLATED = 0
    CROSS = 1


class PositionMode(IntEnum):
    """Whether an account has one position on an instrument, or a long one and a short one."""

    ONE_WAY = 0
    HEDGE = 1


class PositionSide(IntEnum):
    """Which position of an account on an instrument: the only one, or a leg of a hedge."""

    NET = 0
    LONG = 1
    SHORT = 2


class Contract(IntEnum):
    """Whether a lot is worth its price, or so much money divided by its price."""

    LINEAR = 0
    INVERSE = 1


class TierRule(IntEnum):
    """How the maintenance margin grows with a position."""

    MARGINAL = 0  # each bracket's rate for what lies within it
    STEP = 1  # the bracket's rate for the whole position
    SIZE_LINEAR = 2  # a rate that rises with the size


class CrossPool(IntEnum):
    """What the cross positions of an account share."""

    CURRENCY = 0  # the wallet of the currency they settle in
    ACCOUNT = 1  # all wallets, valued in the first currency


class OrderType(IntEnum):
    """Whether the caller names the price, or the rulebook bounds it around the mark."""

    MARKET = 1
    LIMIT = 2


class TimeInForce(IntEnum):
    """How long an order lives."""

    GTC = 1  # until cancelled
    IOC = 2  # at once
    FOK = 3  # at once and whole
    GTD = 4  # until the time of its Expiry term
    DAY = 5  # until the next midnight UTC
    GFA = 6  # good for auction: accepted in one, gone at its end


class OrderFlag(IntFlag):
    """Bits of the field `flags`; bits 3 to 5 hold a SelfTrade mode."""

    POST_ONLY = 1
    REDUCE_ONLY = 2
    HOLD_POINT = 4  # UPDATE_INDEX, SET_MARK: more of the same evaluation point follow
    SELF_TRADE_MAKER = 8  # SelfTrade.MAKER, in place
    SELF_TRADE_BOTH = 16  # SelfTrade.BOTH, in place
    SELF_TRADE_BITS = 56
    HIDDEN_ORDER = 64  # rests behind the displayed orders of its price, not in the depth
    SLIDE_POST_ONLY = 128  # a post-only order that would take moves to the next price instead


NO_FLAGS = OrderFlag(0)
SELF_TRADE_SHIFT = 3


class SelfTrade(IntEnum):
    """What happens where a taker meets an order of its own account or trade group."""

    BY_RULE = 0  # as the rulebook says
    MAKER = 1  # the resting order is cancelled, the taker goes on
    BOTH = 2  # both are cancelled
    DECREMENT = 3  # both shrink by the smaller, without a trade
    TAKER = 4  # the taker stops
    ALLOW = 5  # they trade


class TermKind(IntEnum):
    """What an ATTACH_TERM adds to the next order of its account."""

    # TRIGGER: flags: TriggerKind, side: TriggerDirection, time_in_force: TriggerSource,
    # price_ticks: trigger, qty_lots: trailing distance in ticks or ppm
    TRIGGER = 1
    PEG = 2  # side: PegReference, price_ticks: offset away from the touch
    ICEBERG = 3  # qty_lots: displayed, amount_atoms: least displayed (0: the same)
    EXPIRY = 4  # amount_atoms: expire_ns
    MINIMUM = 5  # qty_lots: least quantity of a trade
    OCO = 6  # amount_atoms: group, of the account and instrument
    BUDGET = 7  # amount_atoms: greatest cost, in ticks x lots
    CLOSE_POSITION = 8  # no field
    PROTECTION = 9  # price_ticks: greatest distance from the best opposite price


class TriggerKind(IntEnum):
    """When a pending order begins to run."""

    NONE = 0
    STOP = 1
    TAKE_PROFIT = 2
    TRAILING_TICKS = 3
    TRAILING_PPM = 4


class TriggerDirection(IntEnum):
    """From which side the reference reaches the trigger price."""

    DEFAULT = 0
    UP = 1
    DOWN = 2


class TriggerSource(IntEnum):
    """Which price a trigger watches."""

    BY_RULE = 0
    LAST = 1
    MARK = 2
    INDEX = 3
    QUOTE = 4  # the best displayed price of the other side


class PegReference(IntEnum):
    """Which price a pegged order follows."""

    NONE = 0
    BID = 1
    ASK = 2
    MID = 3


class TradingPhase(IntEnum):
    """What an instrument does with orders."""

    CONTINUOUS = 1
    AUCTION = 2
    HALTED = 3


class MarketResidual(IntEnum):
    """What happens to the rest of a market order that is good till cancelled."""

    CANCEL = 0
    REST = 1


class IcebergRefresh(IntEnum):
    """When an iceberg shows its next part."""

    AT_ONCE = 0
    END_OF_TAKER = 1


class IcebergAmendUp(IntEnum):
    """What an iceberg's priority does when it grows."""

    LOSE = 0
    KEEP = 1


class StopEntry(IntEnum):
    """What becomes of a stop whose condition already holds when it arrives."""

    RUN = 0
    REJECT = 1


class AuctionPrice(IntEnum):
    """Which of the prices of greatest volume an auction takes."""

    MID = 0
    REFERENCE = 1
    MAX_PRICE = 2


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
    TRADING_HALTED = 24
    NOT_IN_AUCTION = 25
    PRICE_OUT_OF_BAND = 26
    WOULD_TRIGGER = 27
    ALREADY_EXPIRED = 28
    INVALID_TERMS = 29
    TERMS_REFUSED = 30
    POSITION_OPEN = 31
    UNKNOWN_CURRENCY = 32
    IN_LIQUIDATION = 33
    UNKNOWN_SOURCE = 34
    NO_INDEX = 35


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
    EXPIRED = 9
    OCO_SIBLING = 10
    REPLACED = 11
    AUCTION_ENDED = 12
    REFUSED_AT_TRIGGER = 13  # amount: the RejectReason


class EventKind(IntEnum):
    """What happened.

    `side` is the leg where a position is meant, `instrument` the currency where money moves from or
    to outside, and 0xFFFF where it happens to all that an account has in cross margin.
    """

    COMMAND_REJECTED = 1  # rejections: reason, command_kind
    ACCOUNT_OPENED = 2  # amount: the first deposit
    DEPOSITED = 3
    WITHDRAWN = 4
    INSURANCE_FUNDED = 5
    LEVERAGE_CHANGED = 6  # qty: the leverage
    MARGIN_ADJUSTED = 7  # amount: signed change; margin: after it
    POSITION_SEEDED = 8  # side of account; amount: the value
    ORDER_ACCEPTED = 9  # price: the limit used; amount: trigger price; other: displayed lots
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
    ORDER_TRIGGERED = 22  # price: the reference; qty: open; amount: trigger price
    ORDER_REPRICED = 23  # price: the new one, 0 where parked; qty: open
    PHASE_CHANGED = 24  # price, qty: of the uncross; amount: new phase; other: old phase
    TRADE_PRINTED = 25  # price, qty
    TRADE_GROUP_SET = 26  # amount: group
    ORDER_REPLENISHED = 27  # qty: displayed now; amount: hidden rest
    SELF_TRADE_DECREMENTED = 28  # taker and maker as in ORDER_FILLED; price: the maker's; qty
    MARGIN_MODE_CHANGED = 29  # qty: a MarginMode
    POSITION_MODE_CHANGED = 30  # qty: a PositionMode
    TRANSFERRED = 31  # amount, from account to other_account; instrument: the currency
    COLLATERAL_UPDATED = 32  # instrument: the currency; price
    COLLATERAL_SEIZED = 33  # instrument: the currency; amount: signed, to the insurance fund
    LIQUIDATION_STOPPED = 34  # between two steps, because nothing is in breach any more
    LIQUIDATION_STEPPED = 35  # qty: signed, sent; price: limit; amount: value filled; other: fee
    LOSS_SOCIALISED = 36  # amount: paid to the insurance fund by who lost nothing
    SESSION_CLOSED = 39  # price: mark
    SOURCE_UPDATED = 37  # price; qty: weight; amount: number of the source; other: SourceBoard
    FUNDING_INTERVAL_CHANGED = 38  # price: mark; amount: new interval in ns; other: the old one
