#pragma once

// Include after CAF_SUITE is defined.
#include "actors/directory_actor.hpp"

#include <caf/send.hpp>

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "caf/test/dsl.hpp"

namespace grapevine::actors {

using delivery = std::variant<add_subscriber, refuse_subscriber, deliver>;
using inbox = std::shared_ptr<std::deque<delivery>>;

/// Stands for one shard's fanout and keeps what it was sent, in order.
inline caf::behavior fake_fanout(caf::event_based_actor*, inbox in) {
  return {
      [in](const add_subscriber& m) { in->push_back(m); },
      [in](const refuse_subscriber& m) { in->push_back(m); },
      [in](const deliver& m) { in->push_back(m); },
  };
}

/// A directory with its channels between two fake fanouts, on a scheduler that does nothing by
/// itself.
struct channel_fixture : test_coordinator_fixture<> {
  channel_fixture()
      : apps{{config::app_settings{.id = "a", .key = "k", .secret = "s"}}, {}}, local{2} {
    local.roster.members_max = 2;
    for (int i = 0; i < 2; ++i) {
      shards.push_back(std::make_shared<std::deque<delivery>>());
      local.fanouts.push_back(sys.spawn(fake_fanout, shards.back()));
    }
  }
  /// Once all is as the test wants it.
  void start() {
    directory = sys.spawn<directory_actor>(apps, local);
    local.directories.push_back(directory);
    consume_messages();
  }
  ~channel_fixture() {
    caf::anon_send_exit(directory, caf::exit_reason::user_shutdown);
    for (auto& x : local.fanouts)
      caf::anon_send_exit(x, caf::exit_reason::user_shutdown);
    local.directories.clear();
    local.fanouts.clear();
    consume_messages();
  }

  static protocol::socket_id socket(std::uint64_t n) {
    return {1, n};
  }
  void enter(const std::string& channel, std::uint64_t who,
             std::optional<protocol::presence_member> member = {}, std::uint32_t shard = 0,
             bool repeated = false) {
    caf::anon_send(directory,
                   subscribe{{0, channel}, {socket(who), 1, shard, std::move(member), repeated}});
    consume_messages();
  }
  void exit(const std::string& channel, std::uint64_t who, std::uint32_t shard = 0) {
    caf::anon_send(directory, unsubscribe{{0, channel}, {socket(who), shard, local.draining()}});
    consume_messages();
  }
  template <class Answer, class Question>
  Answer ask(Question question) {
    auto request = self->request(directory, caf::infinite, std::move(question));
    consume_messages();
    std::optional<Answer> result;
    request.receive([&](const Answer& answer) { result = answer; },
                    [&](const caf::error& e) { CAF_FAIL("no answer: " << sys.render(e)); });
    return *result;
  }
  protocol::channel_info send_event(const std::string& channel, const std::string& data,
                                    std::uint64_t except = 0, protocol::info_request info = {}) {
    auto content = std::make_shared<const event_content>(event_content{"ev", data});
    return ask<protocol::channel_info>(
        publish{{0, channel}, content, except ? socket(except) : protocol::socket_id{}, info});
  }
  void pass(caf::timespan time) {
    advance_time(time);
    consume_messages();
  }

  template <class T>
  T next(std::size_t shard = 0) {
    CAF_REQUIRE(!shards[shard]->empty());
    auto head = std::move(shards[shard]->front());
    shards[shard]->pop_front();
    CAF_REQUIRE(std::holds_alternative<T>(head));
    return std::get<T>(std::move(head));
  }
  std::string next_event(std::size_t shard = 0) {
    return payload(next<deliver>(shard).frame);
  }
  /// The JSON in a frame of under 126 or under 65536 bytes.
  static std::string payload(const net::shared_bytes& frame) {
    CAF_REQUIRE(frame);
    return frame->substr(static_cast<unsigned char>((*frame)[1]) < 126 ? 2 : 4);
  }
  std::size_t channels() {
    return ask<channel_list>(list{0, "", {}}).channels.size();
  }

  app_registry apps;
  local_actors local;
  std::vector<inbox> shards;
  caf::actor directory;
  const protocol::presence_member ada{"42", R"({"name":"Ada"})"};
  const protocol::presence_member bob{"7", ""};
  const protocol::presence_member eve{"9", ""};
};

}  // namespace grapevine::actors
