/* The C door to a venue: a table of functions, versioned, size and version first.
 *
 * From C, Cython or any language with a C interface. A Python venue hands out a handle
 * (`_core.Venue.handle()`, a capsule named DELEVER_VENUE_CAPSULE) and the module hands out the
 * table
 * (`_core._C_API`, a capsule named DELEVER_CAPI_CAPSULE); both stay valid while their Python owners
 * live. A C++ program links delever::core and needs neither.
 *
 * Every function returns a status, or a value that cannot fail. No exception crosses this line, and
 * no interpreter lock is needed. Functions that change a venue keep two threads apart by refusing
 * the second (DELEVER_BUSY); those that read one are for the thread that works in it. Fields are
 * only ever appended: check `version` for equality and `size` for the fields you use.
 */
#ifndef DELEVER_CAPI_DELEVER_H
#define DELEVER_CAPI_DELEVER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DELEVER_CAPI_VERSION 1
#define DELEVER_CAPI_CAPSULE "delever._core._C_API"
#define DELEVER_VENUE_CAPSULE "delever.venue"

/* An opaque venue. */
typedef struct delever_venue delever_venue;

/* One command: 64 bytes, field for field `delever.COMMAND_DTYPE` (see venue/command.hpp). */
typedef struct delever_command {
  uint16_t kind;
  uint16_t instrument;
  uint8_t side;          /* 1 buy, 2 sell */
  uint8_t order_type;    /* 1 market, 2 limit */
  uint8_t time_in_force; /* 1 gtc, 2 ioc, 3 fok */
  uint8_t flags;
  int64_t time_ns;
  uint32_t account;
  uint32_t other_account;
  uint64_t order_id;
  int64_t client_id;
  int64_t price_ticks;
  int64_t qty_lots;
  int64_t amount_atoms;
} delever_command;

/* >= 0: the venue did its work. < 0: it did not, and `error` says why. */
enum delever_status {
  DELEVER_OK = 0,
  DELEVER_REJECTED = 1,  /* carried out as a rejection; `last_rejection` names the reason */
  DELEVER_INVALID = -1,  /* a null pointer, an unknown account, instrument, family or column */
  DELEVER_BUSY = -2,     /* another thread is inside this venue */
  DELEVER_BROKEN = -3,   /* a broken invariant: the venue takes no further commands */
  DELEVER_CAPACITY = -4, /* out of memory, or an event table is full */
};

/* Event families, in the order of `event_rows` and `event_column`. */
enum delever_family {
  DELEVER_ACCOUNTS = 0,
  DELEVER_REJECTIONS = 1,
  DELEVER_ORDERS = 2,
  DELEVER_FILLS = 3,
  DELEVER_MARKS = 4,
  DELEVER_RISK = 5,
  DELEVER_FUNDING = 6,
};

typedef struct delever_capi {
  uint32_t version; /* DELEVER_CAPI_VERSION */
  uint32_t size;    /* sizeof(delever_capi) of the library that filled it */

  /* Applies `count` commands. DELEVER_REJECTED when the last of them was refused. */
  int32_t (*apply)(delever_venue* venue, const delever_command* commands, size_t count);
  /* A good-till-cancelled limit order, or, with price_ticks 0, a market order, at the venue's time.
   * `flags` as in a command. On DELEVER_OK `*order_id` is the order's. */
  int32_t (*place)(delever_venue* venue, uint32_t account, uint16_t instrument, uint8_t side,
                   int64_t qty_lots, int64_t price_ticks, uint8_t flags, uint64_t* order_id);
  /* Cancels a live order, at the venue's time. */
  int32_t (*cancel)(delever_venue* venue, uint32_t account, uint64_t order_id);
  /* The RejectReason of the last command, 0 if it was carried out. */
  int32_t (*last_rejection)(const delever_venue* venue);
  /* What the last negative status was about; valid until the next call on this venue. */
  const char* (*error)(const delever_venue* venue);

  uint64_t (*digest)(const delever_venue* venue);
  int64_t (*time_ns)(const delever_venue* venue);
  /* The mark price in ticks; 0 while unset, -1 for an unknown instrument. */
  int64_t (*mark)(const delever_venue* venue, uint16_t instrument);
  /* The best price of a side of the book in ticks; -1 when it is empty. */
  int64_t (*best)(const delever_venue* venue, uint16_t instrument, uint8_t side);
  /* Signed lots and isolated margin in atoms; zeros where the account has no position. */
  int32_t (*position)(const delever_venue* venue, uint32_t account, uint16_t instrument,
                      int64_t* qty_lots, int64_t* margin_atoms);

  /* Retained rows of a family; -1 for an unknown family. */
  int64_t (*event_rows)(const delever_venue* venue, int32_t family);
  /* A column of a family by name: `event_rows` values, which never move; null if unknown. */
  const int64_t* (*event_column)(const delever_venue* venue, int32_t family, const char* name);
} delever_capi;

#ifdef __cplusplus
}
#endif

#endif
