#include "actors/bridges.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace grapevine::actors {

namespace {

// `which` and `bridge_duty::hands_on` have a bit for each.
static_assert(config::bridges_max == cluster::bridges_max && cluster::bridges_max <= 64);

std::size_t size_of(const bridge_event& event) noexcept {
  return event.content->event.size() + event.content->data.size();
}

bool takes(const bridge& to, std::uint32_t app, const bridge* from) noexcept {
  if (!to.outward || to.app != app || &to == from)
    return false;
  return !from || to.other_side.empty() || to.other_side != from->other_side;
}

}  // namespace

bridge& bridges::add(const config::bridge_settings& settings) {
  return *all_.emplace_back(std::make_unique<bridge>(settings));
}

void bridges::publish(std::uint32_t app, const std::vector<std::string>& channels,
                      const std::shared_ptr<const event_content>& content,
                      protocol::socket_id except, const bridge* from, std::uint64_t which) const {
  for (const auto& to : all_) {
    const bool chosen = (std::exchange(which, which >> 1) & 1) != 0;
    if (!chosen || !takes(*to, app, from))
      continue;
    bridge_event event{content, {}, except};
    std::copy_if(channels.begin(), channels.end(), std::back_inserter(event.channels),
                 [&](const auto& channel) { return to->filter.matches(channel); });
    if (event.channels.empty())
      continue;
    const auto bytes = size_of(event);
    if (to->handed_over.fetch_add(bytes, std::memory_order_relaxed) > to->settings.queue_bytes) {
      to->handed_over.fetch_sub(bytes, std::memory_order_relaxed);
      to->dropped.fetch_add(1, std::memory_order_relaxed);
      continue;
    }
    caf::anon_send(to->actor, std::move(event));
  }
}

std::vector<cluster::bridge_report> bridges::reports() const {
  std::vector<cluster::bridge_report> reports;
  for (const auto& each : all_) {
    const bool hears = each->hears.load(std::memory_order_relaxed);
    reports.push_back(
        {each->id, static_cast<std::uint8_t>((hears ? cluster::bridge_role::hears : 0)
                                             | (each->outward ? cluster::bridge_role::sends : 0))});
  }
  return reports;
}

void bridges::set_duties(const std::vector<cluster::bridge_duty>& duties) const {
  for (std::size_t i = 0; i < std::min(duties.size(), all_.size()); ++i) {
    all_[i]->leads.store(duties[i].leads, std::memory_order_relaxed);
    all_[i]->covers_others.store(duties[i].covers_others, std::memory_order_relaxed);
    all_[i]->hands_on.store(duties[i].hands_on, std::memory_order_relaxed);
  }
}

std::string bridges::readiness() const {
  std::string body = R"({"ok":true,"bridges":[)";
  for (const auto& each : all_) {
    body += body.ends_with('[') ? "" : ",";
    body += R"({"driver":")" + each->settings.driver + R"(","state":")";
    body += to_string(each->state.load(std::memory_order_relaxed));
    body += R"("})";
  }
  return body + "]}";
}

}  // namespace grapevine::actors
