#pragma once

// Include after CAF_SUITE is defined.
#include "actors/app_registry.hpp"
#include "actors/local_actors.hpp"
#include "actors/messages.hpp"
#include "net/service.hpp"

#include <caf/actor_cast.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/response_promise.hpp>
#include <caf/send.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "caf/test/dsl.hpp"

namespace grapevine::actors {

/// What a fake directory or cluster says, and what it was told.
struct script {
  protocol::channel_info channel;
  std::vector<std::string> users;
  channel_list list;
  cluster_answer others;
  std::string counters = "{}";
  std::string members = R"({"members":[]})";
  bool silent = false;  ///< keeps every question unanswered

  std::vector<publish> published;
  std::vector<ask_cluster> asked;
};
using shared_script = std::shared_ptr<script>;

/// Answers by the script. A silent one holds what it was asked until it ends.
class scripted_actor : public caf::event_based_actor {
public:
  scripted_actor(caf::actor_config& cfg, shared_script by)
      : caf::event_based_actor{cfg}, by_{std::move(by)} {}

  caf::behavior make_behavior() override {
    return {
        [this](const publish& event) {
          by_->published.push_back(event);
          return say(by_->channel);
        },
        [this](const describe&) { return say(by_->channel); },
        [this](const users_of&) { return say(user_list{by_->users}); },
        [this](const list&) { return say(by_->list); },
        [this](const ask_cluster& question) {
          by_->asked.push_back(question);
          return say(by_->others);
        },
        [this](const describe_cluster&) { return say(by_->counters); },
        [this](const describe_members&) { return say(by_->members); },
    };
  }

private:
  template <class Answer>
  caf::result<Answer> say(Answer answer) {
    auto promise = make_response_promise<Answer>();
    if (!by_->silent)
      promise.deliver(std::move(answer));
    return promise;
  }

  shared_script by_;
};

/// What became of one request.
struct reply_slot {
  std::optional<net::http_response> response;
  bool dropped = false;  ///< never answered: the session would say 500
};

class recording_responder final : public net::responder {
public:
  explicit recording_responder(std::shared_ptr<reply_slot> slot) : slot_{std::move(slot)} {}
  ~recording_responder() override {
    slot_->dropped = !slot_->response;
  }
  void answer(net::http_response response) override {
    CAF_CHECK(!slot_->response);
    slot_->response = std::move(response);
  }

private:
  std::shared_ptr<reply_slot> slot_;
};

/// A service between two scripted directories and, where the test starts it, a scripted cluster;
/// the scheduler does nothing by itself.
struct http_fixture : test_coordinator_fixture<> {
  http_fixture()
      : apps{{config::app_settings{.id = "1", .key = "k", .secret = "s"}}, {}}, local{2} {
    for (int i = 0; i < 2; ++i) {
      directories.push_back(std::make_shared<script>());
      local.directories.push_back(sys.spawn<scripted_actor>(directories.back()));
    }
  }
  ~http_fixture() {
    end(service_actor);
    end(local.cluster);
    for (auto& each : local.directories)
      end(each);
    local.directories.clear();
    consume_messages();
  }
  static void end(caf::actor& who) {
    if (who)
      caf::anon_send_exit(who, caf::exit_reason::user_shutdown);
    who = {};
  }

  void start_cluster() {
    cluster = std::make_shared<script>();
    local.cluster = sys.spawn<scripted_actor>(cluster);
  }
  /// `Service` is an actor and a net::service.
  template <class Service, class... Ts>
  void start(Ts&&... xs) {
    service_actor = sys.spawn<Service>(std::forward<Ts>(xs)...);
    service = static_cast<Service*>(caf::actor_cast<caf::abstract_actor*>(service_actor));
    consume_messages();
  }
  /// The directory is no more, but is still asked.
  void end_directory(std::size_t place) {
    caf::anon_send_exit(local.directories[place], caf::exit_reason::user_shutdown);
    consume_messages();
  }
  std::shared_ptr<reply_slot> ask(net::http_request request) {
    auto slot = std::make_shared<reply_slot>();
    // Called from a socket, not from a message: the scheduler's unit that ran it last is gone.
    static_cast<caf::local_actor*>(caf::actor_cast<caf::abstract_actor*>(service_actor))
        ->context(nullptr);
    service->handle(std::move(request), std::make_unique<recording_responder>(slot));
    consume_messages();
    return slot;
  }
  net::http_response get(const std::string& path) {
    return answered(ask({.method = "GET", .path = path}));
  }
  static net::http_response answered(const std::shared_ptr<reply_slot>& slot) {
    CAF_REQUIRE(slot->response);
    return *slot->response;
  }
  static std::string header(const net::http_response& response, std::string_view name) {
    for (const auto& [key, value] : response.headers)
      if (key == name)
        return value;
    return {};
  }
  void pass(caf::timespan time) {
    advance_time(time);
    consume_messages();
  }

  app_registry apps;
  local_actors local;
  std::vector<shared_script> directories;
  shared_script cluster;
  caf::actor service_actor;
  net::service* service = nullptr;
};

}  // namespace grapevine::actors
