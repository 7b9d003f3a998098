// DELEVER_INLINE: inlined whatever the compiler thinks of its size, for the few functions on the
// path of every event whose arguments are mostly constants there; plain `inline` where it is not
// known, and under sanitizers, whose checks would be inlined with it by the thousand.
// DELEVER_INLINE_LAMBDA behind a lambda's parameters. DELEVER_OUTLINE: kept out of the code around
// it, for what is rare there.
#pragma once

#if defined(__GNUC__) && !defined(__SANITIZE_ADDRESS__)
#define DELEVER_INLINE inline __attribute__((always_inline))
#define DELEVER_INLINE_LAMBDA __attribute__((always_inline))
#define DELEVER_OUTLINE __attribute__((noinline))
#else
#define DELEVER_INLINE inline
#define DELEVER_INLINE_LAMBDA
#define DELEVER_OUTLINE
#endif
