"""Leverage brackets out of a JSON file: the whole of Binance's table, as people have it at hand.

Two forms are read: the answer of Binance's own `leverageBracket`, and the table that ccxt keeps and
freqtrade ships (by unified symbols, the venue's row in `info`). Numbers are taken as they are
written, never through floating point.
"""

from __future__ import annotations

import gzip
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from delever.errors import ConfigError

from .instruments import Tier
from .rulebook_file import check_tiers

_NAMES = {
    "floor": "notionalFloor",
    "maintenance": "maintMarginRatio",
    "deduction": "cum",
    "leverage_max": "initialLeverage",
}


def read_brackets(path: str | Path) -> dict[str, tuple[Tier, ...]]:
    """Return the tiers of every symbol of a file, checked; ConfigError naming what is wrong where.

    Parameters
    ----------
    path
        A JSON file, or one compressed with gzip.

    Returns
    -------
    dict
        Tiers by the venue's symbol: "BTCUSDT", "BTCUSDT_251226".
    """
    file = Path(path)
    try:
        data = file.read_bytes()
        text = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
        parsed = json.loads(text, parse_float=Decimal, parse_int=Decimal)
    except (OSError, EOFError, ValueError) as error:
        raise ConfigError(f"{file.name}: cannot be read as JSON ({error})") from None
    found = {}
    for symbol, rows, where in _tables(parsed, file.name):
        read = [_row(row, f"{where}[{at}]") for at, row in enumerate(rows)]
        read.sort(key=lambda row: row["floor"])
        check_tiers(read, "marginal", where)
        found[symbol] = tuple(Tier(**row) for row in read)
    if not found:
        raise ConfigError(f"{file.name}: no brackets in it")
    return found


def _tables(parsed: Any, name: str) -> list[tuple[str, list[Any], str]]:
    if isinstance(parsed, dict) and "brackets" in parsed:
        parsed = [parsed]
    if isinstance(parsed, dict):
        tables = [(_symbol(key), rows, f"{name}: {key}") for key, rows in parsed.items()]
    elif isinstance(parsed, list) and all(isinstance(one, dict) for one in parsed):
        tables = [
            (str(one.get("symbol")), one.get("brackets"), f"{name}: [{at}].brackets")
            for at, one in enumerate(parsed)
        ]
    else:
        tables = [("", None, name)]
    for _, rows, where in tables:
        if not (isinstance(rows, list) and rows and all(isinstance(row, dict) for row in rows)):
            wants = "the answer of leverageBracket, or a table of ccxt's leverage tiers"
            raise ConfigError(f"{where}: not a list of brackets; give {wants}")
    return tables


def _symbol(unified: str) -> str:
    """Turn "BTC/USDT:USDT-251226" into "BTCUSDT_251226"."""
    pair, _, settled = unified.partition(":")
    _, dash, day = settled.partition("-")
    return pair.replace("/", "") + ("_" + day if dash else "")


def _row(row: dict[str, Any], where: str) -> dict[str, Any]:
    raw = row.get("info") or row
    values: dict[str, Any] = {}
    for key, name in _NAMES.items():
        try:
            values[key] = Decimal(str(raw[name]))
        except (KeyError, ArithmeticError, TypeError):
            was = f"{raw[name]!r} is not a number" if name in raw else "missing"
            raise ConfigError(f"{where}.{name}: {was}") from None
    return {**values, "leverage_max": int(values["leverage_max"])}
