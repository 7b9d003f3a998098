"""The matching engine: order books without accounts."""

from __future__ import annotations

from typing import ClassVar

from . import _core
from .market import Market


class MatchingEngine(Market):
    """Order books in which anybody may trade: a venue's orders and events, without its money.

    Any number names an owner, without opening an account; 0 is anonymous. There is no margin, no
    fee and no position, so that orders which need one (reduce-only, closing) are refused, as are
    the commands of accounts. The index and the mark only serve as references. Parameters and
    methods are those of `Venue`, except what is about accounts.

    Examples
    --------
    >>> import delever as dl
    >>> engine = dl.MatchingEngine([dl.rulebook("binance-um").instrument("BTCUSDT")])
    >>> ask = engine.place(1, "BTCUSDT", side="sell", qty="2", price="72000")
    >>> engine.place(2, "BTCUSDT", side="buy", qty="0.5", price="72000").filled
    Decimal('0.500')
    >>> engine.depth("BTCUSDT", "sell")["open_lots"].tolist()
    [1500]
    """

    core: _core.MatchingEngine
    _machine: ClassVar[type[_core.MatchingEngine]] = _core.MatchingEngine

    def __repr__(self) -> str:
        symbols = ", ".join(one.symbol for one in self.instruments)
        counts = f"{self.core.live_orders:,} live orders, {self.core.event_count:,} events"
        return f"<MatchingEngine {symbols}: {counts}, {self.now}>"
