# cython: language_level=3
"""A strategy in Cython: places and cancels orders without the interpreter, reads an event column."""

from libc.stdint cimport int64_t, uint32_t, uint64_t

from delever.capi cimport DELEVER_RISK, delever_capi, delever_venue
from delever.fast cimport FastVenue


def quote(FastVenue venue, uint32_t account, int64_t bottom, int64_t top, int64_t lots):
    """Bid `lots` at every tick from `bottom` to `top`, then cancel the lowest; return how many."""
    cdef int64_t tick, order, lowest = 0, placed = 0
    with nogil:
        for tick in range(bottom, top + 1):
            order = venue.place_order(account, 0, 1, lots, tick, 0)
            if order > 0:
                placed += 1
                lowest = order if lowest == 0 else lowest
        if lowest > 0 and venue.cancel_order(account, <uint64_t>lowest) == 0:
            placed -= 1
    return placed


def liquidated(FastVenue venue):
    """Return the accounts whose liquidation has started."""
    cdef const delever_capi* api = venue.api
    cdef const int64_t* kind = api.event_column(venue.handle, DELEVER_RISK, b"kind")
    cdef const int64_t* account = api.event_column(venue.handle, DELEVER_RISK, b"account")
    rows = api.event_rows(venue.handle, DELEVER_RISK)
    return [account[row] for row in range(rows) if kind[row] == 15]
