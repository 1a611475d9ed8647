#pragma once

#include "actors/app_registry.hpp"
#include "actors/cluster/cluster_links.hpp"
#include "actors/cluster/cluster_questions.hpp"
#include "actors/local_actors.hpp"
#include "actors/messages.hpp"
#include "actors/node_status.hpp"
#include "actors/pinned_actor.hpp"
#include "cluster/node/node_core.hpp"
#include "cluster/node/readiness.hpp"
#include "config/settings.hpp"

#include <caf/response_promise.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace grapevine::actors {

/// This node as a member of its cluster: the shell around `cluster::node_core`. It has a thread of
/// its own, so that neither a large fan-out holds up a probe nor a busy link a client.
///
/// Shards send it what their channels have for others (`to_cluster`); it sends each shard, once per
/// read, what others have for its channels (`from_cluster`).
class cluster_actor final : public pinned_actor,
                            public cluster_links::link_observer,
                            private net::flushable,
                            private net::timer {
public:
  /// `loop` is the thread's own. `epoch` and `seed` are fresh.
  cluster_actor(caf::actor_config& cfg, net::loop& loop, app_registry& apps, local_actors& local,
                node_status& status, const config::settings& settings, std::uint64_t seed);
  const char* name() const override {
    return "grapevine.cluster";
  }
  void on_exit() override;

  /// Binds, before the thread runs. Empty on success, else one sentence.
  std::string listen();
  /// The address it listens on.
  const base::endpoint& address() const noexcept {
    return address_;
  }
  /// Reads the certificate files again; on the thread. Empty on success.
  std::string reload_certificate();

protected:
  caf::behavior make_behavior() override;

private:
  // -- cluster_links::link_observer
  void on_open(cluster::link_id, bool dialled, cluster::epoch_t expected,
               const net::link_peer&) override;
  void on_bytes(cluster::link_id, std::string_view) override;
  void on_written(cluster::link_id) override;
  void on_closed(cluster::link_id, std::string_view why) override;
  void on_dial_failed(const std::string& address, cluster::epoch_t expected,
                      std::string_view why) override;
  bool welcomes(std::string_view host) override;

  void flush() override;
  void on_timer(net::time_point now) override;

  void on_calls(const to_cluster& message);
  void perform_call(const cluster::node_call&);

  // -- effects of the core
  void perform(cluster::node_effects effects);
  void perform(cluster::dial&);
  void perform(cluster::close_link&);
  void perform(cluster::remote_event&);
  void perform(cluster::remote_roster&);
  void perform(cluster::channel_ready&);
  void perform(cluster::question&);
  void perform(cluster::bridge_duties&);
  void perform(cluster::gathered_answers&);
  void perform(cluster::cache_found&);
  void perform(cluster::member_news&);
  void perform(cluster::link_news&);
  void perform(cluster::departed&);
  void dial_seed(const base::endpoint&);
  bool is_dialling(const std::string& host, std::uint16_t port) const;
  template <class Item>
  void queue(Item&);
  void hand_out(cluster::link_id from);
  void update_readiness(cluster::time_point now);

  caf::result<cluster_answer> ask(const ask_cluster&);
  static cluster::time_point now() noexcept {
    return std::chrono::steady_clock::now();
  }

  net::loop& loop_;
  local_actors& local_;
  node_status& status_;
  config::settings settings_;
  base::endpoint address_;
  std::unique_ptr<cluster::node_core> core_;
  std::uint64_t seed_;
  std::unique_ptr<cluster_links> links_;
  std::vector<cluster::link_id> open_links_;
  std::vector<cluster::link_id> closing_links_;
  std::vector<std::vector<cluster_item>> items_;  ///< by shard, until handed out

  cluster_questions questions_;
  std::optional<caf::response_promise> goodbye_;

  std::optional<cluster::readiness> readiness_;
  std::size_t seed_dials_open_ = 0;
  bool accepting_ = true;
  bool large_ = false;  ///< and that has been said
};

}  // namespace grapevine::actors
