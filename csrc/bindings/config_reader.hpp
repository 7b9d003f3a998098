// Reads a configuration dict key by key and, when told that this was all, refuses what is left.
//
// Every complaint names the key, where it stands and what was expected, as Misuse(Config), so that
// a misspelt word never runs as a default. Keeps a reference to the dict while it reads; a key
// costs a lookup.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "bindings/bindings.hpp"

namespace delever {
inline namespace v1 {

[[noreturn]] inline void refuse(const std::string& message) {
  throw Misuse(Misunderstanding::Config, message);
}

class Reader {
 public:
  Reader(pybind11::dict values, std::string where)
      : values_(std::move(values)), where_(std::move(where)) {}

  bool has(const char* key) {
    known_.insert(key);
    return values_.contains(key) && !values_[key].is_none();
  }
  template <class T>
  void optional(const char* key, T& value) {
    if (has(key)) value = cast<T>(key);
  }
  template <class T>
  void required(const char* key, T& value) {
    if (!has(key)) refuse(where_ + " lacks '" + key + "'");
    value = cast<T>(key);
  }
  template <class T>
  std::vector<T> column(const char* key) {
    if (!has(key)) return {};
    const auto array =
        pybind11::array_t<T, pybind11::array::c_style | pybind11::array::forcecast>::ensure(
            values_[key]);
    if (!array || array.ndim() != 1) {
      PyErr_Clear();
      refuse(where_ + " '" + key + "' is not a list of numbers");
    }
    return {array.data(), array.data() + array.size()};
  }
  Reader inner(const char* key) {
    if (!has(key)) return Reader(pybind11::dict(), where_ + " " + key);
    if (!pybind11::isinstance<pybind11::dict>(values_[key]))
      refuse(where_ + " '" + key + "' is not a dict");
    return Reader(values_[key], where_ + " " + key);
  }
  void done() const {
    for (const auto& item : values_) {
      const auto key = pybind11::str(item.first).cast<std::string>();
      if (!known_.contains(key)) refuse(where_ + " has an unknown key '" + key + "'");
    }
  }
  const std::string& where() const { return where_; }

 private:
  template <class T>
  T cast(const char* key) {
    try {
      return values_[key].cast<T>();
    } catch (const pybind11::cast_error&) {
      const auto shown = pybind11::repr(values_[key]).cast<std::string>();
      refuse(where_ + " '" + key + "' is " + shown + ", which is of the wrong kind");
    }
  }

  pybind11::dict values_;
  std::string where_;
  std::set<std::string> known_;
};

}  // namespace v1
}  // namespace delever
