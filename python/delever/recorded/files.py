"""A file as pieces of decompressed bytes, whatever it is compressed with."""

import bz2
import gzip
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import IO, Any

from delever.errors import DataError
from delever.extras import optional

ZSTD = b"\x28\xb5\x2f\xfd"


def _first_of(raw: IO[bytes]) -> IO[bytes]:
    archive = zipfile.ZipFile(raw)
    return archive.open(archive.namelist()[0])


MAGIC: dict[bytes, Any] = {b"\x1f\x8b": gzip.open, b"\xfd7zXZ\0": lzma.open, b"BZh": bz2.open}
MAGIC[b"PK\x03\x04"] = _first_of
zstandard = partial(optional, "zstandard", "this file needs {}, which is not installed", "feeds")


def chunks(path: Path, size: int) -> Iterator[bytes]:
    """Read a file piece by piece; DataError where it cannot be read or is damaged."""
    damaged: list[type[Exception]] = [OSError, EOFError, zlib.error, lzma.LZMAError]
    damaged += [zipfile.BadZipFile, IndexError, RuntimeError]  # encrypted: the last
    try:
        with path.open("rb") as raw:
            magic = raw.peek(6)
            opener = next((MAGIC[start] for start in MAGIC if magic.startswith(start)), None)
            if magic.startswith(ZSTD):
                opener = zstandard().open
                damaged.append(zstandard().ZstdError)
            with opener(raw) if opener else raw as file:
                while piece := file.read(size):
                    yield piece
    except tuple(damaged) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DataError(f"cannot be read ({reason}); fetch it again", path=str(path)) from error
