#include "broadcast/cluster_requests.hpp"

#include "base/json_text.hpp"
#include "base/percent.hpp"
#include "protocol/json.hpp"

#include <algorithm>

namespace grapevine::broadcasting {

namespace {

constexpr std::size_t channels_max = 100;
constexpr std::size_t batch_max = 10;
constexpr std::size_t batch_bytes_max = 512u << 10;  // half of limits.request_body's default
constexpr std::size_t quoted_max = 200;

json event_body(const broadcast_item& item) {
  json body{{"name", item.event}, {"data", item.data}};
  if (!item.except.empty())
    body["socket_id"] = item.except;
  return body;
}

/// Collects events of one channel each, as long as they fit into one batch.
class batch {
public:
  bool fits(const broadcast_item& item) const {
    return events_.size() + item.channels.size() <= batch_max
           && bytes_ + item.data.size() * item.channels.size() <= batch_bytes_max;
  }
  void add(const broadcast_item& item, std::size_t place) {
    items_.push_back(&item);
    places_.push_back(place);
    for (const auto& channel : item.channels) {
      auto body = event_body(item);
      body["channel"] = channel;
      events_.push_back(std::move(body));
    }
    bytes_ += item.data.size() * item.channels.size();
  }
  const std::vector<const broadcast_item*>& items() const {
    return items_;
  }
  cluster_request take(const std::string& app) {
    cluster_request request{app + "/batch_events", base::json_text(json{{"batch", events_}}),
                            std::move(places_)};
    *this = batch{};
    return request;
  }

private:
  std::vector<const broadcast_item*> items_;
  std::vector<std::size_t> places_;
  std::vector<json> events_;
  std::size_t bytes_ = 0;
};

void add_single(const broadcast_item& item, std::size_t place, const std::string& app,
                std::vector<cluster_request>& out) {
  for (std::size_t from = 0; from < item.channels.size(); from += channels_max) {
    auto body = event_body(item);
    const auto begin = item.channels.begin() + static_cast<std::ptrdiff_t>(from);
    const auto count = std::min(channels_max, item.channels.size() - from);
    body["channels"] = std::vector<std::string>(begin, begin + static_cast<std::ptrdiff_t>(count));
    out.push_back({app + "/events", base::json_text(body), {place}});
  }
}

/// A clause of the server's own, for a message.
std::string error_of(std::string_view body) {
  constexpr std::size_t depth_max = 8;
  const auto answer = protocol::parse_json(body, depth_max);
  if (!answer || !answer->is_object())
    return {};
  const auto found = answer->find("error");
  if (found == answer->end() || !found->is_string())
    return {};
  return found->get<std::string>().substr(0, quoted_max);
}

}  // namespace

std::vector<cluster_request> plan_requests(const std::vector<broadcast_item>& items,
                                           std::string_view app_id, bool singly) {
  const auto app = "/apps/" + base::percent_encode(app_id);
  std::vector<cluster_request> requests;
  batch open;
  std::size_t first = 0;
  const auto close = [&] {
    if (open.items().size() == 1) {
      add_single(*open.items().front(), first, app, requests);
      open = batch{};
    } else if (!open.items().empty()) {
      requests.push_back(open.take(app));
    }
  };
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (singly || !open.fits(items[i]))
      close();
    if (singly || !open.fits(items[i])) {
      add_single(items[i], i, app, requests);
      continue;
    }
    if (open.items().empty())
      first = i;
    open.add(items[i], i);
  }
  close();
  return requests;
}

cluster_verdict read_answer(unsigned status, std::string_view body) {
  if (status == 200 || status == 202)
    return {};
  auto message = "The cluster answered " + std::to_string(status);
  if (const auto error = error_of(body); !error.empty())
    message += ": " + error;
  if (status == 413)
    return {{broadcast_errc::too_large, std::move(message)}};
  if (status == 429)
    return {{broadcast_errc::overloaded, std::move(message)}};
  if (status == 502 || status == 503 || status == 504)
    return {{broadcast_errc::overloaded, std::move(message)}, true};
  if (status >= 500)
    return {{broadcast_errc::failed, std::move(message)}, true};
  return {{broadcast_errc::refused, std::move(message)}};
}

}  // namespace grapevine::broadcasting
