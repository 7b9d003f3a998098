# cython: language_level=3, freethreading_compatible=True
"""Single orders at the speed of a function call: ticks, lots and ids, no conversion, no exception.

From Python a `FastVenue` costs about 100 ns per order; from Cython, `cimport` it and call
`place_order` and `cancel_order` without the interpreter lock, for nanoseconds.
"""

from cpython.pycapsule cimport PyCapsule_GetPointer

from delever import _core
from delever.capi cimport (
    DELEVER_BROKEN,
    DELEVER_BUSY,
    DELEVER_CAPI_CAPSULE,
    DELEVER_CAPI_VERSION,
    DELEVER_CAPACITY,
    DELEVER_OK,
    DELEVER_VENUE_CAPSULE,
)
from delever.errors import BusyError, CapacityError, ConfigError, DataError, InvariantError

# Place and cancel answer with an id or a negated RejectReason; failures lie below every reason.
cdef enum:
    FAILURE = -1000


cdef fail(FastVenue fast, int64_t status):
    """Raise what a negative status of the C interface stands for."""
    if status == DELEVER_BUSY:
        raise BusyError("this venue is in use by another thread; give each thread its own")
    words = fast.api.error(fast.handle).decode()
    if status == DELEVER_BROKEN:
        raise InvariantError(words)
    if status == DELEVER_CAPACITY:
        raise CapacityError(words)
    raise DataError(words)


cdef class FastVenue:
    """The hot calls of a venue, at its current time.

    Parameters
    ----------
    venue
        A `delever.Venue`; both work on the same state.

    Examples
    --------
    >>> import delever as dl
    >>> from delever.fast import FastVenue
    >>> venue = dl.Venue([dl.rulebook("binance-um").instrument("BTCUSDT")])
    >>> account = venue.open_account("10000")
    >>> fast = FastVenue(venue)
    >>> order = fast.place(account, 0, 1, 100, 720000)
    >>> order > 0, fast.cancel(account, order), fast.cancel(account, order)
    (True, 0, -5)
    """

    def __cinit__(self, venue):
        self.venue = venue
        self.capsule = getattr(venue, "core", venue).handle()
        self.api = <const delever_capi*>PyCapsule_GetPointer(_core._C_API, DELEVER_CAPI_CAPSULE)
        self.handle = <delever_venue*>PyCapsule_GetPointer(self.capsule, DELEVER_VENUE_CAPSULE)
        if self.api.version != DELEVER_CAPI_VERSION or self.api.size < sizeof(delever_capi):
            raise ConfigError("delever.fast was built for another delever; reinstall both")

    cdef int64_t place_order(self, uint32_t account, uint16_t instrument, uint8_t side,
                             int64_t qty_lots, int64_t price_ticks, uint8_t flags) noexcept nogil:
        cdef uint64_t order_id = 0
        cdef int32_t status = self.api.place(self.handle, account, instrument, side, qty_lots,
                                             price_ticks, flags, &order_id)
        if status == DELEVER_OK:
            return <int64_t>order_id
        return -self.api.last_rejection(self.handle) if status > 0 else FAILURE + status

    cdef int32_t cancel_order(self, uint32_t account, uint64_t order_id) noexcept nogil:
        cdef int32_t status = self.api.cancel(self.handle, account, order_id)
        return -self.api.last_rejection(self.handle) if status >= 0 else FAILURE + status

    cdef int32_t apply_commands(self, const delever_command* commands,
                                size_t count) noexcept nogil:
        return self.api.apply(self.handle, commands, count)

    def place(self, uint32_t account, uint16_t instrument, uint8_t side, int64_t qty_lots,
              int64_t price_ticks=0, uint8_t flags=0):
        """Place a limit order, or a market order at price 0; return its id, or minus the reason."""
        cdef int64_t answer = self.place_order(account, instrument, side, qty_lots, price_ticks,
                                               flags)
        if answer < FAILURE:
            fail(self, answer - FAILURE)
        return answer

    def cancel(self, uint32_t account, uint64_t order_id):
        """Cancel a live order; return 0, or minus the reason."""
        cdef int32_t answer = self.cancel_order(account, order_id)
        if answer < FAILURE:
            fail(self, answer - FAILURE)
        return answer

    @property
    def digest(self):
        """Digest of every event so far."""
        return self.api.digest(self.handle)
