#include <grapevine/broadcaster.hpp>

#include "broadcast/broadcast_core.hpp"

#include <grapevine/current_socket.hpp>
#include <grapevine/model.hpp>

#include <mutex>
#include <optional>

namespace grapevine {
inline namespace v1 {

namespace {

using detail::broadcast_item;
using detail::broadcast_options;

broadcast_options leaving_out(broadcast_options options, std::string_view socket_id) {
  options.except = socket_id;
  options.wrong = {};
  return options;
}

broadcast_options leaving_out_current(broadcast_options options) {
  if (const auto* id = current_socket::get())
    return leaving_out(std::move(options), *id);
  options.wrong = {broadcast_errc::no_socket,
                   "to_others() needs a socket id, or a current_socket in this thread"};
  return options;
}

broadcast_item chosen(broadcast_item item, const broadcast_options& options) {
  item.except = options.except;
  if (!options.driver.empty())
    item.driver = options.driver;
  if (!options.queue.empty())
    item.queue = options.queue;
  return item;
}

broadcast_result send_one(detail::broadcast_core& core, broadcast_item item,
                          const broadcast_options& options) {
  if (!options.wrong)
    return options.wrong;
  std::vector<broadcast_item> one;
  one.push_back(chosen(std::move(item), options));
  return core.send(std::move(one)).front();
}

}  // namespace

// -- channel_broadcast

channel_broadcast::channel_broadcast(std::shared_ptr<detail::broadcast_core> core,
                                     broadcast_options options, channel_list channels)
    : core_{std::move(core)}, options_{std::move(options)}, channels_{std::move(channels)} {}

channel_broadcast channel_broadcast::to_others() const {
  return {core_, leaving_out_current(options_), channels_};
}

channel_broadcast channel_broadcast::to_others(std::string_view socket_id) const {
  return {core_, leaving_out(options_, socket_id), channels_};
}

broadcast_result channel_broadcast::broadcast(std::string_view event, const json& data) const {
  return send_one(*core_, broadcasting::render(channels_, event, data), options_);
}

// -- broadcast_batch

broadcast_batch::broadcast_batch(std::shared_ptr<detail::broadcast_core> core,
                                 broadcast_options options)
    : core_{std::move(core)}, options_{std::move(options)} {}

broadcast_batch::broadcast_batch(broadcast_batch&&) noexcept = default;
broadcast_batch& broadcast_batch::operator=(broadcast_batch&&) noexcept = default;
broadcast_batch::~broadcast_batch() = default;

broadcast_batch& broadcast_batch::event(const should_broadcast& one) {
  if (one.broadcast_when())
    items_.push_back(chosen(broadcasting::render(one), options_));
  return *this;
}

broadcast_batch& broadcast_batch::broadcast(const channel_list& channels, std::string_view event,
                                            const json& data) {
  items_.push_back(chosen(broadcasting::render(channels, event, data), options_));
  return *this;
}

std::size_t broadcast_batch::size() const noexcept {
  return items_.size();
}

broadcast_result broadcast_batch::send() {
  auto items = std::exchange(items_, {});
  if (!options_.wrong)
    return options_.wrong;
  broadcast_result first;
  std::size_t failed = 0;
  const auto results = core_->send(std::move(items));
  for (const auto& one : results) {
    if (one.ok())
      continue;
    ++failed;
    if (first.ok())
      first = one;
  }
  if (failed == 0 || results.size() == 1)
    return first;
  return {first.code(), std::to_string(failed) + " of " + std::to_string(results.size())
                            + " events failed, the first of them: " + first.message()};
}

// -- broadcaster

broadcaster::broadcaster(broadcast_settings settings)
    : core_{std::make_shared<detail::broadcast_core>(std::move(settings),
                                                     broadcasting::standard_transports())} {}

broadcaster::broadcaster(std::shared_ptr<detail::broadcast_core> core) : core_{std::move(core)} {}

broadcaster broadcaster::to_others() const {
  auto copy = *this;
  copy.options_ = leaving_out_current(options_);
  return copy;
}

broadcaster broadcaster::to_others(std::string_view socket_id) const {
  auto copy = *this;
  copy.options_ = leaving_out(options_, socket_id);
  return copy;
}

broadcaster broadcaster::driver(std::string_view name) const {
  auto copy = *this;
  copy.options_.driver = name;
  return copy;
}

broadcaster broadcaster::on_queue(std::string_view name) const {
  auto copy = *this;
  copy.options_.queue = name;
  return copy;
}

broadcast_result broadcaster::event(const should_broadcast& one) const {
  if (!one.broadcast_when())
    return {};
  return send_one(*core_, broadcasting::render(one), options_);
}

channel_broadcast broadcaster::channel(channel_list full_names) const {
  return {core_, options_, std::move(full_names)};
}

channel_broadcast broadcaster::private_channel(std::string_view name) const {
  return channel(grapevine::private_channel(name));
}

channel_broadcast broadcaster::presence(std::string_view name) const {
  return channel(presence_channel(name));
}

broadcast_batch broadcaster::batch() const {
  return {core_, options_};
}

void broadcaster::on_failure(std::function<void(const failed_broadcast&)> f) const {
  core_->on_failure(std::move(f));
}

bool broadcaster::flush(std::chrono::milliseconds deadline) const {
  return core_->flush(std::chrono::steady_clock::now() + deadline);
}

queue_figures broadcaster::figures(std::string_view queue) const {
  return core_->figures(std::string{queue});
}

channel_registry& broadcaster::channels() const {
  return core_->channels();
}

// -- the process-wide one

namespace {

struct process_wide {
  std::mutex mutex;
  std::optional<broadcaster> current;

  process_wide() {
    detail::begin_openssl();
  }

  broadcaster get() {
    const std::lock_guard lock{mutex};
    if (!current) {
      auto found = settings_from_environment();
      current.emplace(std::make_shared<detail::broadcast_core>(
          std::move(found.value), broadcasting::standard_transports(), std::move(found.problems)));
    }
    return *current;
  }
};

process_wide& everywhere() {
  static process_wide one;
  return one;
}

}  // namespace

broadcaster broadcast() {
  return everywhere().get();
}

channel_registry& channels() {
  return broadcast().channels();
}

void set_broadcaster(broadcaster chosen) {
  auto& one = everywhere();
  const std::lock_guard lock{one.mutex};
  // The one before ends after the lock is released, should this have been its last handle.
  std::optional<broadcaster> before{std::move(chosen)};
  one.current.swap(before);
}

std::string_view to_string(model_event what) noexcept {
  switch (what) {
  case model_event::created:
    return "Created";
  case model_event::updated:
    return "Updated";
  case model_event::deleted:
    return "Deleted";
  }
  return {};
}

}  // namespace v1
}  // namespace grapevine
