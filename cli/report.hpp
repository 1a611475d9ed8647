#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace grapevine::cli {

/// Readable forms of what the admin listener answers. They lean on no field: what is missing is
/// left out, what is new is shown as it comes.

/// One aligned "name: value" line per plain member of `object`, and a table per array of objects in
/// it.
std::string render_fields(const nlohmann::ordered_json& object);

/// A table of an array's objects: `first_columns` in this order as far as any object has them, then
/// all others. The text is "no <what>" when there is no row.
std::string render_table(const nlohmann::ordered_json& rows,
                         const std::vector<std::string>& first_columns, std::string_view what);

}  // namespace grapevine::cli
