#include "actors/pinned_actor.hpp"

#include <spdlog/spdlog.h>

namespace grapevine::actors {

pinned_actor::pinned_actor(caf::actor_config& cfg)
    : caf::event_based_actor{cfg}, home_{dynamic_cast<shard*>(cfg.host)} {
  // A defect of ours in one handler must neither print a stack of CAF's own words nor pass unseen.
  set_exception_handler([this](std::exception_ptr& caught) -> caf::error {
    try {
      std::rethrow_exception(caught);
    } catch (const std::exception& e) {
      spdlog::error("An actor failed actor={} what={}", name(), e.what());
    } catch (...) {
      spdlog::error("An actor failed actor={}", name());
    }
    return caf::exit_reason::unhandled_exception;
  });
}

void pinned_actor::enqueue(caf::mailbox_element_ptr what, caf::execution_unit* ignored) {
  caf::event_based_actor::enqueue(std::move(what), home_ ? home_ : ignored);
}

void pinned_actor::enqueue(caf::strong_actor_ptr from, caf::message_id id, caf::message what,
                           caf::execution_unit* ignored) {
  caf::event_based_actor::enqueue(std::move(from), id, std::move(what), home_ ? home_ : ignored);
}

}  // namespace grapevine::actors
