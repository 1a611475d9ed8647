#include "drivers/redis_driver.hpp"

#include "base/endpoint.hpp"
#include "config/redis_url.hpp"
#include "config/settings.hpp"
#include "drivers/joint_state.hpp"
#include "drivers/log.hpp"
#include "drivers/redis_publisher.hpp"
#include "drivers/redis_stream_reader.hpp"
#include "drivers/redis_subscriber.hpp"
#include "net/client_tls.hpp"
#include "net/loop.hpp"

#include <memory>
#include <utility>

namespace grapevine::drivers {

namespace {

std::vector<redis_step> login_steps(const config::redis_location& at) {
  if (at.password.empty() && at.username.empty())
    return {};
  // An AUTH with one argument is what servers before ACLs understand.
  redis_step step{{"AUTH"}, "the login", {}};
  if (!at.username.empty())
    step.command.push_back(at.username);
  step.command.push_back(at.password);
  return {std::move(step)};
}

class redis_driver final : public driver {
public:
  redis_driver(net::loop& on, const config::redis_settings& section,
               const config::redis_location& at, std::shared_ptr<const net::client_tls> tls,
               const driver_settings& how)
      : side_{"redis " + base::to_string({at.host, at.port})}, prefix_{section.prefix} {
    const redis_address address{at.host, at.port, std::move(tls)};
    const auto login = login_steps(at);
    const redis_payload_limits limits{.data_bytes_max = how.event_bytes_max};
    if (how.inward)
      subscriber_ =
          std::make_unique<redis_subscriber>(on, address, login, section.prefix, how.origin, limits,
                                             how.seed, handlers(&redis_driver::on_subscription));
    if (how.inward && !section.stream.empty())
      reader_ = std::make_unique<redis_stream_reader>(
          on, address, login,
          redis_stream_settings{section.stream, section.stream_group, how.name, at.database},
          limits, how.seed + 2, handlers());
    const auto part = how.outward ? states_.add() : 0;
    publisher_ = std::make_unique<redis_publisher>(
        on, address, login, section.prefix, how.origin, how.queue_bytes_max, how.seed + 1,
        [this, part](driver_state state, std::string_view why) { on_state(part, state, why); });
    publishes_ = how.outward;
    if (!publishes_)
      publisher_->stop();
  }
  ~redis_driver() override {
    redis_driver::stop();
  }

  void start(driver_listener& listener) override {
    listener_ = &listener;
    if (subscriber_)
      subscriber_->start();
    if (reader_)
      reader_->start();
    if (publishes_)
      publisher_->start();
  }

  void stop() noexcept override {
    listener_ = nullptr;
    if (subscriber_)
      subscriber_->stop();
    if (reader_)
      reader_->stop();
    publisher_->stop();
  }

  void publish(outgoing_event event, completion done) override {
    publisher_->publish(std::move(event), std::move(done));
  }

  driver_stats stats() const override {
    auto result = counted_;
    publisher_->describe(result);
    return result;
  }

  std::string_view other_side() const noexcept override {
    return side_;
  }

  std::string_view topic() const noexcept override {
    return prefix_;
  }

private:
  /// Of one more connection that brings events in; its states go to `also` as well.
  redis_subscriber::handlers handlers(void (redis_driver::*also)(driver_state) = nullptr) {
    return {[this](incoming_event event) { on_event(std::move(event)); },
            [this](std::string_view from, std::string_view why) { ignore(from, why); },
            [this, also, part = states_.add()](driver_state state, std::string_view why) {
              on_state(part, state, why);
              if (also)
                (this->*also)(state);
            }};
  }

  void on_subscription(driver_state state) {
    const bool hears = state == driver_state::up;
    if (listener_ && std::exchange(hears_, hears) != hears)
      listener_->on_hearing(hears);
  }

  void on_event(incoming_event event) {
    ++counted_.received;
    if (listener_)
      listener_->on_event(std::move(event));
  }

  void ignore(std::string_view from, std::string_view why) {
    ++counted_.ignored;
    log().debug("A message from Redis is ignored from={} why=\"{}\"", from.substr(0, 200), why);
  }

  void on_state(std::size_t part, driver_state state, std::string_view why) {
    const auto before = states_.state();
    if (!states_.set(part, state, why) || !listener_)
      return;
    if (states_.state() == driver_state::up && before != driver_state::up)
      ++counted_.connects;
    listener_->on_state(states_.state(), states_.why());
  }

  std::string side_;
  std::string prefix_;
  joint_state states_;
  driver_listener* listener_ = nullptr;
  bool publishes_ = false;
  bool hears_ = false;
  driver_stats counted_;
  std::unique_ptr<redis_subscriber> subscriber_;
  std::unique_ptr<redis_stream_reader> reader_;
  std::unique_ptr<redis_publisher> publisher_;
};

}  // namespace

std::unique_ptr<driver> make_redis_driver(net::loop& on, const config::settings& settings,
                                          const driver_settings& how, std::string& error) {
  const auto at = config::parse_redis_url(settings.redis.url);
  if (!at) {
    error = "redis.url is not an address of a Redis server";
    return nullptr;
  }
  std::shared_ptr<const net::client_tls> tls;
  if (at->tls) {
    tls = net::client_tls::load(settings.redis.ca, error);
    if (!tls)
      return nullptr;
  }
  return std::make_unique<redis_driver>(on, settings.redis, *at, std::move(tls), how);
}

}  // namespace grapevine::drivers
