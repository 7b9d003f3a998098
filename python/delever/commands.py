"""Command records: one dtype, and how to write many at once from columns."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _core
from .errors import DataError

COMMAND_DTYPE = _core.COMMAND_DTYPE
"""One command, 64 bytes: time in ns UTC, price in ticks, quantity in lots, amount in atoms."""

FIELDS: tuple[str, ...] = COMMAND_DTYPE.names or ()


def _column(name: str, values: ArrayLike) -> NDArray[Any]:
    if name not in FIELDS:
        from difflib import get_close_matches  # noqa: PLC0415  (import time)

        near = get_close_matches(name, FIELDS, 1)
        hint = f"did you mean '{near[0]}'?" if near else f"the columns are {', '.join(FIELDS)}"
        raise DataError(f"unknown; {hint}", column=name)
    array = np.asarray(values)
    if array.dtype.kind not in "iub":
        fix = "; write ticks, lots or atoms" if array.dtype.kind == "f" else ""
        raise DataError(f"holds {array.dtype}, not integers{fix}", column=name)
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def _misfit(name: str, array: NDArray[Any]) -> DataError:
    held, values = np.iinfo(COMMAND_DTYPE[name]), np.atleast_1d(array)
    row = int(np.argmax((values < held.min) | (values > held.max)))
    return DataError(f"{values[row]} is outside {held.min} .. {held.max}", row=row, column=name)


def commands(columns: Mapping[str, ArrayLike] | None = None, /, **more: ArrayLike) -> NDArray[Any]:
    """Write commands from columns; a single value stands for every row.

    Parameters
    ----------
    columns, more
        Column name -> integers; the names are those of `COMMAND_DTYPE`. What is left out is 0.

    Returns
    -------
    numpy.ndarray
        Records of `COMMAND_DTYPE`, for `Venue.apply`.

    Raises
    ------
    DataError
        For an unknown column, floats, or a value its field cannot hold; it names row and column.

    Examples
    --------
    >>> batch = commands(kind=1, amount_atoms=[5 * 10**8, 10**8])
    >>> batch.shape, int(batch["kind"][1])
    ((2,), 1)
    >>> commands(knd=1)
    Traceback (most recent call last):
    ...
    delever.errors.DataError: column 'knd': unknown; did you mean 'kind'?
    """
    merged = {**(columns or {}), **more}
    arrays = {name: _column(name, values) for name, values in merged.items()}
    lengths = {name: len(array) for name, array in arrays.items() if array.ndim}
    if len(set(lengths.values())) > 1:
        raise DataError(f"columns differ in length: {lengths}")
    made = _core.commands_from(arrays, next(iter(lengths.values()), 1))
    if isinstance(made, str):
        raise _misfit(made, arrays[made])
    return made
