#pragma once

#include "broadcast/event_queue.hpp"
#include "broadcast/loop_thread.hpp"
#include "broadcast/transport.hpp"

#include <grapevine/broadcaster.hpp>
#include <grapevine/channel_registry.hpp>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace grapevine {
inline namespace v1 {
namespace detail {

/// OpenSSL releases what it holds when the process ends, before any static object that was complete
/// before OpenSSL's first use. Whatever may live in such an object and sends as it ends calls this
/// in its constructor, and so ends first.
void begin_openssl() noexcept;

/// What all handles of one broadcaster share.
class broadcast_core {
public:
  /// With a `problem`, every broadcast returns it as `misconfigured`.
  broadcast_core(broadcast_settings, broadcasting::transport_maker, std::string problem = {});
  /// Gives the queues `closing`, then ends them.
  ~broadcast_core();
  broadcast_core(const broadcast_core&) = delete;
  broadcast_core& operator=(const broadcast_core&) = delete;

  /// Sends or queues each item; one result each.
  std::vector<broadcast_result> send(std::vector<broadcast_item>);
  void on_failure(std::function<void(const failed_broadcast&)>);
  bool flush(std::chrono::steady_clock::time_point until);
  queue_figures figures(const std::string& queue) const;
  channel_registry& channels() noexcept {
    return channels_;
  }
  /// Ends sending for good, before the destructor: what is under way returns, what waits fails.
  void close(std::chrono::steady_clock::time_point until);

private:
  using driver_items = std::vector<broadcast_item>;

  std::vector<broadcast_result> send_now(const std::string& driver, const driver_items&);
  broadcast_result enqueue(broadcast_item);
  /// Under `mutex_`, as what it calls. Null, and why, when the queue cannot be.
  broadcasting::event_queue* open_queue(const std::string& name, broadcast_result& error);
  std::unique_ptr<broadcasting::event_queue> make_queue(const std::string& name,
                                                        const queue_settings&,
                                                        broadcasting::queue_hooks,
                                                        broadcast_result& error);
  broadcasting::transport* find_transport(const std::string& driver, broadcast_result& error);
  void fail(const failed_broadcast&);
  std::vector<broadcasting::event_queue*> queues() const;

  broadcast_settings settings_;
  broadcasting::transport_maker make_;
  std::string problem_;
  std::string master_key_;  ///< of encrypted channels, decoded; empty: none
  channel_registry channels_;
  mutable std::mutex mutex_;
  bool closed_ = false;
  std::function<void(const failed_broadcast&)> on_failure_;
  std::map<std::string, std::unique_ptr<broadcasting::transport>> transports_;
  std::shared_ptr<broadcasting::loop_thread> queue_thread_;  ///< of durable queues; null: none yet
  std::map<std::string, std::unique_ptr<broadcasting::event_queue>> queues_;
};

}  // namespace detail
}  // namespace v1
}  // namespace grapevine
