// Runs the registered tests; an argument keeps those whose name contains it.
#include <exception>
#include <iostream>
#include <string>

#include "check.hpp"

namespace {

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
  const std::string wanted = argument_count > 1 ? arguments[1] : "";
  int passed = 0;
  int failed = 0;
  for (const delever::testing::Test& test : delever::testing::tests()) {
    if (std::string(test.name).find(wanted) == std::string::npos) continue;
    const bool good = passes(test);
    if (!good) std::cout << "FAILED " << test.name << "\n";
    ++(good ? passed : failed);
  }
  std::cout << passed << " passed, " << failed << " failed\n";
  return failed == 0 && passed > 0 ? 0 : 1;
}
