"""Positions out of Parquet, CSV, Arrow, or numpy: columns as the core loads them."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from delever._core import positions_from
from delever.errors import DataError
from delever.extras import optional

Floats = NDArray[np.float64]
POSITION_COLUMNS = {
    "account": "holder, an integer or a text; rows of one account share a wallet (each its own)",
    "symbol": "contract, as the rulebook lists it (the first listed)",
    "side": "long or short, buy or sell, 1 or -1 (the sign of qty)",
    "qty": "size in coins, inverse: in contracts; signed where there is no side",
    "entry_price": "average price of the position",
    "leverage": "at least 1; margin is value / leverage",
    "margin": "margin in what the contract settles in; wins over leverage where it is above 0",
    "wallet": "balance beside all margins, read at the account's first row (0)",
    "margin_mode": "isolated, or cross: backed by the wallet, else by its margin (isolated)",
}
"""What a table may hold; in brackets what a missing column means. qty, entry_price and one of
leverage and margin are needed (in cross margin a wallet does)."""

_ALIASES = {"size": "qty", "quantity": "qty", "entry": "entry_price", "price": "entry_price"}
_READERS = {".csv": ("csv", "read_csv"), ".arrow": ("feather", "read_table")}


class Positions(NamedTuple):
    """A book in columns; a column that is not known is empty. Holders are codes by `accounts`."""

    symbols: list[str]
    instrument: NDArray[np.int64]
    qty: Floats
    entry_price: Floats
    leverage: Floats
    margin: Floats
    wallet: Floats
    cross: NDArray[np.int64]
    holder: NDArray[np.int64]
    accounts: NDArray[Any] | None
    """Names of the holders; None: the codes are the names."""


_arrow = partial(optional, needs="this needs {}, which is not installed", extra="data")


def read_columns(source: Any) -> dict[str, Any]:
    """Return a table's columns by name: numbers, or (codes, names) of text.

    A numpy structured array and a mapping of arrays are taken as they are; a file (.parquet, .csv,
    .arrow, .feather) and what speaks Arrow (polars, pandas, duckdb) need pyarrow.
    """
    if isinstance(source, np.ndarray) and source.dtype.names:
        return {name: source[name] for name in source.dtype.names}
    if isinstance(source, Mapping):
        return {name: np.asarray(column) for name, column in source.items()}
    if not isinstance(source, str | Path) and not hasattr(source, "__arrow_c_stream__"):
        wants = "a path, a structured array, a mapping of columns, or an Arrow table"
        raise DataError(f"a {type(source).__name__} is not a table; give {wants}")
    pa, path = _arrow("pyarrow"), Path(str(source)[:4096])
    try:
        if hasattr(source, "__arrow_c_stream__"):
            table = pa.table(source)
        else:
            kind = path.suffix if path.suffix != ".feather" else ".arrow"
            module, read = _READERS.get(kind, ("parquet", "read_table"))
            table = getattr(_arrow(f"pyarrow.{module}"), read)(path)
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"cannot be read ({str(error)[:120]})", path=str(path)) from None
    return {name: _plain(table[name], name, pa) for name in table.column_names}


def _plain(column: Any, name: str, pa: Any) -> Any:
    if column.null_count:
        row = int(np.argmax(column.is_null().to_numpy()))
        raise DataError("has no value; give every row one", row=row, column=name)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        column = column.dictionary_encode()
    if not pa.types.is_dictionary(column.type):
        return column.to_numpy()
    whole = column.unify_dictionaries().combine_chunks()
    return whole.indices.to_numpy(zero_copy_only=False), np.array(whole.dictionary.to_pylist())


def read_positions(source: Any) -> Positions:
    """Read a book of positions; `POSITION_COLUMNS` says what its columns mean.

    Examples
    --------
    >>> book = read_positions({"qty": [2.0, -1.0], "entry_price": [7e4, 7e4], "leverage": [10, 5]})
    >>> book.qty.tolist(), book.holder.size
    ([2.0, -1.0], 0)
    """
    columns = {_ALIASES.get(name, name): column for name, column in read_columns(source).items()}
    return Positions(*positions_from(columns, POSITION_COLUMNS))
