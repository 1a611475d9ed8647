#include "drivers/null_driver.hpp"

#include "drivers/instant_driver.hpp"

namespace grapevine::drivers {

namespace {

class null_driver final : public instant_driver {
public:
  null_driver(net::loop& on, const driver_settings&) : instant_driver{on, "events are discarded"} {}

private:
  void accept(const outgoing_event&) override {}
};

}  // namespace

std::unique_ptr<driver> make_null_driver(net::loop& on, const config::settings&,
                                         const driver_settings& settings, std::string&) {
  return std::make_unique<null_driver>(on, settings);
}

}  // namespace grapevine::drivers
