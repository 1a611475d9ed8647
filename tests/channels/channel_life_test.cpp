#define CAF_SUITE channels.channel_life

#include "channels/channel_core.hpp"
#include "channels/roster_core.hpp"

#include "caf/test/dsl.hpp"

#include "tests/channels/core_steps.hpp"

#include <nlohmann/json.hpp>
#include <rapidcheck.h>

#include <deque>
#include <map>
#include <optional>
#include <set>

using namespace grapevine::channels;
using namespace grapevine::channels::test;
using namespace std::chrono_literals;
namespace cluster = grapevine::cluster;

namespace {

using json = nlohmann::json;
using names_of = std::set<std::string>;

json read(const shared_bytes& frame) {
  return json::parse(frame->substr(static_cast<unsigned char>((*frame)[1]) < 126 ? 2 : 4));
}

/// A presence channel with its roster, the cluster and clients around it. Each of them answers at
/// any time, but in order. Clients keep what they were told.
class life {
public:
  void step() {
    switch (*rc::gen::inRange(0, 8)) {
    case 0:
    case 1:
      return subscribe();
    case 2:
      return unsubscribe();
    case 3:
      return let_cluster_answer();
    case 4:
      return elsewhere();
    case 5:
      now_ += *rc::gen::inRange(1, 400) * 1ms;
      return wake();
    default:
      return let_roster_answer();
    }
  }

  /// All have gone, and whatever was asked is answered.
  void end() {
    while (!inside_.empty())
      unsubscribe(*inside_.begin());
    while (!asked_.empty() || !wants_.empty()) {
      let_cluster_answer();
      let_roster_answer();
    }
    RC_ASSERT(core_.idle(now_));
    RC_ASSERT(core_.ticket() == 0);
    RC_ASSERT(shared_.empty());
    RC_ASSERT(!roster_);
    RC_ASSERT(!occupied_);
    for (const auto& [socket, times] : answers_)
      RC_ASSERT(times == 1);
    RC_ASSERT(answers_.size() == last_socket_);
  }

  void check() const {
    RC_ASSERT(core_.describe({.subscription_count = true}, now_).occupied == occupied_);
    if (!asked_.empty() || !roster_)
      return;
    const auto shown = roster_->view().user_ids();
    for (const auto& [socket, told] : told_)
      RC_ASSERT(told == names_of(shown.begin(), shown.end()));
    RC_ASSERT(*core_.describe({.user_count = true}, now_).user_count == shown.size());
  }

private:
  void subscribe() {
    const auto socket = ++last_socket_;
    inside_.insert(socket);
    answers_[socket] = 0;
    perform(core_.on_subscribe(tab(socket, "u" + std::to_string(*rc::gen::inRange(0, 4))), now_));
  }

  void unsubscribe() {
    if (!inside_.empty())
      unsubscribe(*std::next(inside_.begin(), *rc::gen::inRange<long>(0, std::ssize(inside_))));
  }

  void unsubscribe(std::uint64_t socket) {
    inside_.erase(socket);
    told_.erase(socket);
    perform(core_.on_unsubscribe(leaves(socket), now_));
  }

  void let_cluster_answer() {
    if (wants_.empty())
      return;
    cluster::channel_ready answer{wants_.front(), core_.channel(), {}, {}};
    wants_.pop_front();
    cluster::roster_change part{.node = there};
    for (const auto& user : elsewhere_)
      part.joins.push_back(
          std::make_shared<const cluster::roster_element>(cluster::roster_element{user, "{}", 1}));
    answer.roster.push_back(std::move(part));
    perform(core_.on_item(item(answer), now_));
  }

  /// Somebody comes or goes on another node, and says something here.
  void elsewhere() {
    const auto user = "u" + std::to_string(*rc::gen::inRange(2, 6));
    cluster::roster_change change{.node = there};
    if (elsewhere_.erase(user) > 0)
      change.leaves.push_back({user, false});
    else if (elsewhere_.insert(user).second)
      change.joins.push_back(
          std::make_shared<const cluster::roster_element>(cluster::roster_element{user, "{}", 1}));
    perform(core_.on_item(item(cluster::remote_roster{core_.channel(), std::move(change)}), now_));
    auto said = remote("presence-room", "client-x", "{}");
    said.flags = cluster::event_flag::client_event | cluster::event_flag::has_user_id;
    said.user_id = user;
    if (elsewhere_.contains(user))
      perform(core_.on_item(item(said), now_));
  }

  void wake() {
    if (!roster_ || !roster_wakes_ || *roster_wakes_ > now_)
      return;
    const auto later = roster_->on_wake(now_);
    roster_wakes_.reset();
    arm();
    perform(core_.on_news(later));
  }

