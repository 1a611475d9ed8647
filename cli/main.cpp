#include "cli/program.hpp"

#include <iostream>
#include <string>
#include <vector>

int main(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  return grapevine::cli::run(std::move(arguments), {std::cin, std::cout, std::cerr});
}
