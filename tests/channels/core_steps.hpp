#pragma once

#include "channels/channel_core.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

/// What tests of `channel_core` feed it, and how they read its effects.
namespace grapevine::channels::test {

inline const cluster::time_point start{std::chrono::hours{1}};
inline constexpr cluster::epoch_t here = 11, there = 22;
inline const roster_view_settings here_alone{.self = here, .members_max = 3};

/// Tickets and stamps from 1.
struct fake_numbers final : cluster_numbers {
  cluster::epoch_t self() const noexcept override {
    return here;
  }
  std::uint64_t ticket() noexcept override {
    return ++tickets;
  }
  std::uint64_t stamp() noexcept override {
    return ++stamps;
  }
  void observe(std::uint64_t seen) noexcept override {
    stamps = std::max(stamps, seen);
  }
  std::uint64_t tickets = 0;
  std::uint64_t stamps = 0;
};

/// A socket on shard 0 that subscribes, to a presence channel as `user`.
inline subscription tab(std::uint64_t serial, const std::string& user = {}) {
  subscription who{.socket = {1, serial}, .serial = 1};
  if (!user.empty())
    who.who = protocol::presence_member{user, "{}"};
  return who;
}
inline unsubscription leaves(std::uint64_t serial) {
  return {.socket = {1, serial}};
}

inline channel_item item(cluster_item content) {
  return {std::make_shared<const std::vector<cluster_item>>(1, std::move(content)), 0};
}
/// The answer to the channel's want, or to another.
inline channel_item ready(const channel_core& core, std::uint64_t ticket = 0) {
  return item(cluster::channel_ready{ticket ? ticket : core.ticket(), core.channel(), {}, {}});
}
inline cluster::remote_event remote(const std::string& channel, const std::string& event,
                                    const std::string& data) {
  return {.channel = {0, channel}, .event = event, .data = data, .publisher = there};
}
inline cluster::remote_roster comes_elsewhere(const std::string& user) {
  cluster::roster_change change{.node = there};
  change.joins.push_back(
      std::make_shared<const cluster::roster_element>(cluster::roster_element{user, "{}", 3}));
  return {{0, "presence-room"}, std::move(change)};
}

/// The first effect of a kind.
template <class Effect>
Effect find(const channel_effects& effects) {
  for (const auto& each : effects)
    if (const auto* found = std::get_if<Effect>(&each))
      return *found;
  throw std::logic_error{"no such effect"};
}

// -- one word an effect

inline std::string name(const deliver& x) {
  const std::string key = R"({"event":")";
  const auto from = x.frame->find(key) + key.size();
  return "deliver:" + x.frame->substr(from, x.frame->find('"', from) - from);
}
inline std::string name(const let_in& x) {
  return "let_in:" + std::to_string(x.socket.serial);
}
inline std::string name(const refuse& x) {
  return "refuse:" + std::to_string(x.socket.serial);
}
inline std::string name(const set_occupied& x) {
  return x.occupied ? "occupied" : "vacated";
}
inline std::string name(const join_roster&) {
  return "join_roster";
}
inline std::string name(const leave_roster&) {
  return "leave_roster";
}
inline std::string name(const begin_roster&) {
  return "begin_roster";
}
inline std::string name(const change_roster&) {
  return "change_roster";
}
inline std::string name(const end_roster&) {
  return "end_roster";
}
inline std::string name(const want& x) {
  return "want:" + std::to_string(x.ticket);
}
inline std::string name(const unwant& x) {
  return "unwant:" + std::to_string(x.ticket);
}
inline std::string name(const roster_join& x) {
  return "roster_join:" + x.who.user_id;
}
inline std::string name(const roster_leave& x) {
  return "roster_leave:" + x.user_id;
}
inline std::string name(const forward& x) {
  return "forward:" + std::string{x.event.event};
}
inline std::string name(const wake_at&) {
  return "wake_at";
}

inline std::string names(const channel_effects& effects) {
  std::string line;
  for (const auto& each : effects) {
    if (!line.empty())
      line += ' ';
    line += std::visit([](const auto& x) { return name(x); }, each);
  }
  return line;
}

}  // namespace grapevine::channels::test
