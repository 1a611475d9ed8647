#include "drivers/log_driver.hpp"

#include "base/json_text.hpp"
#include "drivers/instant_driver.hpp"
#include "drivers/log.hpp"
#include "protocol/json.hpp"

#include <algorithm>
#include <string_view>

namespace grapevine::drivers {

namespace {

constexpr std::size_t data_shown_max = 64u << 10;
constexpr std::size_t depth_max = 64;

/// The publisher's own bytes where they are JSON. Of control characters JSON has only white space,
/// and that only between its values.
std::string shown(const std::string& data) {
  if (data.size() > data_shown_max)
    return base::json_quoted(std::string_view{data}.substr(0, data_shown_max)) + "...";
  if (!protocol::parse_json(data, depth_max))
    return base::json_quoted(data);
  auto line = data;
  std::replace_if(
      line.begin(), line.end(), [](unsigned char c) { return c < 0x20; }, ' ');
  return line;
}

class log_driver final : public instant_driver {
public:
  explicit log_driver(net::loop& on) : instant_driver{on, "events go to the log"} {}

private:
  void accept(const outgoing_event& event) override {
    log().info("{}", log_line(event));
  }
};

}  // namespace

std::string log_line(const outgoing_event& event) {
  std::string line = "Broadcast event=" + base::json_quoted(event.event) + " channels=[";
  for (const auto& channel : event.channels)
    line += (line.back() == '[' ? "" : ",") + base::json_quoted(channel);
  line += "]";
  if (!event.except.empty())
    line += " socket=" + base::json_quoted(event.except);
  return line + " data=" + shown(event.data);
}

config::driver_section log_section() {
  return {.name = "log"};
}

std::unique_ptr<driver> make_log_driver(net::loop& on, const config::section_values&,
                                        const driver_settings&, std::string&) {
  return std::make_unique<log_driver>(on);
}

}  // namespace grapevine::drivers
