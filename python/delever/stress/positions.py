"""Positions out of Parquet, CSV, Arrow, or numpy: columns as the core loads them."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from delever.errors import ConfigError, DataError

POSITION_COLUMNS = {
    "account": "holder, an integer or a text; rows of one account share a wallet (each its own)",
    "symbol": "contract, as the rulebook lists it (the only one listed)",
    "side": "long or short, buy or sell, 1 or -1 (the sign of qty)",
    "qty": "size in coins; signed where there is no side",
    "entry_price": "average price of the position",
    "leverage": "at least 1; margin is value / leverage",
    "margin": "isolated margin in the quote currency; wins over leverage where it is above 0",
    "wallet": "balance beside all margins, read at the account's first row (0)",
    "margin_mode": "isolated",
}
"""What a table may hold; in brackets what a missing column means. qty, entry_price and one of
leverage and margin are needed."""

_ALIASES = {"size": "qty", "quantity": "qty", "entry": "entry_price", "price": "entry_price"}
_SIDES = {"long": 1, "buy": 1, "1": 1, "short": -1, "sell": -1, "-1": -1, "2": -1}
_NONE = np.empty(0)


class Positions(NamedTuple):
    """A book: columns of float64, holders as codes 0 .. n - 1 by `accounts`."""

    symbols: list[str]
    instrument: NDArray[np.int64]
    qty: NDArray[np.float64]
    entry_price: NDArray[np.float64]
    leverage: NDArray[np.float64]
    margin: NDArray[np.float64]
    wallet: NDArray[np.float64]
    holder: NDArray[np.int64]
    accounts: NDArray[Any] | None
    """Names of the holders by code; None: the codes are the names."""

    def name_of(self, holder: int) -> Any:
        """Return the account as the table calls it."""
        return self.accounts[holder].item() if self.accounts is not None else int(holder)


def arrow(module: str) -> Any:
    """Return a module of pyarrow, the extra `data`."""
    try:
        return import_module(module)
    except ImportError as error:
        message = f"this needs {module}, which is not installed; pip install 'delever[data]'"
        raise ConfigError(message) from error


def read_columns(source: Any) -> dict[str, Any]:
    """Return a table's columns by name: numpy arrays, or Arrow columns for text.

    A numpy structured array and a mapping of arrays are taken as they are; a path by its ending
    (.parquet, .feather, .arrow; .csv, also compressed), and anything that speaks Arrow (polars,
    pandas, duckdb), need pyarrow.
    """
    if isinstance(source, np.ndarray) and source.dtype.names:
        return {name: source[name] for name in source.dtype.names}
    if isinstance(source, Mapping):
        return {name: np.asarray(column) for name, column in source.items()}
    pa = arrow("pyarrow")
    if isinstance(source, str | Path):
        table = _read(Path(source), pa)
    elif hasattr(source, "__arrow_c_stream__"):
        table = pa.table(source)
    else:
        wants = "a path, a structured array, a mapping of columns, or an Arrow table"
        raise DataError(f"positions are {type(source).__name__}; give {wants}")
    return {name: _plain(table[name], pa) for name in table.column_names}


def _read(path: Path, pa: Any) -> Any:
    if not path.is_file():
        raise DataError("no such file", path=str(path))
    kinds = "".join(path.suffixes[-2:])
    try:
        if ".csv" in kinds:
            return arrow("pyarrow.csv").read_csv(path)
        if path.suffix in {".feather", ".arrow"}:
            return arrow("pyarrow.feather").read_table(path)
        return arrow("pyarrow.parquet").read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"cannot be read ({str(error)[:120]})", path=str(path)) from None


def _plain(column: Any, pa: Any) -> Any:
    """Turn a column into numbers, or into (codes, names) of a dictionary where it is text."""
    if column.null_count:
        row = int(np.argmax(column.is_null().to_numpy()))
        raise DataError("is empty; give every row a value", row=row)
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_dictionary(kind):
        whole = column.combine_chunks()
        coded = whole if pa.types.is_dictionary(kind) else whole.dictionary_encode()
        return coded.indices.to_numpy(zero_copy_only=False), np.array(coded.dictionary.to_pylist())
    return column.to_numpy()


def coded(column: Any) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Return codes and names of a column, whatever it was."""
    if isinstance(column, tuple):
        return column[0].astype(np.int64), column[1]
    names, codes = np.unique(column, return_inverse=True)
    return codes.astype(np.int64), names


def read_positions(source: Any) -> Positions:
    """Read a book of positions; `POSITION_COLUMNS` says what its columns mean.

    Raises
    ------
    DataError
        For a column that is missing, unknown, or not what it should be.

    Examples
    --------
    >>> book = read_positions({"qty": [2.0, -1.0], "entry_price": [7e4, 7e4], "leverage": [10, 5]})
    >>> book.qty.tolist(), book.holder.size
    ([2.0, -1.0], 0)
    """
    columns = {_ALIASES.get(name, name): column for name, column in read_columns(source).items()}
    unknown = columns.keys() - POSITION_COLUMNS.keys()
    if unknown:
        known = ", ".join(POSITION_COLUMNS)
        raise DataError(f"unknown; the columns are {known}", column=min(unknown))
    for needed in ("qty", "entry_price"):
        if needed not in columns:
            raise DataError("missing", column=needed)
    if not columns.keys() & {"leverage", "margin"}:
        raise DataError("missing, and no margin either; give one of the two", column="leverage")
    modes = coded(columns.get("margin_mode", np.zeros(0)))[1]
    if other := [str(mode) for mode in modes if str(mode).lower() != "isolated"]:
        raise DataError(
            f"'{other[0]}': this build stresses isolated positions", column="margin_mode"
        )
    instrument, symbols = coded(columns["symbol"]) if "symbol" in columns else (_NONE, [])
    number = {name: _numbers(columns, name) for name in ("qty", "entry_price", *_OPTIONAL)}
    if "side" in columns:
        number["qty"] = np.abs(number["qty"]) * _signs(columns["side"])
    holder, accounts = _holders(columns.get("account"))
    codes = instrument if len(symbols) else np.zeros(len(number["qty"]))
    names = [str(symbol) for symbol in symbols]
    return Positions(names, codes.astype(np.int64), **number, holder=holder, accounts=accounts)


_OPTIONAL = ("leverage", "margin", "wallet")


def _numbers(columns: Mapping[str, Any], name: str) -> NDArray[np.float64]:
    if name not in columns:
        return _NONE
    column = columns[name]
    if isinstance(column, tuple) or column.dtype.kind not in "iuf":
        raise DataError("holds text, not numbers", column=name)
    return np.ascontiguousarray(column, np.float64)


def _signs(column: Any) -> NDArray[np.float64]:
    codes, names = coded(column)
    found = [_SIDES.get(str(name).lower()) for name in names]
    if None in found:
        bad = names[found.index(None)]
        raise DataError(f"'{bad}' is not a side; write long or short", column="side")
    return np.array(found, np.float64)[codes]


def _holders(column: Any) -> tuple[NDArray[np.int64], NDArray[Any] | None]:
    if column is None:
        return np.empty(0, np.int64), None
    dense = not isinstance(column, tuple) and column.dtype.kind in "iu" and column.size
    if dense and column.min() >= 0 and column.max() < 4 * column.size:
        return np.ascontiguousarray(column, np.int64), None
    return coded(column)
