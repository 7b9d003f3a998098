"""NASDAQ TotalView-ITCH 5.0: its messages as arrays, and the full order books of every symbol.

Numbers are the feed's own: prices in 1e-4 dollars, quantities in shares, times in nanoseconds since
midnight; an instrument is named by its symbol or its `stock_locate`. A source is a path (.gz and
the like are read directly) or bytes. Messages are found by their length bytes, or by their type
where these are zero. Memory follows what is asked for, never the size of the file.
"""

from collections.abc import Iterable, Iterator
from os import PathLike
from pathlib import Path
from typing import TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from delever._core import ITCH_EVENT_DTYPE as EVENT_DTYPE
from delever._core import ITCH_TOP_DTYPE as TOP_DTYPE
from delever._core import ItchBooks, ItchCheck, ItchEvents, ItchTables, ItchTops, itch_time_ns
from delever.errors import DataError
from delever.recorded import files

__all__ = ["EVENT_DTYPE", "TOP_DTYPE", "ItchBooks", "books", "decode", "events", "feed", "tops"]

Bytes: TypeAlias = bytes | bytearray | memoryview
Source: TypeAlias = str | PathLike[str] | Bytes
Stream: TypeAlias = ItchBooks | ItchCheck | ItchEvents | ItchTables | ItchTops
CHUNK_BYTES = 1 << 20
FIX = "cut the stream at that byte, or pass strict=False to keep what precedes it"


def feed(stream: Stream, source: Source, *, strict: bool = True) -> Iterator[None]:
    """Feed the source to a stream, a chunk at each step; DataError where it is malformed."""
    path, chunks = None, cast("Iterable[Bytes]", [source])
    if isinstance(source, str | PathLike):
        path = str(source)
        chunks = files.chunks(Path(source), CHUNK_BYTES)
    for chunk in chunks:
        stream.feed(chunk)
        yield
        if stream.fault or stream.stopped:
            break
    if not stream.stopped:
        stream.finish()
    if stream.fault and strict:
        raise DataError(f"{stream.fault}; {FIX}", path=path)


def decode(source: Source, *, strict: bool = True) -> dict[str, NDArray[np.void]]:
    r"""Return every message with every field, as one structured array per message type.

    Parameters
    ----------
    source
        A path or bytes.
    strict
        Raise DataError where the stream is malformed; False: return what precedes it.

    Returns
    -------
    dict of str to ndarray
        By type letter. All have `message` (its number in the stream), `stock_locate`,
        `tracking_number` and `time_ns`, then the fields of the specification.

    Examples
    --------
    >>> raw = bytes.fromhex("0013 44 0007 0000 1f1ace7ea000 0000000000000005")
    >>> decode(raw)["D"][["stock_locate", "reference"]].tolist()
    [(7, 5)]
    """
    stream = ItchTables()
    for _ in feed(stream, source, strict=strict):
        pass
    return stream.tables()


def events(source: Source, *, strict: bool = True) -> Iterator[NDArray[np.void]]:
    """Yield what moves orders or prints trades (A F E C X D U P Q B), as EVENT_DTYPE.

    One array per MiB of the stream; where it is malformed, all before that is yielded first.
    """
    stream = ItchEvents()
    for _ in feed(stream, source, strict=strict):
        yield stream.take()


def tops(source: Source, *, strict: bool = True) -> Iterator[NDArray[np.void]]:
    """Yield each change of a symbol's best bid or ask, as TOP_DTYPE; 0 where a side is empty."""
    stream = ItchTops()
    for _ in feed(stream, source, strict=strict):
        yield stream.take()


def books(source: Source, *, at_ns: int | str | None = None, strict: bool = True) -> ItchBooks:
    """Return the books of all symbols at a time since midnight; None: at the end of the stream.

    The time may be text such as "09:30:00.5". Updates that contradict the books change nothing and
    are counted by `results()`.
    """
    stream = ItchBooks(itch_time_ns(at_ns) if isinstance(at_ns, str) else at_ns)
    for _ in feed(stream, source, strict=strict):
        pass
    return stream
