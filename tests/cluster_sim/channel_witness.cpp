#include "channel_witness.hpp"

#include "node_run.hpp"
#include "nodes_oracle.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace grapevine::cluster::sim {

namespace {

using json = nlohmann::json;
using announcement = roster_view::announcement;

/// The message in a text frame.
json read(const channels::shared_bytes& frame) {
  const auto length = static_cast<unsigned char>((*frame)[1]);
  return json::parse(std::string_view{*frame}.substr(length < 126 ? 2 : length == 126 ? 4 : 10));
}

/// Its data, which are text themselves or not.
json read_data(const json& message) {
  const auto& data = message.at("data");
  return data.is_string() ? json::parse(data.get_ref<const std::string&>()) : data;
}

}  // namespace

std::string event_data(std::uint64_t event, epoch_t publisher) {
  return "[" + std::to_string(event) + "," + std::to_string(publisher) + "]";
}

std::uint64_t number_of(std::string_view data) {
  return json::parse(data).at(0).get<std::uint64_t>();
}

protocol::socket_id to_protocol(socket_id socket) {
  return {1, socket};
}

channel_witness::channel_witness(node_run& node, nodes_oracle& oracle, sim_channel& channel)
    : node_{node}, oracle_{oracle}, channel_{channel} {}

// -- what clients do

void channel_witness::on_subscribe(socket_id socket, const std::string& user) {
  pending_[socket] = {user, {}};
}

void channel_witness::on_unsubscribe(socket_id socket, bool moving) {
  if (subscribers_.contains(socket))
    go(socket, moving);
  else if (const auto found = pending_.find(socket); found != pending_.end())
    found->second.gone = moving;
}

void channel_witness::go(socket_id socket, bool moving) {
  oracle_.goes(node_, channel_, socket, moving);
  subscribers_.erase(socket);
}

// -- what they are told

void channel_witness::on(const channels::let_in& answer) {
  const auto socket = answer.socket.serial;
  const auto who = pending_.extract(socket).mapped();
  told_subscriber told{.user = who.user, .since = node_.now()};
  if (channel_.name().presence)
    told.members = read_data(read(answer.acknowledgement))["presence"]["ids"];
  subscribers_.emplace(socket, std::move(told));
  oracle_.let_in(node_, channel_, socket);
  if (who.gone)
    go(socket, *who.gone);
}

void channel_witness::on(const channels::refuse& answer) {
  pending_.erase(answer.socket.serial);
}

void channel_witness::on(const channels::deliver& event) {
  const auto message = read(event.frame);
  const auto data = read_data(message);
  const auto what = message.at("event").get<std::string>();
  const bool added = what == "pusher_internal:member_added";
  if (added || what == "pusher_internal:member_removed")
    return announce(added, data.at("user_id").get<std::string>(), event.except);
  std::optional<std::string> user;
  if (message.contains("user_id"))
    user = message.at("user_id").get<std::string>();
  for (auto& [socket, told] : subscribers_)
    if (to_protocol(socket) != event.except)
      oracle_.delivered(node_, channel_, socket, told, data.at(1).get<epoch_t>(),
                        data.at(0).get<std::uint64_t>(), user);
}

void channel_witness::announce(bool added, const std::string& user, protocol::socket_id except) {
  const announcement news{
      added ? announcement::kind::added : announcement::kind::removed, user, {}};
  oracle_.announced(node_, channel_, news);
  for (auto& [socket, told] : subscribers_)
    if (to_protocol(socket) != except)
      if (!(added ? told.members.insert(user).second : told.members.erase(user) > 0))
        oracle_.fail(node_, "tells a subscriber twice that " + user + " came or went");
}

}  // namespace grapevine::cluster::sim
