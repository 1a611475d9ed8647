#include "broadcast/broadcast_core.hpp"

#include "broadcast/authorization.hpp"
#include "broadcast/encryption.hpp"
#include "broadcast/memory_queue.hpp"
#include "broadcast/redis_queue.hpp"

#include <openssl/crypto.h>

#include <cstdio>
#include <exception>
#include <utility>

namespace grapevine {
inline namespace v1 {
namespace detail {

using namespace broadcasting;
using clock = std::chrono::steady_clock;

namespace {

const broadcast_result ended{broadcast_errc::stopped, "The broadcaster has ended"};

signing_key key_of(const broadcast_settings& settings) {
  signing_key result{settings.key, settings.secret, {}};
  decode_base64(settings.encryption_master_key, result.encryption_master_key);
  return result;
}

/// Where nobody listens for failures: better a line on standard error than silence.
void print(const failed_broadcast& lost) {
  std::fprintf(stderr, "grapevine: lost %s on queue \"%s\" after %u attempts: %s\n",
               lost.event.c_str(), lost.queue.c_str(), lost.attempts,
               lost.result.message().c_str());
}

}  // namespace

void begin_openssl() noexcept {
  OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, nullptr);
}

broadcast_core::broadcast_core(broadcast_settings settings, transport_maker make,
                               std::string problem)
    : settings_{std::move(settings)}, make_{std::move(make)}, problem_{std::move(problem)},
      channels_{key_of(settings_)} {
  begin_openssl();
  if (problem_.empty() && !settings_.encryption_master_key.empty()
      && !(decode_base64(settings_.encryption_master_key, master_key_)
           && master_key_.size() == master_key_size))
    problem_ = "encryption_master_key must be 32 bytes in base64";
  // What a process before has left in them is sent without waiting for a new event.
  const std::lock_guard lock{mutex_};
  for (const auto& [name, with] : settings_.queues)
    if (broadcast_result error;
        with.durable && problem_.empty() && open_queue(name, error) == nullptr)
      problem_ = error.message();
}

broadcast_core::~broadcast_core() {
  close(clock::now() + settings_.closing);
}

void broadcast_core::close(clock::time_point until) {
  {
    const std::lock_guard lock{mutex_};
    if (std::exchange(closed_, true))
      return;
  }
  // Nothing is added to either map from here on.
  for (auto& [name, queue] : queues_)
    queue->flush(until);
  for (auto& [name, transport] : transports_)
    transport->stop();
  for (auto& [name, queue] : queues_)
    queue->stop();
}

std::vector<broadcast_result> broadcast_core::send(std::vector<broadcast_item> items) {
  std::vector<broadcast_result> results(items.size());
  // What leaves at once, by driver, and where its result belongs.
  std::map<std::string, std::pair<driver_items, std::vector<std::size_t>>> now;
  for (std::size_t i = 0; i < items.size(); ++i) {
    auto& item = items[i];
    if (item.driver.empty())
      item.driver = settings_.driver;
    if (!problem_.empty())
      results[i] = {broadcast_errc::misconfigured, problem_};
    else if (auto fault = check(item); !fault)
      results[i] = std::move(fault);
    else if (auto unreadable = encrypt(item, master_key_); !unreadable)
      results[i] = std::move(unreadable);
    else if (!item.queue.empty())
      results[i] = enqueue(std::move(item));
    else {
      auto& [group, places] = now[item.driver];
      group.push_back(std::move(item));
      places.push_back(i);
    }
  }
  for (auto& [driver, group] : now) {
    auto& [sent, places] = group;
    auto answers = send_now(driver, sent);
    for (std::size_t i = 0; i < places.size(); ++i)
      results[places[i]] = std::move(answers[i]);
  }
  return results;
}

std::vector<broadcast_result> broadcast_core::send_now(const std::string& driver,
                                                       const driver_items& items) {
  broadcast_result error;
  auto* through = find_transport(driver, error);
  if (through == nullptr)
    return std::vector<broadcast_result>(items.size(), error);
  return through->send(items, clock::now() + settings_.timeout);
}

transport* broadcast_core::find_transport(const std::string& driver, broadcast_result& error) {
  const std::lock_guard lock{mutex_};
  if (auto found = transports_.find(driver); found != transports_.end())
    return found->second.get();
  if (closed_) {
    error = ended;
    return nullptr;
  }
  auto made = make_(driver, settings_, error);
  return made ? (transports_[driver] = std::move(made)).get() : nullptr;
}

broadcast_result broadcast_core::enqueue(broadcast_item item) {
  broadcast_result error;
  // A driver that there is not is better told now than by a queue.
  if (find_transport(item.driver, error) == nullptr)
    return error;
  event_queue* queue = nullptr;
  {
    const std::lock_guard lock{mutex_};
    queue = closed_ ? nullptr : open_queue(item.queue, error);
    if (queue == nullptr)
      return closed_ ? ended : error;
  }
  return queue->push(std::move(item));
}

event_queue* broadcast_core::open_queue(const std::string& name, broadcast_result& error) {
  if (const auto found = queues_.find(name); found != queues_.end())
    return found->second.get();
  if (queues_.size() >= settings_.queues_max) {
    error = {broadcast_errc::queue_full, "There are too many queues already"};
    return nullptr;
  }
  const auto configured = settings_.queues.find(name);
  const auto& with =
      configured == settings_.queues.end() ? settings_.default_queue : configured->second;
  queue_hooks hooks;
  hooks.send = [this](const broadcast_item& one) {
    try {
      return send_now(one.driver, {one}).front();
    } catch (const std::exception& thrown) {
      return broadcast_result{broadcast_errc::failed, thrown.what()};
    }
  };
  hooks.fail = [this](const failed_broadcast& lost) { fail(lost); };
  auto made = make_queue(name, with, std::move(hooks), error);
  return made ? (queues_[name] = std::move(made)).get() : nullptr;
}

std::unique_ptr<event_queue> broadcast_core::make_queue(const std::string& name,
                                                        const queue_settings& with,
                                                        queue_hooks hooks,
                                                        broadcast_result& error) {
  if (!with.durable)
    return std::make_unique<memory_queue>(name, with, std::move(hooks));
  if (!queue_thread_)
    queue_thread_ = std::make_shared<loop_thread>();
  return redis_queue::make(queue_thread_, name, with, settings_, std::move(hooks), error);
}

void broadcast_core::on_failure(std::function<void(const failed_broadcast&)> f) {
  const std::lock_guard lock{mutex_};
  on_failure_ = std::move(f);
}

void broadcast_core::fail(const failed_broadcast& lost) {
  std::function<void(const failed_broadcast&)> told;
  {
    const std::lock_guard lock{mutex_};
    told = on_failure_;
  }
  try {
    if (told)
      return told(lost);
  } catch (const std::exception& thrown) {
    std::fprintf(stderr, "grapevine: on_failure threw: %s\n", thrown.what());
  } catch (...) {
    std::fprintf(stderr, "grapevine: on_failure threw\n");
  }
  print(lost);
}

std::vector<event_queue*> broadcast_core::queues() const {
  const std::lock_guard lock{mutex_};
  std::vector<event_queue*> all;
  for (const auto& [name, queue] : queues_)
    all.push_back(queue.get());
  return all;
}

bool broadcast_core::flush(clock::time_point until) {
  bool done = true;
  for (auto* queue : queues())
    done &= queue->flush(until);
  return done;
}

queue_figures broadcast_core::figures(const std::string& queue) const {
  const std::lock_guard lock{mutex_};
  const auto found = queues_.find(queue);
  return found == queues_.end() ? queue_figures{} : found->second->figures();
}

}  // namespace detail
}  // namespace v1
}  // namespace grapevine
