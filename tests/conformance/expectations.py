"""What a case expects, compared with what happened.

One function per key of `expect`; a key that is in no table is an error. Numbers are compared
exactly, as fractions of the case's own units.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import Any

from driver import Driver, Order, StepResult, Trade, UnknownWordError
from venues import PENDING, RESTING, LiveOrder

from delever.reference import Side


def number(value: Any) -> Fraction:
    """A number of the case."""
    return Fraction(str(value))


def same(what: str, expected: Any, actual: Any) -> None:
    """Fail, showing both in plain numbers."""
    assert expected == actual, f"{what}: expected {plain(expected)}, got {plain(actual)}"


def plain(value: Any) -> Any:
    """A value as a reader writes it."""
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, Fraction):
        return str(value.numerator) if value.denominator == 1 else str(float(value))
    return value


class Book:
    """The live orders of a moment, in the case's units."""

    def __init__(self, driver: Driver) -> None:
        self.driver, self.scale = driver, driver.scale
        self.live = driver.live()
        for side in (Side.BUY, Side.SELL):
            summed = [(self.scale.price(p), self.scale.qty(q)) for p, q in driver.venue.depth(side)]
            same("the depth and the orders", [level[:2] for level in self.levels(side)], summed)

    def resting(self, side: Side) -> list[tuple[str, LiveOrder]]:
        """Names and orders by priority."""
        return [
            (name, order)
            for name, order in self.live.items()
            if order.state == RESTING and order.side == side
        ]

    def pending(self, side: Side) -> list[LiveOrder]:
        """Orders that wait for their trigger."""
        return [one for one in self.live.values() if one.state == PENDING and one.side == side]

    def levels(self, side: Side) -> list[tuple[Fraction, Fraction, int]]:
        """Price, displayed quantity and number of displayed orders, best first."""
        found: dict[int, tuple[int, int]] = {}
        for _, order in self.resting(side):
            if order.visible_lots and order.price_ticks:
                lots, count = found.get(order.price_ticks, (0, 0))
                found[order.price_ticks] = (lots + order.visible_lots, count + 1)
        scale = self.scale
        return [(scale.price(p), scale.qty(q), count) for p, (q, count) in found.items()]

    def lots(self, orders: list[LiveOrder], field: str) -> Fraction:
        """The sum of a quantity."""
        return self.scale.qty(sum(getattr(one, field) for one in orders))


def trade_fields(driver: Driver, trade: Trade) -> dict[str, Any]:
    """A trade by the words of the vectors."""
    return {
        "maker": trade.maker.name,
        "taker": trade.taker.name,
        "buyer": trade.buyer.owner,
        "seller": trade.seller.owner,
        "price": driver.scale.price(trade.price_ticks),
        "qty": driver.scale.qty(trade.lots),
    }


def listed(expected: dict[str, Any], actual: dict[str, Any]) -> dict[str, Any]:
    """The fields of `actual` that are listed, and the listed numbers as numbers."""
    unknown = expected.keys() - actual.keys()
    if unknown:
        raise UnknownWordError(f"fields {sorted(unknown)}; known: {', '.join(actual)}")
    return {name: actual[name] for name in expected}


def as_numbers(expected: dict[str, Any]) -> dict[str, Any]:
    """The listed prices and quantities as numbers."""
    words = ("maker", "taker", "buyer", "seller", "owner", "side")
    return {k: str(v) if k in words else number(v) for k, v in expected.items()}


def check_trades(driver: Driver, expected: list[dict[str, Any]], trades: list[Trade]) -> None:
    """All trades, in order; the listed fields only."""
    actual = [trade_fields(driver, trade) for trade in trades]
    same("number of trades", len(expected), len(actual))
    for at, (want, have) in enumerate(zip(expected, actual, strict=True)):
        fields = listed(want, have)
        for name, value in as_numbers(want).items():
            same(f"trade {at + 1}, {name}", value, fields[name])


