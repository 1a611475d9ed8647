#include "broadcast/redis_client.hpp"

#include "net/loop.hpp"

#include <condition_variable>
#include <utility>

namespace grapevine::broadcasting {

namespace {

constexpr std::size_t reply_bytes_max = 4u << 20;

}  // namespace

struct redis_client::slot {
  std::string command;
  std::mutex mutex;
  std::condition_variable told;
  bool done = false;
  std::optional<drivers::redis_reply> reply;

  void tell(std::optional<drivers::redis_reply> what) {
    const std::lock_guard lock{mutex};
    if (std::exchange(done, true))
      return;
    reply = std::move(what);
    told.notify_all();
  }
  bool is_done() {
    const std::lock_guard lock{mutex};
    return done;
  }
};

redis_client::redis_client(std::shared_ptr<loop_thread> on, drivers::redis_address address,
                           drivers::redis_session_settings settings)
    : on_{std::move(on)} {
  on_->run([&] {
    connection_ = std::make_unique<drivers::redis_connection>(
        on_->loop(), std::move(address), std::move(settings), reply_bytes_max,
        static_cast<drivers::redis_user&>(*this));
    connection_->start();
  });
}

redis_client::~redis_client() {
  stop();
  on_->run([this] { connection_.reset(); });
}

void redis_client::stop() {
  on_->run([this] {
    stopped_ = true;
    connection_->stop();
    for (auto* waiting : {&unsent_, &awaited_})
      for (auto& one : std::exchange(*waiting, {}))
        one->tell(std::nullopt);
  });
}

std::optional<drivers::redis_reply> redis_client::call(const std::vector<std::string>& command,
                                                       std::chrono::milliseconds timeout) {
  auto one = std::make_shared<slot>();
  one->command = drivers::redis_command({command.begin(), command.end()});
  on_->loop().post([this, one] {
    if (stopped_)
      one->tell(std::nullopt);
    else if (connection_->is_ready())
      send(one);
    else
      unsent_.push_back(one);
  });
  std::unique_lock lock{one->mutex};
  one->told.wait_for(lock, timeout, [&] { return one->done; });
  one->done = true;
  return std::move(one->reply);
}

std::string redis_client::trouble() const {
  const std::lock_guard lock{mutex_};
  return trouble_;
}

void redis_client::send(const shared_slot& one) {
  awaited_.push_back(one);
  connection_->send(std::exchange(one->command, {}));
}

void redis_client::on_ready() {
  for (auto& one : std::exchange(unsent_, {}))
    if (!one->is_done())
      send(one);
}

void redis_client::on_reply(drivers::redis_reply reply) {
  if (awaited_.empty())
    return connection_->give_up("it answers what nobody asked");
  auto one = std::move(awaited_.front());
  awaited_.pop_front();
  one->tell(std::move(reply));
}

void redis_client::on_lost() {
  for (auto& one : std::exchange(awaited_, {}))
    one->tell(std::nullopt);
}

void redis_client::on_report(drivers::driver_state state, std::string_view why) {
  const std::lock_guard lock{mutex_};
  trouble_ = state == drivers::driver_state::up ? std::string{} : std::string{why};
}

}  // namespace grapevine::broadcasting
