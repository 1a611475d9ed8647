#pragma once

#include <grapevine/broadcaster.hpp>

#include <map>
#include <optional>
#include <string>

namespace grapevine::broadcasting {

/// The settings that an environment and the text of a .env file give; reads neither by itself.
environment_settings read_environment(const std::map<std::string, std::string>& environment,
                                      const std::optional<std::string>& dotenv);

}  // namespace grapevine::broadcasting
