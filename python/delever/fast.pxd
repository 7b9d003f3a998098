from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from delever.capi cimport delever_capi, delever_command, delever_venue


cdef class FastVenue:
    cdef readonly object venue          # keeps the C++ venue alive
    cdef object capsule
    cdef const delever_capi* api
    cdef delever_venue* handle

    cdef int64_t place_order(self, uint32_t account, uint16_t instrument, uint8_t side,
                             int64_t qty_lots, int64_t price_ticks, uint8_t flags) noexcept nogil
    cdef int32_t cancel_order(self, uint32_t account, uint64_t order_id) noexcept nogil
    cdef int32_t apply_commands(self, const delever_command* commands,
                                size_t count) noexcept nogil
