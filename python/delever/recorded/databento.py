"""Databento DBN files: decoded by the package `databento-dbn`, passed on as its records' bytes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ..errors import DataError
from .files import ZSTD, optional


def records(path: Path, size: int) -> Iterator[bytes]:
    """Yield the records of a DBN file, compressed with zstd or not, some at a time."""
    dbn = optional("databento_dbn", "reading DBN")
    try:
        with path.open("rb") as file:
            form = dbn.Compression.ZSTD if file.read(4) == ZSTD else dbn.Compression.NONE
            file.seek(0)
            decoder = dbn.DBNDecoder(compression=form)
            while piece := file.read(size):
                decoder.write(piece)
                decoded = decoder.decode()
                if decoded and isinstance(decoded[0], dbn.Metadata):
                    schema = str(decoded.pop(0).schema or "mbo")
                    if schema not in {"mbo", "trades"}:
                        raise DataError(f"schema '{schema}' has no orders; fetch 'mbo'")
                yield b"".join(map(bytes, decoded))
    except (OSError, DataError, dbn.DBNError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DataError(f"no orders in DBN here: {reason}", path=str(path)) from error
