// The configuration of a venue or a matching engine, from dicts of plain integers: every key is
// known or refused by name, with its path. Reads only; nothing is kept of the dicts.
#pragma once

#include <pybind11/pybind11.h>

#include <vector>

#include "market/instrument.hpp"
#include "venue/rulebook.hpp"

namespace delever {
inline namespace v1 {

/// `Instrument.spec()` of each; throws Misuse(Config) naming the key and where it stands.
std::vector<InstrumentSpec> instruments_from(const pybind11::list& instruments);

/// `Rulebook.spec()`; throws as instruments_from.
Rulebook rulebook_from(const pybind11::dict& values);

}  // namespace v1
}  // namespace delever
