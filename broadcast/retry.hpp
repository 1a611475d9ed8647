#pragma once

#include <grapevine/broadcast_result.hpp>
#include <grapevine/broadcast_settings.hpp>

#include <chrono>
#include <cstdint>
#include <optional>

namespace grapevine::broadcasting {

/// True for a failure that may pass: the same event may succeed later.
bool may_pass(broadcast_errc) noexcept;

/// How long to wait after `attempts` (at least 1) that failed with `why`; nothing: give up.
/// `random` is any number, of which the jitter is made.
std::optional<std::chrono::milliseconds> retry_after(const retry_settings&, unsigned attempts,
                                                     broadcast_errc why, std::uint64_t random);

}  // namespace grapevine::broadcasting
