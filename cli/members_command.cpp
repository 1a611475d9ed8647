#include "cli/admin_query.hpp"
#include "cli/report.hpp"

#include <nlohmann/json.hpp>

namespace grapevine::cli {

void add_members(CLI::App& app, console io, action& chosen) {
  const auto render = [](const nlohmann::ordered_json& answer) {
    return render_table(answer.value("members", nlohmann::ordered_json::array()),
                        {"name", "state", "address"}, "members");
  };
  add_admin_query(app, {"members", "List the nodes of the cluster as one node sees them", render},
                  io, chosen);
}

}  // namespace grapevine::cli
