"""Phases: continuous trading, auctions and halts; and the one price at which an auction ends.

This module owns what changes when an instrument goes from one phase to another. In an auction
orders gather without matching, and the book may cross. On the way to continuous trading a crossed
book is uncrossed at one price, at which the most can trade; both sides pay the maker's fee.
"""

from __future__ import annotations

from . import contracts, live_orders, trading, triggers
from .arithmetic import PPM, ceil_div
from .book import OrderBook
from .commands import (
    CancelReason,
    Command,
    RejectReason,
    Side,
    TimeInForce,
    TradingPhase,
    TriggerSource,
    require,
)
from .events import EventKind
from .orders import Order
from .state import NO_CAUSE, InstrumentState, VenueState
from .vocabulary import AuctionPrice


def change_phase(state: VenueState, command: Command) -> None:
    """Carry out ChangePhase, up to but without what is evaluated after it."""
    instrument = state.known_instrument(command.instrument)
    known = TradingPhase.CONTINUOUS <= command.order_type <= TradingPhase.HALTED
    require(known and command.order_type != instrument.phase, RejectReason.INVALID_ORDER)
    require(command.price_ticks == 0 or _in_range(instrument, command), RejectReason.INVALID_PRICE)
    before, instrument.phase = instrument.phase, TradingPhase(command.order_type)
    price, volume, last_fills = 0, 0, dict[Order, int]()
    if instrument.continuous:
        price, volume, last_fills = _uncross(state, command.instrument, command.price_ticks)
    state.emit(
        EventKind.PHASE_CHANGED,
        instrument=command.instrument,
        price_ticks=price,
        qty_lots=volume,
        amount_atoms=instrument.phase,
        other_amount=before,
    )
    if before is TradingPhase.AUCTION:
        for order in live_orders.all_live(state, command.instrument):
            if order.time_in_force is TimeInForce.GFA:
                live_orders.cancel(state, order, CancelReason.AUCTION_ENDED)
    _refresh(state, instrument, last_fills)
    triggers.resume(state, command.instrument)


def print_trade(state: VenueState, command: Command) -> None:
    """Carry out PrintTrade: a trade elsewhere sets the last price as one here does."""
    instrument = state.known_instrument(command.instrument)
    require(_in_range(instrument, command), RejectReason.INVALID_PRICE)
    require(command.qty_lots >= 0, RejectReason.INVALID_QTY)
    instrument.last_ticks = command.price_ticks
    instrument.last_fill = state.emit(
        EventKind.TRADE_PRINTED,
        instrument=command.instrument,
        price_ticks=command.price_ticks,
        qty_lots=command.qty_lots,
    )
    triggers.test_source(state, command.instrument, TriggerSource.LAST, instrument.last_fill)


def _in_range(instrument: InstrumentState, command: Command) -> bool:
    spec = instrument.spec
    return spec.price_ticks_min <= command.price_ticks <= spec.price_ticks_max


def indicative(state: VenueState, instrument: int, reference_ticks: int = 0) -> tuple[int, int]:
    """Return the price and the volume at which the book would uncross now.

    Parameters
    ----------
    state
        The venue, which does not change.
    instrument
        The instrument.
    reference_ticks
        The price that the rule of the nearest price starts from; 0: last, else mark, else middle.

    Returns
    -------
    tuple[int, int]
        Price and lots; zeros where the book is not crossed.
    """
    book = state.instruments[instrument].book
    bid, ask = book.best(Side.BUY), book.best(Side.SELL)
    if bid is None or ask is None or bid < ask:
        return 0, 0
    resting = book.orders(Side.BUY) + book.orders(Side.SELL)
    candidates = {order.price_ticks for order in resting if ask <= order.price_ticks <= bid}
    most = max(_volume(book, price) for price in candidates)
    best = sorted(price for price in candidates if _volume(book, price) == most)
    middle = (best[0] + best[-1]) // 2
    rule = state.rulebook.auction_price
    if rule is AuctionPrice.MID:
        return middle, most
    least = min(abs(_imbalance(book, price)) for price in best)
    best = [price for price in best if abs(_imbalance(book, price)) == least]
    if rule is AuctionPrice.MAX_PRICE:
        return best[-1], most
    one = state.instruments[instrument]
    nearest = reference_ticks or one.last_ticks or one.mark_ticks or middle
    return min(best, key=lambda price: (abs(price - nearest), -price)), most


def _bought(book: OrderBook, price_ticks: int) -> int:
    return sum(one.open_lots for one in book.orders(Side.BUY) if one.price_ticks >= price_ticks)


def _sold(book: OrderBook, price_ticks: int) -> int:
    return sum(one.open_lots for one in book.orders(Side.SELL) if one.price_ticks <= price_ticks)


def _volume(book: OrderBook, price_ticks: int) -> int:
    return min(_bought(book, price_ticks), _sold(book, price_ticks))


def _imbalance(book: OrderBook, price_ticks: int) -> int:
    return _bought(book, price_ticks) - _sold(book, price_ticks)


def _uncross(
    state: VenueState, instrument: int, reference_ticks: int
) -> tuple[int, int, dict[Order, int]]:
    """Trade what can trade at one price; return it, the volume, and the last fill of each order."""
    book = state.instruments[instrument].book
    price, wanted = indicative(state, instrument, reference_ticks)
    traded, last_fills = 0, dict[Order, int]()
    while traded < wanted:
        bid, ask = book.front(Side.BUY), book.front(Side.SELL)
        if bid is None or ask is None or bid.price_ticks < price or ask.price_ticks > price:
            break
        idle = [one for one in (bid, ask) if trading.offered_lots(state, one) == 0]
        if idle:
            live_orders.cancel(state, idle[0], CancelReason.REDUCE_ONLY)
            continue
        offered = [trading.offered_lots(state, one) for one in (bid, ask)]
        lots = min(*offered, wanted - traded)
        last_fills[bid] = last_fills[ask] = _pair(state, bid, ask, price, lots)
        traded += lots
    state.instruments[instrument].left_crossed = indicative(state, instrument)[1] > 0
    return (price, traded, last_fills) if traded else (0, 0, last_fills)


def _pair(state: VenueState, bid: Order, ask: Order, price_ticks: int, lots: int) -> int:
    """Trade two resting orders with each other; return the fill's sequence."""
    spec = state.instruments[bid.instrument].spec
    fee = ceil_div(contracts.value(spec, price_ticks, lots) * spec.maker_fee_ppm, PPM)
    deal = trading.Deal(bid, ask, price_ticks, lots, fee, fee)
    sequence = trading.emit_fill(state, deal, NO_CAUSE)
    for order in (bid, ask):
        # What an iceberg hides goes first: it need not queue again.
        if lots < order.open_lots:
            live_orders.resize(state, order, order.open_lots - lots)
        else:
            trading.take_lots(state, order, lots)
    trading.settle_fill(state, deal, sequence)
    return sequence


def _refresh(state: VenueState, instrument: InstrumentState, last_fills: dict[Order, int]) -> None:
    """Let the icebergs that traded in an uncross show a fresh part, in their place."""
    for side in (Side.BUY, Side.SELL):
        for order in instrument.book.orders(side):
            fresh = min(order.display_lots, order.open_lots)
            if order in last_fills and fresh > order.visible_lots:
                order.visible_lots = fresh
                trading.emit_replenished(state, order, last_fills[order])
