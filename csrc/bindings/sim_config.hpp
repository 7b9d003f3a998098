// A simulation's configuration from a Python dict: every key is either known or refused by name,
// with its path, so that a misspelt prior never runs as a default. Reads only; nothing is kept of
// the dict.
#pragma once

#include <pybind11/pybind11.h>

#include "bindings/config_reader.hpp"
#include "sim/config.hpp"
#include "sim/world_config.hpp"

namespace delever {
inline namespace v1 {

/// Throws Misuse(Config) naming the key, where it stands and what was expected.
SimulationConfig simulation_config(const pybind11::dict& config);
/// The same for a closed world.
WorldConfig world_config(const pybind11::dict& config);

/// The contract's part of an instrument's dict.
InstrumentSpec read_spec(Reader& reader);

}  // namespace v1
}  // namespace delever
