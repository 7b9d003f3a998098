"""A recorded feed: batches of events, the book at a time, the orders it began with."""

from __future__ import annotations

from collections.abc import Iterator
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .._core import FeedStream, RecordedBook, SeedScan, sniff_feed
from ..errors import DataError
from ..units import Time, to_time_ns
from . import databento, files

FORMATS = ("lobster", "lobster_orderbook", "databento", "bitstamp", "tardis", "binance")
WITHOUT_SNAPSHOT = ("lobster", "bitstamp")  # these begin in the middle of a book

Path_ = str | PathLike[str]
Batch = NDArray[np.void]


class Feed:
    """A recorded feed. Each iteration reads it from the start.

    Parameters
    ----------
    path
        The file; .gz, .xz, .bz2 and .zst (this and DBN with the extra `feeds`) are read directly.
    format
        One of `FORMATS`; None: what the file's first rows or its name speak of.
    tick_size, lot_size
        Decimals such as "0.01"; None: the finest decimal place in the first `chunk_bytes`.
    snapshot
        Binance: the file of the REST depth snapshot, where the recording has none itself.
    tolerate_gaps
        Mark an event after a gap with `FeedFlag.GAP` instead of raising there.
    chunk_bytes
        How much is decoded at a time; the memory used is a multiple of it.

    Raises
    ------
    DataError
        A file that cannot be read or is of no known format; a malformed row, with file, row,
        column, value and what to do, after the batch of everything before it.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "AAPL_2012-06-21_34200000_57600000_message_1.csv")
    ...     _ = path.write_text("34200.5,1,7,100,5853300,1\\n34201,2,7,40,5853300,1\\n")
    ...     feed = Feed(path, tick_size="0.01")
    ...     book = feed.book()
    >>> feed.format, book.depth(side=1).tolist(), book.best(side=2)
    ('lobster', [(58533, 60, 1)], None)
    """

    def __init__(
        self,
        path: Path_,
        *,
        format: str | None = None,  # noqa: A002
        tick_size: str | None = None,
        lot_size: str | None = None,
        snapshot: Path_ | None = None,
        tolerate_gaps: bool = False,
        chunk_bytes: int = 1 << 20,
    ) -> None:
        self.path, self._size, self._tolerates_gaps = Path(path), chunk_bytes, tolerate_gaps
        parts = files.chunks(Path(snapshot), chunk_bytes) if snapshot is not None else ()
        self._snapshot = b" ".join(b"".join(parts).splitlines() + [b"\n"] * (snapshot is not None))
        self.format = format or self._sniff()
        self.tick_size, self.lot_size = tick_size or "", lot_size or ""
        self.stream = self._open(b"")  # refuses an unknown format before anything is read
        self.stream = self._open(self._snapshot + next(self._chunks(), b""))
        self.tick_size, self.lot_size = self.stream.tick_size, self.stream.lot_size

    def _sniff(self) -> str:
        is_dbn = self.path.name.endswith((".dbn", ".dbn.zst"))  # compressed inside
        head = b"DBN" if is_dbn else next(files.chunks(self.path, 1 << 16), b"")
        found = sniff_feed(self.path.name, head)
        if not found:
            message = f"neither name nor rows tell the format; give one of {', '.join(FORMATS)}"
            raise DataError(message, path=str(self.path))
        return found

    def _chunks(self) -> Iterator[bytes]:
        read = databento.records if self.format == "databento" else files.chunks
        return read(self.path, self._size)

    def _open(self, sample: bytes) -> FeedStream:
        return FeedStream(
            self.format,
            name=self.path.name,
            tick_size=self.tick_size,
            lot_size=self.lot_size,
            sample=sample,
            tolerate_gaps=self._tolerates_gaps,
        )

    def __iter__(self) -> Iterator[Batch]:
        self.stream = stream = self._open(b"")
        yield from self._deliver(stream, stream.decode(self._snapshot))
        for piece in self._chunks():
            yield from self._deliver(stream, stream.decode(piece))
        yield from self._deliver(stream, stream.finish())

    def _deliver(self, stream: FeedStream, batch: Batch) -> Iterator[Batch]:
        if len(batch):
            yield batch
        if stream.fault:
            row, column, message = stream.fault
            raise DataError(message, path=str(self.path), row=row, column=column or None)

    @property
    def symbols(self) -> list[str]:
        """Names of the instruments read so far; an event's `instrument` is a place in here."""
        return self.stream.symbols

    def seed(self) -> Batch:
        """Return the orders that rested before the recording began, as ADD events."""
        scan = SeedScan()
        for batch in self:
            scan.apply(batch)
        return scan.orders()

    def book(self, at: Time | None = None) -> RecordedBook:
        """Return the book at a time (None: the end), the orders that rested before included.

        Those are looked for, by a pass over the whole file, where a format has no snapshot.
        """
        until_ns = 2**63 - 1 if at is None else to_time_ns(at)
        book = RecordedBook()
        if self.format in WITHOUT_SNAPSHOT:
            book.apply(self.seed(), until_ns=until_ns)
        for batch in self:
            if book.apply(batch, until_ns=until_ns) < len(batch):
                break
        return book
