#pragma once

namespace grapevine::cluster {

/// Several lambdas as one visitor: `std::visit(visitor{...}, value)`.
template <class... Handlers>
struct visitor : Handlers... {
  using Handlers::operator()...;
};

}  // namespace grapevine::cluster
