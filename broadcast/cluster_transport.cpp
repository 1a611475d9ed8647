#include "broadcast/cluster_transport.hpp"

#include "broadcast/cluster_nodes.hpp"
#include "broadcast/cluster_requests.hpp"
#include "broadcast/pending_results.hpp"
#include "net/client_tls.hpp"
#include "net/http_client.hpp"
#include "net/loop.hpp"
#include "protocol/http_auth.hpp"

#include <algorithm>
#include <deque>
#include <set>
#include <utility>

namespace grapevine::broadcasting {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

/// Connections per node; each thread that publishes at the same time uses one.
constexpr std::size_t connections_max = 32;
/// The least that an attempt at one node is given, however many are still to be tried.
constexpr auto attempt_min = 500ms;

const broadcast_result ended{broadcast_errc::stopped, "The broadcaster has ended"};

std::chrono::seconds unix_now() {
  return std::chrono::duration_cast<std::chrono::seconds>(
      std::chrono::system_clock::now().time_since_epoch());
}

struct credentials {
  std::string app_id;
  std::string key;
  std::string secret;
};

net::outgoing_request to_http(const cluster_request& request, const node_url& node,
                              const credentials& as) {
  // Signed without the server's prefix: protocol.md 9.1.
  const auto query =
      protocol::signed_query("POST", request.path, {}, request.body, as.key, as.secret, unix_now());
  net::outgoing_request result;
  result.target = node.prefix + request.path + "?" + query;
  result.headers = {{"Content-Type", "application/json"}, {"X-Pusher-Library", "grapevine-cpp"}};
  result.body = request.body;
  return result;
}

/// One call of `send`: its requests go one after the other, so that events keep their order.
struct sending final : net::timer {
  std::vector<broadcast_item> items;
  std::shared_ptr<pending_results> results;
  std::vector<broadcast_result> worst;  ///< by item: of the requests that carried a part of it
  std::vector<std::size_t> parts;       ///< by item: requests that are still to be answered
  std::deque<cluster_request> requests;
  clock::time_point until;
  std::vector<std::size_t> nodes;  ///< still to be tried for the first request
  broadcast_result last;           ///< what the node before said
  std::uint64_t attempts = 0;      ///< an answer to any but the latest comes too late
  std::function<void()> on_late;

  void on_timer(net::time_point) override {
    if (on_late)
      on_late();
  }
};

class cluster_transport final : public transport {
public:
  cluster_transport(std::shared_ptr<loop_thread> on, cluster_nodes nodes, credentials as,
                    std::shared_ptr<const net::client_tls> tls)
      : on_{std::move(on)}, nodes_{std::move(nodes)}, as_{std::move(as)} {
    on_->run([&] {
      for (std::size_t i = 0; i < nodes_.size(); ++i) {
        net::http_client_settings with;
        with.host = nodes_[i].host;
        with.port = nodes_[i].port;
        with.tls = nodes_[i].tls ? tls : nullptr;
        with.connections_max = connections_max;
        clients_.push_back(std::make_unique<net::http_client>(on_->loop(), std::move(with)));
      }
    });
  }

  ~cluster_transport() override {
    stop();
  }

  std::vector<broadcast_result> send(const std::vector<broadcast_item>& items,
                                     clock::time_point until) override {
    auto one = std::make_shared<sending>();
    one->items = items;
    one->until = until;
    one->results = std::make_shared<pending_results>(items.size());
    one->worst.resize(items.size());
    one->parts.resize(items.size());
    on_->loop().post([this, one] { begin(one); });
    // The loop tells a late one itself, and what it was waiting for.
    return one->results->wait(until + 5s, {broadcast_errc::timed_out, "No answer in time"});
  }

  void stop() noexcept override {
    on_->run([this] {
      stopped_ = true;
      clients_.clear();
      while (!active_.empty())
        conclude(shared_sending{*active_.begin()}, ended);
    });
  }

private:
  using shared_sending = std::shared_ptr<sending>;

  void begin(const shared_sending& one) {
    active_.insert(one);
    add(*one, plan_requests(one->items, as_.app_id));
    next(one);
  }

  static void add(sending& one, std::vector<cluster_request> requests) {
    for (auto& request : requests) {
      for (auto place : request.places)
        ++one.parts[place];
      one.requests.push_back(std::move(request));
    }
  }

  /// Sends the first request that is left to the first node that is to be tried.
  void next(const shared_sending& one) {
    ++one->attempts;
    on_->loop().timers().disarm(*one);
    if (one->requests.empty()) {
      one->on_late = nullptr;
      active_.erase(one);
      return;
    }
    one->nodes = nodes_.order();
    one->last = {};
    attempt(one);
  }

