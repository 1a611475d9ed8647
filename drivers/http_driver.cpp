#include "drivers/http_driver.hpp"

#include "net/loop.hpp"

#include <array>
#include <charconv>
#include <utility>
#include <variant>

namespace grapevine::drivers {

namespace {

using namespace std::chrono_literals;

constexpr auto rest_min = 250ms;
constexpr auto rest_max = 30s;

std::chrono::seconds unix_now() {
  return std::chrono::duration_cast<std::chrono::seconds>(
      std::chrono::system_clock::now().time_since_epoch());
}

}  // namespace

http_driver::http_driver(net::loop& on, net::http_client_settings settings,
                         std::unique_ptr<http_target> target, std::string side,
                         std::size_t queue_bytes_max, std::uint64_t seed)
    : on_{on}, settings_{std::move(settings)}, target_{std::move(target)}, side_{std::move(side)},
      queue_{queue_bytes_max}, backoff_{rest_min, rest_max, seed}, ids_{seed
                                                                        * 0x9E3779B97F4A7C15u} {}

http_driver::~http_driver() {
  http_driver::stop();
}

void http_driver::start(driver_listener& listener) {
  listener_ = &listener;
  client_ = std::make_unique<net::http_client>(on_, settings_);
  // The first turn of the timer says so: there is nothing to connect to before an event.
  resting_ = true;
  on_.timers().arm(*this, on_.refresh_now());
}

void http_driver::stop() noexcept {
  listener_ = nullptr;
  on_.timers().disarm(*this);
  client_ = nullptr;
  event_ = nullptr;
  queue_.close("the driver is stopped");
}

void http_driver::publish(outgoing_event event, completion done) {
  queue_.push(std::move(event), std::move(done));
  go_on();
}

driver_stats http_driver::stats() const {
  driver_stats result;
  queue_.describe(result);
  result.connects = connects_;
  return result;
}

void http_driver::on_timer(net::time_point) {
  resting_ = false;
  if (connects_ == 0)
    report(driver_state::up, "events are sent as they come");
  go_on();
}

void http_driver::go_on() {
  while (client_ && !resting_ && client_->pending() == 0) {
    if (event_) {
      send_step();
      return;
    }
    event_ = queue_.send_next();
    if (!event_)
      return;
    step_ = 0;
    tries_ = 0;
    std::array<char, 16> digits{};
    ids_ += 0x9E3779B97F4A7C15u;
    id_.assign(digits.data(),
               std::to_chars(digits.data(), digits.data() + digits.size(), ids_, 16).ptr);
    if (const auto refusal = target_->check(*event_))
      end_event(*refusal);
  }
}

void http_driver::send_step() {
  client_->send(target_->request(*event_, step_, id_, unix_now()),
                [this](const net::request_result& result) { on_result(result); });
}

void http_driver::on_result(const net::request_result& result) {
  auto verdict = target_->judge(result);
  switch (verdict.what) {
  case judgement::kind::done:
    backoff_.reset();
    tries_ = 0;
    report(driver_state::up, "the last event was accepted");
    if (++step_ == target_->steps(*event_))
      end_event({});
    break;
  case judgement::kind::refuse:
    end_event({outcome::kind::refused, std::move(verdict.why)});
    break;
  case judgement::kind::halt:
    rest(halt, driver_state::halted, verdict.why);
    end_event({outcome::kind::refused, std::move(verdict.why)});
    break;
  case judgement::kind::overload:
    if (++tries_ >= tries_max) {
      end_event({outcome::kind::dropped, "tried too often: " + verdict.why});
      break;
    }
    [[fallthrough]];
  case judgement::kind::retry:
    rest(verdict.after.value_or(backoff_.next()), driver_state::away, std::move(verdict.why));
    break;
  }
  go_on();
}

void http_driver::end_event(const outcome& result) {
  event_ = nullptr;
  queue_.answer(result);
}

void http_driver::rest(std::chrono::milliseconds duration, driver_state state, std::string why) {
  resting_ = true;
  on_.timers().arm(*this, on_.refresh_now() + duration);
  report(state, std::move(why));
}

void http_driver::report(driver_state state, std::string why) {
  // While all goes well there is one sentence, whatever the first was.
  if (state == state_ && (state == driver_state::up || why == why_))
    return;
  if (state == driver_state::up)
    ++connects_;
  state_ = state;
  why_ = std::move(why);
  if (listener_)
    listener_->on_state(state_, why_);
}

}  // namespace grapevine::drivers
