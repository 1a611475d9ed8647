#include "cli/admin_query.hpp"
#include "cli/report.hpp"

namespace grapevine::cli {

void add_status(CLI::App& app, console io, action& chosen) {
  add_admin_query(app, {"status", "Show how a node is doing", render_fields}, io, chosen);
}

}  // namespace grapevine::cli