def check_trades_include(
    driver: Driver, expected: list[dict[str, Any]], trades: list[Trade]
) -> None:
    """Each of these is among the trades."""
    actual = [trade_fields(driver, trade) for trade in trades]
    for want in expected:
        found = [listed(want, have) for have in actual]
        assert as_numbers(want) in found, f"no trade {want} among {[plain(f) for f in found]}"


def check_levels(side: Side, whole: bool, expected: list[list[Any]], book: Book) -> None:
    """Displayed levels, best first: price, quantity, and orders where they are listed."""
    actual = book.levels(side)
    if whole:
        same(f"number of levels ({side.name})", len(expected), len(actual))
    cut = [level[: len(want)] for level, want in zip(actual, expected, strict=False)]
    same(f"levels ({side.name})", [tuple(map(number, want)) for want in expected], cut)


def check_level_volumes(expected: list[list[Any]], book: Book) -> None:
    """The displayed quantity at single prices."""
    for side, price, qty in expected:
        levels = book.levels(Side[side.upper()])
        there = sum((level[1] for level in levels if level[0] == number(price)), Fraction(0))
        same(f"quantity at {side} {price}", number(qty), there)


def check_resting(expected: list[dict[str, Any]], book: Book) -> None:
    """Each of these rests."""
    actual = [
        {
            "owner": book.driver.orders[name].owner,
            "side": side.name.lower(),
            "price": book.scale.price(one.price_ticks),
            "visible": book.scale.qty(one.visible_lots),
            "hidden": book.scale.qty(one.open_lots - one.visible_lots),
        }
        for side in (Side.BUY, Side.SELL)
        for name, one in book.resting(side)
    ]
    for want in expected:
        found = [listed(want, have) for have in actual]
        assert as_numbers(want) in found, f"no resting {want}"


def check_orders(expected: dict[str, dict[str, Any]], book: Book) -> None:
    """What became of single orders."""
    driver = book.driver
    for name, wanted in expected.items():
        assert name in driver.orders, f"no order {name}"
        for key, value in wanted.items():
            if key == "status":
                same(f"status of {name}", value, driver.status(name))
            elif key == "status_in":
                status = driver.status(name)
                assert status in value, f"status of {name}: {status} is none of {value}"
            elif key in OF_AN_ORDER:
                actual = OF_AN_ORDER[key](book, driver.orders[name])
                same(f"{key} of {name}", number(value), actual)
            else:
                raise UnknownWordError(f"order field {key}")


def _cost(book: Book, order: Order) -> Fraction:
    value = order.filled_value - book.scale.shift * order.filled_lots
    return value * book.scale.tick * book.scale.lot


def _shown(field: str, book: Book, order: Order) -> Fraction:
    live = book.live.get(order.name)
    if field in ("price_ticks", "trigger_ticks"):
        assert live is not None, f"{order.name} is not live"
        return book.scale.price(getattr(live, field))
    if live is None:
        return Fraction(0)
    hidden = live.open_lots - live.visible_lots
    return book.scale.qty(live.visible_lots if field == "visible" else hidden)


OF_AN_ORDER: dict[str, Callable[[Book, Order], Fraction]] = {
    "open": lambda book, order: book.scale.qty(order.open_lots),
    "filled": lambda book, order: book.scale.qty(order.filled_lots),
    "cost": _cost,
    "price": partial(_shown, "price_ticks"),
    "trigger": partial(_shown, "trigger_ticks"),
    "visible": partial(_shown, "visible"),
    "hidden": partial(_shown, "hidden"),
}


def check_best(side: Side, expected: Any, book: Book) -> None:
    """The best displayed price, or that there is none."""
    levels = book.levels(side)
    best = levels[0][0] if levels else None
    same(f"best ({side.name})", None if expected is None else number(expected), best)


