#include "cli/checks.hpp"

#include "cli/app_credentials.hpp"
#include "cli/duration.hpp"
#include "cli/url.hpp"

namespace grapevine::cli {

CLI::Validator is_url(const std::string& scheme) {
  return CLI::Validator{[scheme](std::string& text) {
                          if (parse_url(text, scheme))
                            return std::string{};
                          return "expected " + scheme + "://HOST:PORT or " + scheme
                                 + "s://HOST:PORT, not '" + text + "'";
                        },
                        ""};
}

CLI::Validator is_app_credentials() {
  // The text is not repeated: it may hold a secret.
  return CLI::Validator{[](std::string& text) {
                          return parse_app_credentials(text)
                                     ? std::string{}
                                     : std::string{"expected ID:KEY:SECRET"};
                        },
                        ""};
}

CLI::Validator is_duration() {
  return CLI::Validator{[](std::string& text) {
                          if (parse_duration(text))
                            return std::string{};
                          return "expected a duration such as 10s, 500ms or 2m, not '" + text + "'";
                        },
                        ""};
}

}  // namespace grapevine::cli
