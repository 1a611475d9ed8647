#pragma once

#include <string_view>

namespace grapevine::cli {

/// The project's version, as the build states it: "0.1.0".
inline constexpr std::string_view version = GRAPEVINE_VERSION;

}  // namespace grapevine::cli
