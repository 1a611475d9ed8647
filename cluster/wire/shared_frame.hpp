#pragma once

#include "cluster/types.hpp"
#include "cluster/wire/frame_codec.hpp"

#include <memory>
#include <string>

namespace grapevine::cluster {

/// A frame as queues hold it: encoded once, whoever writes it and how often.
inline shared_bytes shared(const frame& f) {
  return std::make_shared<const std::string>(encoded(f));
}

}  // namespace grapevine::cluster
