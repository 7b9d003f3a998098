// What the bindings share: one register function per concern, and the ways a call can be misused.
//
// A misuse (a wrong dtype, an unknown id, two threads in one venue) throws `Misuse`; a rejected
// command never does. bind_errors.cpp alone knows which Python exception each becomes. Messages say
// what is wrong, where, with which value, and what to do.
#pragma once

#include <pybind11/pybind11.h>

#include <cstdint>
#include <stdexcept>
#include <string>

namespace delever {
inline namespace v1 {

/// The names of exception classes in delever/errors.py.
enum class Misunderstanding { Config, Data, UnknownId, Busy };

class Misuse : public std::runtime_error {
 public:
  Misuse(Misunderstanding kind, const std::string& message)
      : std::runtime_error(message), kind_(kind) {}
  Misunderstanding kind() const { return kind_; }

 private:
  Misunderstanding kind_;
};

/// Raises DataError with `row` and `column` as attributes; a negative row is none.
[[noreturn]] void raise_data_error(const std::string& message, std::int64_t row,
                                   const std::string& column);

void register_errors(pybind11::module_& module);
void register_units(pybind11::module_& module);
void register_events(pybind11::module_& module);
void register_venue(pybind11::module_& module);
void register_engine(pybind11::module_& module);
void register_columns(pybind11::module_& module);
void register_map(pybind11::module_& module);
void register_feed(pybind11::module_& module);
void register_sim(pybind11::module_& module);
void register_reduced(pybind11::module_& module);
void register_world(pybind11::module_& module);
void register_stress(pybind11::module_& module);
void register_recordings(pybind11::module_& module);
void register_cascades(pybind11::module_& module);
void register_itch(pybind11::module_& module);
void register_price_rules(pybind11::module_& module);
void register_margin_rules(pybind11::module_& module);
void register_quantum_rules(pybind11::module_& module);
void register_loss_rules(pybind11::module_& module);
void register_funding_rules(pybind11::module_& module);
void register_engine_rules(pybind11::module_& module);

}  // namespace v1
}  // namespace delever
