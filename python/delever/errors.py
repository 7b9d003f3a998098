"""What delever raises when it is misused.

A rejected command is not among these: it is an event with a `RejectReason`. Every message says what
is wrong, where, with which value, and what to do.
"""


class DeleverError(Exception):
    """Base class of every exception delever raises on purpose."""


class ConfigError(DeleverError, ValueError):
    """An instrument, rulebook, scenario or option that makes no sense."""


class DataError(DeleverError, ValueError):
    """A value, column or file that cannot be taken as it is.

    Parameters
    ----------
    message
        What is wrong, with the value and the fix.
    path, row, column
        Where, as far as it is known.
    """

    def __init__(
        self,
        message: str,
        *,
        path: str | None = None,
        row: int | None = None,
        column: str | None = None,
    ) -> None:
        self.path, self.row, self.column = path, row, column
        parts = [path, f"row {row}" if row is not None else None]
        parts.append(f"column '{column}'" if column is not None else None)
        where = ", ".join(part for part in parts if part)
        super().__init__(f"{where}: {message}" if where else message)


class UnknownIdError(DeleverError, LookupError):
    """An account, instrument or event family that does not exist."""


class BusyError(DeleverError, RuntimeError):
    """Two threads in one venue at the same time."""


class CapacityError(DeleverError, MemoryError):
    """An event table is full: keep fewer families, or clear it between batches."""


class InvariantError(DeleverError, AssertionError):
    """A broken invariant: a defect of delever. The venue refuses further commands."""
