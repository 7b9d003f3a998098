"""Databento DBN files: decoded by the package `databento-dbn`, passed on as its records' bytes."""

from collections.abc import Iterator
from pathlib import Path

from delever.errors import DataError
from delever.extras import optional
from delever.recorded.files import ZSTD


def records(path: Path, size: int) -> Iterator[bytes]:
    """Yield the records of a DBN file, compressed with zstd or not, some at a time."""
    dbn = optional("databento_dbn", "this file needs {}, which is not installed", "feeds")
    try:
        with path.open("rb") as file:
            compression = dbn.Compression.ZSTD if file.peek(4)[:4] == ZSTD else dbn.Compression.NONE
            decoder = dbn.DBNDecoder(compression=compression)
            while piece := file.read(size):
                decoder.write(piece)
                decoded = (one for one in decoder.decode() if not isinstance(one, dbn.Metadata))
                yield b"".join(map(bytes, decoded))
            yield decoder.buffer()  # of a file that is cut off
    except (OSError, dbn.DBNError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DataError(f"cannot be read ({reason}); fetch it again", path=str(path)) from error
