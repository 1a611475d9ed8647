#include "cli/app_credentials.hpp"

namespace grapevine::cli {

std::optional<app_credentials> parse_app_credentials(std::string_view text) {
  const auto first = text.find(':');
  if (first == std::string_view::npos)
    return std::nullopt;
  const auto second = text.find(':', first + 1);
  if (second == std::string_view::npos)
    return std::nullopt;
  app_credentials app{std::string{text.substr(0, first)},
                      std::string{text.substr(first + 1, second - first - 1)},
                      std::string{text.substr(second + 1)}};
  if (app.id.empty() || app.key.empty() || app.secret.empty())
    return std::nullopt;
  return app;
}

}  // namespace grapevine::cli
