#include "drivers/instant_driver.hpp"

#include "net/loop.hpp"

#include <utility>

namespace grapevine::drivers {

instant_driver::instant_driver(net::loop& on, std::string_view state) : on_{on}, state_{state} {}

instant_driver::~instant_driver() {
  instant_driver::stop();
}

void instant_driver::start(driver_listener& listener) {
  listener_ = std::make_shared<driver_listener*>(&listener);
  ++stats_.connects;
  on_.post([who = listener_, why = state_] {
    if (*who)
      (*who)->on_state(driver_state::up, why);
  });
}

void instant_driver::stop() noexcept {
  if (listener_)
    *listener_ = nullptr;
  listener_ = nullptr;
}

void instant_driver::publish(outgoing_event event, completion done) {
  ++stats_.published;
  if (!listener_) {
    ++stats_.dropped;
    done({outcome::kind::dropped, "the driver is stopped"});
    return;
  }
  accept(event);
  ++stats_.delivered;
  done({});
}

}  // namespace grapevine::drivers
