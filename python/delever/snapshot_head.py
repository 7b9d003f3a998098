"""The head of a snapshot: the units of prices, quantities and currencies, which no core knows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from .reference.instruments import Instrument
from .reference.rules import Currency


def written(instruments: Iterable[Instrument], currencies: Iterable[Currency]) -> bytes:
    """Return the units as lines of text; those of currencies have no name of an instrument."""
    lines = [f"{one.symbol}\t{one.tick}\t{one.lot}\t{one.contract or 0}" for one in instruments]
    lines += [f"\t{one.symbol}\t{one.tick_atoms}\t0" for one in currencies]
    return "\n".join(lines).encode()


def read(head: bytes) -> tuple[list[Instrument], list[Currency]]:
    """Return instruments and currencies with nothing but their units."""
    rows = [line.split("\t") for line in head.decode().split("\n")]
    listed = [
        replace(Instrument.linear(symbol, tick=tick, lot=lot), contract=Decimal(contract) or None)
        for symbol, tick, lot, contract in rows
        if symbol
    ]
    return listed, [Currency(row[1], tick_atoms=int(row[2])) for row in rows if not row[0]]