  void arm() {
    if (const auto due = roster_->wake_at())
      roster_wakes_ = due;
  }

  void let_roster_answer() {
    if (asked_.empty())
      return;
    const auto next = std::move(asked_.front());
    asked_.pop_front();
    if (!roster_)
      roster_.emplace(here_alone);
    if (const auto* join = std::get_if<join_roster>(&next)) {
      const auto answer = roster_->on_join(*join, now_);
      arm();
      perform(core_.on_joined(*join, answer, now_));
    } else if (const auto* leave = std::get_if<leave_roster>(&next)) {
      const auto answer = roster_->on_leave(*leave, now_);
      arm();
      perform(core_.on_left(*leave, answer));
    } else if (const auto* begin = std::get_if<begin_roster>(&next)) {
      roster_->on_begin(*begin, now_);
    } else {
      const auto answer = roster_->on_change(std::get<change_roster>(next), now_);
      arm();
      perform(core_.on_changed(answer, now_));
    }
  }

  void perform(const channel_effects& effects) {
    for (const auto& each : effects)
      std::visit([this](const auto& x) { perform(x); }, each);
  }
  void perform(const deliver& x) {
    const auto message = read(x.frame);
    const auto event = message.at("event").get<std::string>();
    RC_ASSERT(occupied_);
    for (auto& [socket, told] : told_) {
      if (x.except.serial == socket)
        continue;
      if (event == "client-x") {
        RC_ASSERT(told.contains(message.at("user_id").get<std::string>()));
        continue;
      }
      const auto user = json::parse(message.at("data").get<std::string>()).at("user_id");
      const bool added = event == "pusher_internal:member_added";
      RC_ASSERT((added ? told.insert(user).second : told.erase(user) == 1));
    }
  }
  void perform(const let_in& x) {
    ++answers_[x.socket.serial];
    const auto data = json::parse(read(x.acknowledgement).at("data").get<std::string>());
    const auto ids = data.at("presence").at("ids").get<names_of>();
    for (const auto& user : shared_)  // the cluster first
      RC_ASSERT(ids.contains(user));
    if (inside_.contains(x.socket.serial))
      told_[x.socket.serial] = ids;
  }
  void perform(const refuse& x) {
    ++answers_[x.socket.serial];
    inside_.erase(x.socket.serial);
  }
  void perform(const set_occupied& x) {
    RC_ASSERT(occupied_ != x.occupied);
    occupied_ = x.occupied;
  }
  void perform(const join_roster& x) {
    asked_.emplace_back(x);
  }
  void perform(const leave_roster& x) {
    asked_.emplace_back(x);
  }
  void perform(const begin_roster& x) {
    asked_.emplace_back(x);
  }
  void perform(const change_roster& x) {
    asked_.emplace_back(x);
  }
  void perform(const end_roster&) {
    RC_ASSERT(asked_.empty());
    roster_.reset();
    roster_wakes_.reset();
  }
  void perform(const want& x) {
    RC_ASSERT(std::exchange(ticket_, x.ticket) == 0);
    wants_.push_back(x.ticket);
  }
  void perform(const unwant& x) {
    RC_ASSERT(std::exchange(ticket_, 0) == x.ticket);
  }
  void perform(const roster_join& x) {
    RC_ASSERT(shared_.insert(x.who.user_id).second);
  }
  void perform(const roster_leave& x) {
    RC_ASSERT(shared_.erase(x.user_id) == 1);
  }
  void perform(const forward&) {}
  void perform(const wake_at&) {}

  fake_numbers numbers_;
  channel_core core_{{0, "presence-room"}, &numbers_, 30min};
  std::optional<roster_core> roster_;
  std::optional<cluster::time_point> roster_wakes_;
  cluster::time_point now_ = start;

  std::deque<std::variant<join_roster, leave_roster, begin_roster, change_roster>> asked_;
  std::deque<std::uint64_t> wants_;
  names_of elsewhere_;  ///< members of the other node
  names_of shared_;     ///< members of this node, as the cluster knows them
  bool occupied_ = false;
  std::uint64_t ticket_ = 0;

  std::uint64_t last_socket_ = 0;
  std::set<std::uint64_t> inside_;
  std::map<std::uint64_t, std::size_t> answers_;
  std::map<std::uint64_t, names_of> told_;
};

}  // namespace

CAF_TEST(whoever answers late all are answered once and told what the roster knows) {
  const bool holds = rc::check([] {
    life all;
    for (auto steps = *rc::gen::inRange(0, 120); steps > 0; --steps) {
      all.step();
      all.check();
    }
    all.end();
  });
  CAF_CHECK(holds);
}
