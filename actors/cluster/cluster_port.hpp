#pragma once

#include "actors/app_registry.hpp"
#include "actors/local_actors.hpp"
#include "actors/messages.hpp"
#include "channels/channel_effects.hpp"
#include "channels/cluster_numbers.hpp"
#include "cluster/hybrid_clock.hpp"
#include "cluster/interest/interest_key.hpp"
#include "net/loop.hpp"

#include <cstdint>
#include <string_view>

namespace grapevine::actors {

/// One shard's way into the cluster: what its channels have to say in a turn of the loop leaves as
/// one message at the turn's end, in order. Only touched on the shard's thread.
class cluster_port final : public channels::cluster_numbers, private net::flushable {
public:
  /// `loop` may be null (in deterministic tests): then everything leaves at once.
  cluster_port(net::loop* loop, std::uint32_t shard, app_registry& apps, local_actors& local,
               cluster::hybrid_clock& clock, std::string_view cluster_name);
  ~cluster_port();

  std::uint64_t key_of(const channel_ref&) const;

  // -- channels::cluster_numbers
  cluster::epoch_t self() const noexcept override;
  std::uint64_t ticket() noexcept override;
  std::uint64_t stamp() noexcept override;
  void observe(std::uint64_t seen) noexcept override;

  // -- what a channel wants the cluster to do; it comes with its key

  void perform(const channel_ref&, std::uint64_t key, const channels::want&);
  void perform(const channel_ref&, std::uint64_t key, const channels::unwant&);
  /// Leaves at once, with all before it, and not at the end of the turn: another shard tells the
  /// client that he is in, who may look at another node before this turn is over.
  void perform(const channel_ref&, std::uint64_t key, channels::roster_join&&);
  void perform(const channel_ref&, std::uint64_t key, channels::roster_leave&&);
  void perform(const channel_ref&, std::uint64_t key, const channels::forward&);

  /// Sends what waits for the end of the turn.
  void flush() override;

private:
  void add(cluster::node_call);

  net::loop* loop_;
  std::uint32_t shard_;
  app_registry& apps_;
  local_actors& local_;
  cluster::hybrid_clock& clock_;
  cluster::interest_key_hasher hash_;
  std::uint64_t tickets_ = 0;
  cluster::node_calls pending_;
};

}  // namespace grapevine::actors
