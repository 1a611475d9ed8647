#pragma once

#include <string>
#include <string_view>

namespace grapevine::broadcasting {

/// A readable name of a class without namespaces and enclosing classes: "shop::OrderShipped" and
/// "(anonymous namespace)::OrderShipped" are "OrderShipped", "box<shop::Order>" is
/// "box<shop::Order>".
std::string unqualified(std::string_view readable);

}  // namespace grapevine::broadcasting
