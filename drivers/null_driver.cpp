#include "drivers/null_driver.hpp"

#include "drivers/instant_driver.hpp"

namespace grapevine::drivers {

namespace {

class null_driver final : public instant_driver {
public:
  explicit null_driver(net::loop& on) : instant_driver{on, "events are discarded"} {}

private:
  void accept(const outgoing_event&) override {}
};

}  // namespace

config::driver_section null_section() {
  return {.name = "null"};
}

std::unique_ptr<driver> make_null_driver(net::loop& on, const config::section_values&,
                                         const driver_settings&, std::string&) {
  return std::make_unique<null_driver>(on);
}

}  // namespace grapevine::drivers
