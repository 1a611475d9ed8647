#include "cli/admin_query.hpp"
#include "cli/report.hpp"

#include <nlohmann/json.hpp>

namespace grapevine::cli {

void add_channels(CLI::App& app, console io, action& chosen) {
  const auto render = [](const nlohmann::ordered_json& answer) {
    return render_table(answer.value("channels", nlohmann::ordered_json::array()),
                        {"app", "channel", "subscriptions", "users"}, "channels");
  };
  add_admin_query(app, {"channels", "List the occupied channels", render}, io, chosen);
}

}  // namespace grapevine::cli
