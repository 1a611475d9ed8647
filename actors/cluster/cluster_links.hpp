#pragma once

#include "cluster/node/node_effects.hpp"
#include "cluster/streams/segment.hpp"
#include "net/link.hpp"
#include "net/link_dialler.hpp"
#include "net/link_listener.hpp"
#include "net/loop.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace grapevine::actors {

/// The connections to other nodes by number: accepts, dials, and hands on what happens. Knows
/// nothing of what they mean. On the cluster's loop.
class cluster_links final : public net::link_acceptor {
public:
  /// Who hears of it; never called from inside a call to this class.
  class link_observer {
  public:
    virtual void on_open(cluster::link_id, bool dialled, cluster::epoch_t expected,
                         const net::link_peer&) = 0;
    virtual void on_bytes(cluster::link_id, std::string_view) = 0;
    virtual void on_written(cluster::link_id) = 0;
    /// Once per connection that was open.
    virtual void on_closed(cluster::link_id, std::string_view why) = 0;
    virtual void on_dial_failed(const std::string& address, cluster::epoch_t expected,
                                std::string_view why) = 0;
    /// False: that numeric address is not let in for now.
    virtual bool welcomes(std::string_view host) = 0;

  protected:
    ~link_observer() = default;
  };

  cluster_links(net::loop&, link_observer&, std::unique_ptr<net::link_tls>);
  ~cluster_links();

  /// Empty on success, else one sentence. With port 0 `port` tells which one it is.
  std::string listen(const std::string& host, std::uint16_t port);
  std::uint16_t port() const;
  void use_tls(std::unique_ptr<net::link_tls>);
  void accept(bool);  ///< false: those who come wait in the system's queue

  void dial(const std::string& host, std::uint16_t port, cluster::epoch_t expected);
  /// Connections to that address that this side has begun and nobody has closed.
  std::vector<cluster::link_id> dialled(const std::string& host, std::uint16_t port) const;
  /// True once `on_open` was told and the last write has left.
  bool writable(cluster::link_id) const;
  void write(cluster::link_id, std::vector<base::slice>);
  /// After what was written, which is everything that will be.
  void close(cluster::link_id);
  /// All connections at once, without a further call.
  void end();

  net::link_handler* accepted(std::shared_ptr<net::link>) override;

private:
  class connection;
  void opened(connection&, const net::link_peer&);
  void closed(connection&, std::string_view why) noexcept;
  connection& add(bool dialled, cluster::epoch_t expected, std::string address);
  connection* find(cluster::link_id) const;

  net::loop& loop_;
  link_observer& observer_;
  std::unique_ptr<net::link_tls> tls_;
  std::unique_ptr<net::link_listener> acceptor_;
  std::map<cluster::link_id, std::shared_ptr<connection>> connections_;
  cluster::link_id last_id_ = 0;
};

}  // namespace grapevine::actors