  void attempt(const shared_sending& one) {
    if (stopped_)
      return conclude(one, ended);
    const auto now = clock::now();
    if (one->nodes.empty() || now >= one->until)
      return conclude(one, one->last.ok() ? broadcast_result{broadcast_errc::timed_out,
                                                             "There was no time left"}
                                          : one->last);
    const auto place = one->nodes.front();
    // What is left is shared by the nodes that are left, so that a silent one leaves some.
    const auto share = (one->until - now) / static_cast<long>(one->nodes.size());
    const auto attempt = ++one->attempts;
    one->on_late = [this, weak = std::weak_ptr{one}, place] {
      if (const auto late = weak.lock())
        try_other(late,
                  {broadcast_errc::timed_out, to_string(nodes_[place]) + ": no answer in time"});
    };
    on_->loop().timers().arm(
        *one, std::min(one->until, now + std::max<clock::duration>(share, attempt_min)));
    clients_[place]->send(to_http(one->requests.front(), nodes_[place], as_),
                          [this, one, place, attempt](net::request_result result) {
                            if (attempt == one->attempts)
                              on_result(one, place, std::move(result));
                          });
  }

  void try_other(const shared_sending& one, broadcast_result why) {
    one->last = std::move(why);
    one->nodes.erase(one->nodes.begin());
    attempt(one);
  }

  void on_result(const shared_sending& one, std::size_t place, net::request_result result) {
    if (const auto* failure = std::get_if<net::request_failure>(&result))
      return try_other(one, {failure->what == net::request_failure::kind::timed_out
                                 ? broadcast_errc::timed_out
                                 : broadcast_errc::unreachable,
                             to_string(nodes_[place]) + ": " + failure->why});
    const auto& answer = std::get<net::incoming_answer>(result);
    auto [said, other_node] = read_answer(answer.status, answer.body);
    if (other_node && one->nodes.size() > 1)
      return try_other(one, std::move(said));
    nodes_.answered(place);
    if ((answer.status == 400 || answer.status == 413) && one->requests.front().places.size() > 1)
      return part(one);
    conclude(one, said);
  }

  /// Sends the events of a refused batch one by one: a batch is refused as a whole.
  void part(const shared_sending& one) {
    const auto places = std::move(one->requests.front().places);
    one->requests.pop_front();
    std::vector<broadcast_item> items;
    for (auto place : places) {
      --one->parts[place];
      items.push_back(one->items[place]);
    }
    auto singles = plan_requests(items, as_.app_id, true);
    auto behind = std::exchange(one->requests, {});
    for (auto& request : singles)
      for (auto& place : request.places)
        place = places[place];
    add(*one, std::move(singles));
    for (auto& request : behind)
      one->requests.push_back(std::move(request));
    next(one);
  }

  /// The first request is done with.
  void conclude(const shared_sending& one, const broadcast_result& result) {
    for (auto place : one->requests.front().places) {
      if (one->worst[place].ok())
        one->worst[place] = result;
      if (--one->parts[place] == 0)
        one->results->tell(place, one->worst[place]);
    }
    one->requests.pop_front();
    next(one);
  }

  std::shared_ptr<loop_thread> on_;
  // Of the loop's thread:
  cluster_nodes nodes_;
  credentials as_;
  std::vector<std::unique_ptr<net::http_client>> clients_;  ///< by node
  std::set<shared_sending> active_;
  bool stopped_ = false;
};

}  // namespace

std::unique_ptr<transport> make_cluster_transport(std::shared_ptr<loop_thread> on,
                                                  const broadcast_settings& settings,
                                                  broadcast_result& error) {
  const auto misconfigured = [&](std::string why) {
    error = {broadcast_errc::misconfigured, std::move(why)};
    return nullptr;
  };
  if (settings.app_id.empty() || settings.key.empty() || settings.secret.empty())
    return misconfigured("The driver \"grapevine\" needs app_id, key and secret");
  std::string why;
  auto nodes = cluster_nodes::parse(settings.url, why);
  if (nodes.empty())
    return misconfigured(std::move(why));
  std::shared_ptr<const net::client_tls> tls;
  for (std::size_t i = 0; i < nodes.size() && !tls; ++i)
    if (nodes[i].tls && !(tls = net::client_tls::load(settings.ca_file, why)))
      return misconfigured(std::move(why));
  return std::make_unique<cluster_transport>(
      std::move(on), std::move(nodes), credentials{settings.app_id, settings.key, settings.secret},
      std::move(tls));
}

}  // namespace grapevine::broadcasting
