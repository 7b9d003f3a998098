# The C function table of a venue, for Cython: see delever/capi/delever.h, which this mirrors.
# Compile with `delever.get_include()` on the include path. `delever.fast` is the ready-made user.
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t

cdef extern from "delever/capi/delever.h" nogil:
    int DELEVER_CAPI_VERSION
    const char* DELEVER_CAPI_CAPSULE
    const char* DELEVER_VENUE_CAPSULE

    ctypedef struct delever_venue:
        pass

    ctypedef struct delever_command:
        uint16_t kind
        uint16_t instrument
        uint8_t side
        uint8_t order_type
        uint8_t time_in_force
        uint8_t flags
        int64_t time_ns
        uint32_t account
        uint32_t other_account
        uint64_t order_id
        int64_t client_id
        int64_t price_ticks
        int64_t qty_lots
        int64_t amount_atoms

    int DELEVER_OK
    int DELEVER_REJECTED
    int DELEVER_INVALID
    int DELEVER_BUSY
    int DELEVER_BROKEN
    int DELEVER_CAPACITY

    int DELEVER_ACCOUNTS
    int DELEVER_REJECTIONS
    int DELEVER_ORDERS
    int DELEVER_FILLS
    int DELEVER_MARKS
    int DELEVER_RISK
    int DELEVER_FUNDING

    ctypedef struct delever_capi:
        uint32_t version
        uint32_t size
        int32_t (*apply)(delever_venue*, const delever_command*, size_t) noexcept nogil
        int32_t (*place)(delever_venue*, uint32_t account, uint16_t instrument, uint8_t side,
                         int64_t qty_lots, int64_t price_ticks, uint8_t flags,
                         uint64_t* order_id) noexcept nogil
        int32_t (*cancel)(delever_venue*, uint32_t account, uint64_t order_id) noexcept nogil
        int32_t (*last_rejection)(const delever_venue*) noexcept nogil
        const char* (*error)(const delever_venue*) noexcept nogil
        uint64_t (*digest)(const delever_venue*) noexcept nogil
        int64_t (*time_ns)(const delever_venue*) noexcept nogil
        int64_t (*mark)(const delever_venue*, uint16_t instrument) noexcept nogil
        int64_t (*best)(const delever_venue*, uint16_t instrument, uint8_t side) noexcept nogil
        int32_t (*position)(const delever_venue*, uint32_t account, uint16_t instrument,
                            int64_t* qty_lots, int64_t* margin_atoms) noexcept nogil
        int64_t (*event_rows)(const delever_venue*, int32_t family) noexcept nogil
        const int64_t* (*event_column)(const delever_venue*, int32_t family,
                                       const char* name) noexcept nogil
