#pragma once

#include "cluster/types.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace grapevine::cluster {

/// Another node asks; reply by `calls::answer`, once.
struct question {
  epoch_t from = 0;
  std::uint64_t id = 0;
  std::uint8_t kind = 0;
  std::uint32_t app = 0;
  std::uint8_t attributes = 0;
  std::string text;
};

/// What `calls::ask` brought.
struct gathered_answers {
  std::uint64_t id = 0;
  std::vector<std::string> payloads;
  std::vector<std::string> missing;  ///< names of nodes that should have answered and did not
};

}  // namespace grapevine::cluster
