#include "actors/cluster/cluster_links.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

namespace grapevine::actors {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds connect_timeout = 1s;
/// How long a goodbye may take to leave.
constexpr std::chrono::milliseconds close_linger = 1s;

/// "10.0.0.7" of "10.0.0.7:7400", "fd00::7" of "[fd00::7]:7400".
std::string host_of(const std::string& address) {
  auto host = address.substr(0, address.rfind(':'));
  if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  return host;
}

}  // namespace

class cluster_links::connection final : public net::link_handler {
public:
  connection(cluster_links& owner, cluster::link_id number, bool by_us, cluster::epoch_t whom,
             std::string where)
      : id{number}, dialled{by_us}, expected{whom}, address{std::move(where)}, owner_{owner} {}

  void on_open(const net::link_peer& peer) override {
    owner_.opened(*this, peer);
  }
  void on_bytes(std::string_view bytes) override {
    owner_.observer_.on_bytes(id, bytes);
  }
  void on_written() override {
    owner_.observer_.on_written(id);
  }
  void on_closed(std::string_view why) noexcept override {
    owner_.closed(*this, why);
  }

  cluster::link_id id;
  bool dialled;
  cluster::epoch_t expected;
  std::string address;
  bool open = false;
  bool closing = false;
  std::shared_ptr<net::link> link;

private:
  cluster_links& owner_;
};

cluster_links::cluster_links(net::loop& loop, link_observer& who,
                             std::unique_ptr<net::link_tls> tls)
    : loop_{loop}, observer_{who}, tls_{std::move(tls)} {}

cluster_links::~cluster_links() {
  end();
}

std::string cluster_links::listen(const std::string& host, std::uint16_t port) {
  acceptor_ = std::make_unique<net::link_listener>(loop_, *this, tls_.get());
  return acceptor_->listen(host, port);
}

std::uint16_t cluster_links::port() const {
  return acceptor_ ? acceptor_->port() : 0;
}

void cluster_links::use_tls(std::unique_ptr<net::link_tls> fresh) {
  tls_ = std::move(fresh);
  acceptor_->use_tls(tls_.get());
}

void cluster_links::accept(bool wanted) {
  if (wanted)
    acceptor_->resume();
  else
    acceptor_->pause();
}

cluster_links::connection& cluster_links::add(bool dialled, cluster::epoch_t expected,
                                              std::string address) {
  const auto id = ++last_id_;
  auto fresh = std::make_shared<connection>(*this, id, dialled, expected, std::move(address));
  return *connections_.emplace(id, std::move(fresh)).first->second;
}

cluster_links::connection* cluster_links::find(cluster::link_id id) const {
  const auto found = connections_.find(id);
  return found == connections_.end() ? nullptr : found->second.get();
}

void cluster_links::dial(const std::string& host, std::uint16_t port, cluster::epoch_t expected) {
  auto& fresh = add(true, expected, base::to_string({host, port}));
  fresh.link = net::dial(loop_, host, port, connect_timeout, tls_.get(), fresh);
}

std::vector<cluster::link_id> cluster_links::dialled(const std::string& host,
                                                     std::uint16_t port) const {
  const auto address = base::to_string({host, port});
  std::vector<cluster::link_id> found;
  for (const auto& [id, c] : connections_)
    if (c->dialled && !c->closing && c->address == address)
      found.push_back(id);
  return found;
}

net::link_handler* cluster_links::accepted(std::shared_ptr<net::link> link) {
  auto& fresh = add(false, 0, {});
  fresh.link = std::move(link);
  return &fresh;
}

void cluster_links::opened(connection& c, const net::link_peer& peer) {
  if (!c.dialled && !observer_.welcomes(host_of(peer.address)))
    return c.link->abort();
  c.open = true;
  observer_.on_open(c.id, c.dialled, c.expected,
                    {host_of(peer.address), peer.tls_binding, peer.names});
}

void cluster_links::closed(connection& c, std::string_view why) noexcept {
  // Its own call is still running: the handler and its link go in a later turn.
  auto kept = connections_.extract(c.id);
  if (kept.empty())
    return;
  if (c.open)
    observer_.on_closed(c.id, why);
  else if (c.dialled)
    observer_.on_dial_failed(c.address, c.expected, why);
  loop_.post([last = std::move(kept.mapped())] {});
}

bool cluster_links::writable(cluster::link_id id) const {
  const auto* c = find(id);
  return c && c->open && !c->closing && !c->link->writing();
}

void cluster_links::write(cluster::link_id id, std::vector<base::slice> slices) {
  if (auto* c = find(id))
    c->link->write(std::move(slices));
}

void cluster_links::close(cluster::link_id id) {
  auto* c = find(id);
  if (!c || std::exchange(c->closing, true))
    return;
  c->link->close(close_linger);
}

void cluster_links::end() {
  connections_.clear();
  acceptor_.reset();
}

}  // namespace grapevine::actors
