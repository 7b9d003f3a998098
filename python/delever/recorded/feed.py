"""A recorded feed: batches of events, the book at a time, the orders it began with."""

from collections.abc import Iterator
from itertools import chain
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from delever._core import FeedStream, RecordedBook, SeedScan, sniff_feed
from delever.errors import DataError
from delever.recorded import databento, files
from delever.units import Time, to_time_ns

WITHOUT_SNAPSHOT = ("lobster", "bitstamp")  # these begin in the middle of a book
SAMPLE_BYTES = 1 << 20


def format_of(path: Path) -> str:
    """Return the format that a file's first bytes or its name speak of; "itch" has no `Feed`."""
    is_dbn = path.name.endswith(".dbn.zst")  # its own package decompresses it
    return sniff_feed(path.name, b"" if is_dbn else next(files.chunks(path, SAMPLE_BYTES), b""))


class Feed:
    r"""A recorded feed. Each iteration reads it from the start.

    Parameters
    ----------
    path
        The file; .gz, .xz, .bz2 and .zst (this and DBN with the extra `feeds`) are read directly.
    format
        "lobster", "lobster_orderbook", "databento", "bitstamp", "tardis" or "binance"; None: what
        the file's first rows or its name speak of.
    tick_size, lot_size
        Decimals such as "0.01"; None: the finest decimal place in the first MiB.
    snapshot
        Binance: the file of the REST depth snapshot, where the recording has none itself.
    tolerate_gaps
        Mark an event after a gap with `FeedFlag.GAP` instead of raising there.
    chunk_bytes
        How much is decoded at a time; the memory used is a multiple of it.

    Raises
    ------
    DataError
        A file that cannot be read; a malformed row, after the batch of everything before it.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "AAPL_2012-06-21_34200000_57600000_message_1.csv")
    ...     _ = path.write_text("34200.5,1,7,100,5853300,1\n34201,2,7,40,5853300,1\n")
    ...     feed = Feed(path, tick_size="0.01")
    ...     book = feed.book()
    >>> feed.format, book.depth(side=1).tolist(), book.best(side=2)
    ('lobster', [(58533, 60, 1)], None)
    """

    def __init__(
        self,
        path: str | PathLike[str],
        *,
        format: str | None = None,  # noqa: A002
        tick_size: str | None = None,
        lot_size: str | None = None,
        snapshot: str | PathLike[str] | None = None,
        tolerate_gaps: bool = False,
        chunk_bytes: int = 1 << 20,
    ) -> None:
        self.path, self._size, self.tolerate_gaps = Path(path), chunk_bytes, tolerate_gaps
        parts = () if snapshot is None else files.chunks(Path(snapshot), chunk_bytes)
        self.snapshot = b"".join(parts)
        self.format = format or format_of(self.path)
        self.tick_size, self.lot_size = tick_size or "", lot_size or ""
        self.stream = self._open(next(self._pieces(SAMPLE_BYTES), b""))
        self.tick_size, self.lot_size = self.stream.tick_size, self.stream.lot_size

    def _pieces(self, size: int) -> Iterator[bytes]:
        read = databento.records if self.format == "databento" else files.chunks
        return read(self.path, size)

    def _open(self, sample: bytes) -> FeedStream:
        names = ("tick_size", "lot_size", "snapshot", "tolerate_gaps")
        options = {name: getattr(self, name) for name in names}
        return FeedStream(self.format, name=self.path.name, sample=sample, **options)

    def __iter__(self) -> Iterator[NDArray[np.void]]:
        self.stream = stream = self._open(b"")
        for piece in chain(self._pieces(self._size), (None,)):
            batch = stream.finish() if piece is None else stream.decode(piece)
            if len(batch):
                yield batch
            if stream.fault:
                row, column, message = stream.fault
                raise DataError(message, path=str(self.path), row=row, column=column or None)

    @property
    def symbols(self) -> list[str]:
        """Names of the instruments read so far."""
        return self.stream.symbols

    def seed(self, *, every: bool = False) -> NDArray[np.void]:
        """Return the orders that rested before (`every`: or came later, unseen) as ADD events."""
        scan = SeedScan()
        for batch in self:
            scan.apply(batch)
        return scan.orders(every=every)

    def book(self, at: Time | None = None) -> RecordedBook:
        """Return the book at a time (None: the end), begun with `seed` where no snapshot is."""
        until_ns = 2**63 - 1 if at is None else to_time_ns(at)
        book = RecordedBook()
        if self.format in WITHOUT_SNAPSHOT:
            book.apply(self.seed(), until_ns=until_ns)
        for batch in self:
            if book.apply(batch, until_ns=until_ns) < len(batch):
                break
        return book
