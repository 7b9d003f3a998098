// DELEVER_INLINE: inlined whatever the compiler thinks of its size, for the few functions on the
// path of every event whose arguments are mostly constants there; plain `inline` where it is not
// known.
#pragma once

#if defined(__GNUC__)
#define DELEVER_INLINE inline __attribute__((always_inline))
#else
#define DELEVER_INLINE inline
#endif
