// Runs the registered tests; an argument keeps those whose name contains it, or, as in 1/2, every
// second one from the first on.
#include <exception>
#include <iostream>
#include <string>

#include "check.hpp"

namespace {

/// Which of the tests an argument keeps.
struct Wanted {
  explicit Wanted(const std::string& text) : name(text) {
    const std::size_t slash = text.find('/');
    if (slash == std::string::npos) return;
    part = std::stoul(text) - 1;
    parts = std::stoul(text.substr(slash + 1));
    name.clear();
  }
  bool keeps(const delever::testing::Test& test, std::size_t at) const {
    return at % parts == part && std::string(test.name).find(name) != std::string::npos;
  }

  std::string name;
  std::size_t part = 0;
  std::size_t parts = 1;
};

bool passes(const delever::testing::Test& test) {
  delever::testing::failures() = 0;
  try {
    test.body();
  } catch (const std::exception& error) {
    delever::testing::fail(test.name, 0, std::string("threw: ") + error.what());
  }
  return delever::testing::failures() == 0;
}

}  // namespace

int main(int argument_count, char** arguments) {
  const Wanted wanted(argument_count > 1 ? arguments[1] : "");
  int passed = 0;
  int failed = 0;
  std::size_t at = 0;
  for (const delever::testing::Test& test : delever::testing::tests()) {
    if (!wanted.keeps(test, at++)) continue;
    const bool good = passes(test);
    if (!good) std::cout << "FAILED " << test.name << "\n";
    ++(good ? passed : failed);
  }
  std::cout << passed << " passed, " << failed << " failed\n";
  return failed == 0 && passed > 0 ? 0 : 1;
}