def check_positions(expected: dict[str, Any], book: Book) -> None:
    """Signed quantities by owner."""
    for owner, qty in expected.items():
        lots = book.driver.venue.position(book.driver.account(str(owner)))
        same(f"position of {owner}", number(qty), book.scale.qty(lots))


def check_indicative(expected: dict[str, Any], book: Book) -> None:
    """What an uncross would do now."""
    price, lots = book.driver.venue.indicative()
    actual = {"price": book.scale.price(price), "volume": book.scale.qty(lots)}
    for name, value in as_numbers(expected).items():
        same(f"indicative {name}", value, listed(expected, actual)[name])


def check_queue(side: Side, expected: list[Any], book: Book) -> None:
    """The names of a side by priority."""
    same(f"queue ({side.name})", [str(one) for one in expected], [n for n, _ in book.resting(side)])


def _count(of: Callable[[Book], Any]) -> Callable[[Any, Book], None]:
    return lambda expected, book: same("count", number(expected), Fraction(of(book)))


def _of_a_side(word: str, side: Side) -> dict[str, Callable[[Any, Book], None]]:
    def orders(book: Book) -> list[LiveOrder]:
        return [one for _, one in book.resting(side)]

    return {
        f"{word}s": partial(check_levels, side, True),
        f"{word}s_top": partial(check_levels, side, False),
        f"best_{word}": partial(check_best, side),
        f"queue_{word}": partial(check_queue, side),
        f"{word}_orders": _count(lambda book: len(orders(book))),
        f"{word}_levels": _count(lambda book: len(book.levels(side))),
        f"{word}_volume": _count(lambda book: book.lots(orders(book), "open_lots")),
        f"{word}_visible_volume": _count(lambda book: book.lots(orders(book), "visible_lots")),
        f"{side.name.lower()}_stops": _count(lambda book: len(book.pending(side))),
        f"{side.name.lower()}_stop_volume": _count(
            lambda book: book.lots(book.pending(side), "open_lots")
        ),
    }


OF_THE_BOOK: dict[str, Callable[[Any, Book], None]] = {
    **_of_a_side("bid", Side.BUY),
    **_of_a_side("ask", Side.SELL),
    "level_volumes": check_level_volumes,
    "resting": check_resting,
    "orders": check_orders,
    "positions": check_positions,
    "indicative": check_indicative,
    "last_price": _count(lambda book: book.scale.price(book.driver.venue.last())),
    "uncross_price": _count(lambda book: book.scale.price(book.driver.uncrossed[0])),
    "uncross_volume": _count(lambda book: book.scale.qty(book.driver.uncrossed[1])),
}
OF_TRADES: dict[str, Callable[[Driver, Any, list[Trade]], None]] = {
    "trades": check_trades,
    "ntrades": lambda _, expected, trades: same("number of trades", int(expected), len(trades)),
    "trades_include": check_trades_include,
}


def check_state(driver: Driver, expected: dict[str, Any]) -> None:
    """Everything expected after all steps so far."""
    book = Book(driver)
    for key, value in expected.items():
        if key in OF_TRADES:
            OF_TRADES[key](driver, value, driver.trades)
        elif key in OF_THE_BOOK:
            try:
                OF_THE_BOOK[key](value, book)
            except AssertionError as wrong:
                raise AssertionError(f"{key}: {wrong}") from None
        else:
            raise UnknownWordError(f"expectation {key}")


def check_step(driver: Driver, expected: dict[str, Any], result: StepResult) -> None:
    """Everything expected of one step."""
    for key, value in expected.items():
        if key == "status":
            same("status", value, result.status)
        elif key == "status_in":
            assert result.status in value, f"status: {result.status} is none of {value}"
        elif key == "own_trades":
            same("trades it took", int(value), len(result.own_trades))
        elif key in OF_TRADES:
            OF_TRADES[key](driver, value, result.trades)
        else:
            raise UnknownWordError(f"expectation {key} of a step")
