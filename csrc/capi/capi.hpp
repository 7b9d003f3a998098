// Where the C function table of delever.h is found from C++.
//
// The table is one constant: the bindings export its address in a capsule, and a C++ program that
// hands venues to C code can do the same. Each entry enters the venue through its handle, turns
// exceptions into statuses, and leaves the words in the handle's `error`.
#pragma once

#include "capi/delever.h"

namespace delever {
inline namespace v1 {

const delever_capi& capi_table();

}  // namespace v1
}  // namespace delever
