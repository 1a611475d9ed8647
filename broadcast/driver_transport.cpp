#include "broadcast/driver_transport.hpp"

#include "broadcast/pending_results.hpp"
#include "drivers/ably_driver.hpp"
#include "drivers/http_driver.hpp"
#include "drivers/pusher_driver.hpp"
#include "drivers/redis_driver.hpp"
#include "drivers/registry.hpp"
#include "net/loop.hpp"

#include <chrono>
#include <mutex>
#include <optional>
#include <random>

namespace grapevine::broadcasting {

namespace {

using clock = std::chrono::steady_clock;

/// A little longer than a driver rests after such an answer, so that it sends what it is given
/// then.
constexpr auto halt_pause = drivers::http_driver::halt + std::chrono::seconds{1};

std::uint64_t draw() {
  std::random_device entropy;
  return std::uint64_t{entropy()} << 32 | entropy();
}

config::section_values to_sections(const broadcast_settings& from) {
  config::section_values to;
  to.edit<drivers::redis_settings>() = {
      .url = from.redis_url, .prefix = from.redis_prefix, .ca = from.ca_file};
  to.edit<drivers::pusher_settings>() = {.app_id = from.pusher_app_id,
                                         .key = from.pusher_key,
                                         .secret = from.pusher_secret,
                                         .cluster = from.pusher_cluster,
                                         .host = from.pusher_host,
                                         .port = from.pusher_port,
                                         .scheme = from.pusher_scheme,
                                         .ca = from.ca_file};
  to.edit<drivers::ably_settings>() = {.key = from.ably_key,
                                       .host = from.ably_host,
                                       .port = from.ably_port,
                                       .scheme = from.ably_scheme,
                                       .ca = from.ca_file};
  return to;
}

/// What a section lacks, as the name of the setting; empty when it is complete.
std::string_view missing_setting(std::string_view driver, const broadcast_settings& from) {
  if (driver == "pusher") {
    if (from.pusher_app_id.empty())
      return "pusher_app_id";
    if (from.pusher_key.empty())
      return "pusher_key";
    if (from.pusher_secret.empty())
      return "pusher_secret";
  }
  if (driver == "ably" && from.ably_key.find(':') == std::string::npos)
    return "ably_key";
  return {};
}

broadcast_result to_result(const drivers::outcome& outcome, std::string_view driver) {
  const auto message = std::string{driver} + ": " + outcome.why;
  switch (outcome.what) {
  case drivers::outcome::kind::delivered:
    return {};
  case drivers::outcome::kind::refused:
    return {broadcast_errc::refused, message};
  case drivers::outcome::kind::dropped:
    break;
  }
  return {broadcast_errc::failed, message};
}

class driver_transport final : public transport, private drivers::driver_listener {
public:
  driver_transport(std::shared_ptr<loop_thread> on, std::string_view name)
      : on_{std::move(on)}, name_{name} {}

  ~driver_transport() override {
    stop();
    on_->run([this] { driver_.reset(); });
  }

  /// Empty on success, else one sentence.
  std::string start(drivers::driver_maker make, const config::section_values& sections) {
    std::string error;
    on_->run([&] {
      drivers::driver_settings with;
      with.origin = "cpp-" + std::to_string(draw());
      with.seed = draw();
      driver_ = make(on_->loop(), sections, with, error);
      if (driver_)
        driver_->start(*this);
    });
    return error;
  }

  std::vector<broadcast_result> send(const std::vector<broadcast_item>& items,
                                     clock::time_point until) override {
    auto results = std::make_shared<pending_results>(items.size());
    on_->loop().post([this, results, items] {
      for (std::size_t i = 0; i < items.size(); ++i) {
        const auto& item = items[i];
        if (!driver_ || stopped_) {
          results->tell(i, {broadcast_errc::stopped, "The broadcaster has ended"});
          continue;
        }
        if (is_halted()) {
          results->tell(i, late());
          continue;
        }
        driver_->publish(
            {item.channels, item.event, item.data, item.except},
            [results, i, this](const drivers::outcome& outcome) {
              results->tell(
                  i, stopped_ && outcome.what != drivers::outcome::kind::delivered
                         ? broadcast_result{broadcast_errc::stopped, "The broadcaster has ended"}
                         : to_result(outcome, name_));
            });
      }
    });
    auto outcomes = results->wait(until, {broadcast_errc::timed_out, {}});
    for (auto& one : outcomes)
      if (one.code() == broadcast_errc::timed_out)
        one = late();
    return outcomes;
  }

  void stop() noexcept override {
    on_->run([this] {
      if (driver_ && !std::exchange(stopped_, true))
        driver_->stop();
    });
  }

private:
  void on_event(drivers::incoming_event) override {}
  void on_state(drivers::driver_state state, std::string_view why) override {
    halted_until_ = state == drivers::driver_state::halted
                        ? std::optional{clock::now() + halt_pause}
                        : std::nullopt;
    const std::lock_guard lock{mutex_};
    trouble_ = state == drivers::driver_state::up ? std::string{} : std::string{why};
  }

  /// The other side has said no to whoever we are: nobody should wait to hear it again. Now and
  /// then an event is let through, and shows whether that has been mended.
  bool is_halted() {
    if (!halted_until_)
      return false;
    if (clock::now() < *halted_until_)
      return true;
    *halted_until_ = clock::now() + halt_pause;
    return false;
  }

  /// What is said of an event that the driver still has when the time is up.
  broadcast_result late() {
    const std::lock_guard lock{mutex_};
    if (trouble_.empty())
      return {broadcast_errc::timed_out, name_ + ": no answer in time"};
    return {broadcast_errc::unreachable, name_ + ": " + trouble_};
  }

  std::shared_ptr<loop_thread> on_;
  std::string name_;
  std::mutex mutex_;
  std::string trouble_;                      ///< why the other side is not there; empty while it is
  std::unique_ptr<drivers::driver> driver_;  ///< of the loop's thread, as what follows
  std::optional<clock::time_point> halted_until_;
  bool stopped_ = false;
};

}  // namespace

std::unique_ptr<transport> make_driver_transport(std::shared_ptr<loop_thread> on,
                                                 std::string_view driver,
                                                 const broadcast_settings& settings,
                                                 broadcast_result& error) {
  const auto* found = drivers::find_driver(driver);
  if (found == nullptr) {
    error = {broadcast_errc::unknown_driver, "There is no driver \"" + std::string{driver} + "\""};
    return nullptr;
  }
  if (const auto missing = missing_setting(driver, settings); !missing.empty()) {
    error = {broadcast_errc::misconfigured,
             "The driver \"" + std::string{driver} + "\" needs " + std::string{missing}};
    return nullptr;
  }
  auto made = std::make_unique<driver_transport>(std::move(on), driver);
  if (auto why = made->start(found->make, to_sections(settings)); !why.empty()) {
    error = {broadcast_errc::misconfigured, std::move(why)};
    return nullptr;
  }
  return made;
}

}  // namespace grapevine::broadcasting
