#pragma once

// Include after CAF_SUITE is defined.
#include "actors/connection_actor.hpp"

#include "tests/actors/fake_websocket.hpp"

#include <caf/send.hpp>

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "caf/test/dsl.hpp"

namespace grapevine::actors {

using channel_request = std::variant<subscribe, unsubscribe, client_event>;
using asked_list = std::shared_ptr<std::deque<channel_request>>;

/// Stands for the directory and keeps what connections asked of it, in order.
inline caf::behavior fake_directory(caf::event_based_actor*, asked_list heard) {
  return {
      [heard](const subscribe& m) { heard->push_back(m); },
      [heard](const unsubscribe& m) { heard->push_back(m); },
      [heard](const client_event& m) { heard->push_back(m); },
  };
}

/// A connection's actor with its socket.
struct test_client {
  std::unique_ptr<fake_websocket> socket = std::make_unique<fake_websocket>();
  connection_actor* connection = nullptr;

  const std::vector<std::string>& events() const {
    return socket->frames;
  }
  void say(const std::string& json) const {
    leave_context();
    connection->on_text(json);
  }
  void hang_up() {
    leave_context();
    std::exchange(connection, nullptr)->on_closed();
  }
  /// The socket calls the actor from outside of the scheduler, whose last turn with it is over.
  void leave_context() const {
    connection->context(nullptr);
  }
  void subscribe(const std::string& channel) const {
    say(R"({"event":"pusher:subscribe","data":{"channel":")" + channel + "\"}}");
  }
  void unsubscribe(const std::string& channel) const {
    say(R"({"event":"pusher:unsubscribe","data":{"channel":")" + channel + "\"}}");
  }
};

/// One shard's hub with real connections over fake sockets, and a fake directory behind them, on a
/// scheduler that does nothing by itself.
struct hub_fixture : test_coordinator_fixture<> {
  hub_fixture() : apps{{config::app_settings{.id = "a", .key = "k", .secret = "s"}}, {}}, local{1} {
    local.directories.push_back(sys.spawn(fake_directory, heard));
    consume_messages();
  }
  ~hub_fixture() {
    for (auto& each : clients)
      if (each.connection)
        each.hang_up();
    caf::anon_send_exit(local.directories.front(), caf::exit_reason::user_shutdown);
    local.directories.clear();
    consume_messages();
  }

  test_client& connect() {
    auto handle = sys.spawn<connection_actor>(hub, local, apps.at(0), loop);
    auto& made = clients.emplace_back();
    made.connection =
        dynamic_cast<connection_actor*>(caf::actor_cast<caf::abstract_actor*>(handle));
    hub.add(*made.connection, handle);
    made.connection->on_open(*made.socket);
    return made;
  }
  void disconnect(test_client& who) {
    who.hang_up();
    consume_messages();
  }
  /// The oldest thing that was asked of the directory.
  template <class T>
  T next_asked() {
    consume_messages();
    CAF_REQUIRE(!heard->empty());
    auto head = std::move(heard->front());
    heard->pop_front();
    CAF_REQUIRE(std::holds_alternative<T>(head));
    return std::get<T>(std::move(head));
  }
  static net::shared_bytes bytes(const std::string& text) {
    return std::make_shared<const std::string>(text);
  }
  /// What the channel says when it lets the asker in.
  static add_subscriber answer(const subscribe& asked, const std::string& acknowledgement,
                               net::shared_bytes after = nullptr) {
    return {asked.channel, asked.request.socket, asked.request.serial, bytes(acknowledgement),
            std::move(after)};
  }
  static deliver event(const std::string& channel, const std::string& text,
                       protocol::socket_id except = {}) {
    return {{0, channel}, bytes(text), except};
  }

  app_registry apps;
  local_actors local;
  net::loop loop;
  local_hub hub{apps, 0, 77};
  asked_list heard = std::make_shared<std::deque<channel_request>>();
  std::deque<test_client> clients;
};

}  // namespace grapevine::actors
