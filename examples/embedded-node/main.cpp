// A program that is itself a node of the cluster: it serves WebSocket clients, says who may
// subscribe, and broadcasts what happens to its models without a request leaving the process.
//
//   ./embedded_node [--listen HOST:PORT] [--cluster HOST:PORT] [--seeds HOST:PORT,...]
//
// Prints where it listens, then reads lines: "created ID EMAIL", "updated ID EMAIL", "deleted ID",
// "message ROOM TEXT". Ends with its standard input. Whoever asks the auth endpoint is known by a
// bearer token "token-of-NAME".

#include <grapevine/node.hpp>

#include <iostream>
#include <map>
#include <optional>
#include <sstream>
#include <string>

using namespace grapevine;

namespace {

/// The program's own idea of a user.
struct member {
  std::string id;
  std::string name;
};

const std::map<std::string, member> members{
    {"token-of-ada", {"1", "Ada"}},
    {"token-of-bob", {"2", "Bob"}},
};

bool owns(const member& who, int order) {
  return who.id == "1" && order == 7;
}

/// A class instead of a lambda, where a channel needs more than a line.
struct RoomChannel {
  std::optional<presence_info> join(const member& who, std::string_view room) const {
    if (room == "attic")
      return std::nullopt;
    return presence_info{{"name", who.name}};
  }
};

struct User : broadcasts_model<User> {
  User(int with_id, std::string with_email) : id{with_id}, email{std::move(with_email)} {}

  int id;
  std::string email;

  channel_list broadcast_on(model_event) const {
    return public_channel("users");
  }
  json broadcast_with(model_event) const {
    return {{"id", id}, {"email", email}};
  }
};

void register_channels(channel_registry& channels) {
  // Whose request it is. A program would look a session or a token up here.
  channels.authenticate([](const auth_request& request) -> std::optional<claims> {
    const auto found = members.find(std::string{request.bearer_token()});
    if (found == members.end())
      return std::nullopt;
    return claims{found->second.id, {{"name", found->second.name}}};
  });
  channels.users([](const claims& from) -> std::optional<member> {
    return member{from.id(), from["name"].get<std::string>()};
  });
  channels.channel("private-user.{id}",
                   [](const member& who, std::string_view id) { return who.id == id; });
  channels.channel("private-order.{id}", [](const member& who, int id) { return owns(who, id); });
  channels.channel("presence-users", [](const member& who) {
    return presence_info{{"name", who.name}};
  });
  channels.channel<RoomChannel>("presence-chat.{room}");
}

/// Broadcasts what one line tells of; nothing when it makes no sense.
std::optional<broadcast_result> perform(const broadcaster& broadcast, const std::string& line) {
  std::istringstream words{line};
  std::string what, rest;
  words >> what;
  if (what == "message") {
    std::string room;
    words >> room;
    std::getline(words >> std::ws, rest);
    return broadcast.presence("chat." + room).broadcast("MessageSent", {{"message", rest}});
  }
  int id = 0;
  words >> id >> rest;
  const User user{id, rest};
  if (what == "created")
    return user.broadcast_created(broadcast);
  if (what == "updated")
    return user.broadcast_updated(broadcast);
  if (what == "deleted")
    return user.broadcast_deleted(broadcast);
  return std::nullopt;
}

bool read_options(int argc, char** argv, node_settings& into) {
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    const std::string value = argv[i + 1];
    if (name == "--listen")
      into.listen = value;
    else if (name == "--cluster")
      into.cluster_listen = value;
    else if (name == "--seeds")
      into.seeds = {value};
    else
      return false;
  }
  return argc % 2 == 1;
}

}  // namespace

int main(int argc, char** argv) {
  node_settings settings{
      .listen = "127.0.0.1:0", .app_id = "app-id", .key = "app-key", .secret = "app-secret"};
  if (!read_options(argc, argv, settings)) {
    std::cerr << "usage: embedded_node [--listen HOST:PORT] [--cluster HOST:PORT] [--seeds "
                 "HOST:PORT,...]\n";
    return 2;
  }
  node here{settings};
  register_channels(here.channels());
  if (const auto started = here.start(); !started) {
    std::cerr << started.message() << '\n';
    return 1;
  }
  std::cout << "listening " << here.client_address() << std::endl;

  for (std::string line; std::getline(std::cin, line);) {
    const auto result = perform(here.broadcast(), line);
    std::cout << (!result ? "what?" : *result ? "ok" : result->message()) << std::endl;
  }
  here.stop();
  return 0;
}
