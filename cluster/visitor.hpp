#pragma once

namespace grapevine::cluster {

/// Several lambdas as one visitor: `std::visit(visitor{...}, value)`.
template <class... Handlers>
struct visitor : Handlers... {
  using Handlers::operator()...;
};
// clang 14 deduces no aggregates by itself.
template <class... Fs>
visitor(Fs...) -> visitor<Fs...>;

}  // namespace grapevine::cluster
