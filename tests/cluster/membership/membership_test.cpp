#define CAF_SUITE cluster.membership

#include "cluster/membership/membership.hpp"

#include "caf/test/dsl.hpp"

#include <sstream>
#include <string>

using namespace grapevine::cluster;
using namespace std::literals;

namespace {

const time_point start{1000s};

node_info node(std::string name, epoch_t epoch) {
  node_info info;
  info.name = std::move(name);
  info.epoch = epoch;
  info.address = {info.name, 7000};
  return info;
}

rumour say(std::string name, epoch_t epoch, std::uint32_t incarnation, member_state state,
           epoch_t from = 0) {
  const auto info = node(std::move(name), epoch);
  rumour r;
  r.name = info.name;
  r.epoch = epoch;
  r.incarnation = incarnation;
  r.state = state;
  r.from = from;
  r.address = info.address;
  return r;
}

/// Node "a" with epoch 100, to which tests link b (200), c (300) and so on.
struct fixture {
  time_point now = start;
  membership_settings settings;
  membership a{node("a", 100), settings, 1, start};
  membership_effects effects;  ///< of the last call

  void link(const std::string& name, epoch_t epoch) {
    effects = a.on_link_up(node(name, epoch), now);
  }
  /// What the last call said of this node's own health; 0 if it did not.
  unsigned health() const {
    unsigned score = 0;
    for (const auto& each : effects)
      if (const auto* said = std::get_if<health_effect>(&each))
        score = said->score;
    return score;
  }
  void hear(epoch_t from, std::vector<rumour> rumours) {
    effects = a.on_frame(from, gossip_frame{std::move(rumours)}, now);
  }
  /// Ticks for so long; these peers send something before each.
  void run_for(duration time, std::vector<epoch_t> talking = {}) {
    effects.clear();
    for (const auto until = now + time; now < until;) {
      now += settings.tick_interval;
      for (const auto peer : talking)
        append(a.on_bytes(peer, now));
      append(a.tick(now));
    }
  }
  void append(const membership_effects& more) {
    effects.insert(effects.end(), more.begin(), more.end());
  }

  const member* find(const std::string& name) const {
    return a.members().find(std::string_view{name});
  }
  std::string state_of(const std::string& name) const {
    const auto* m = find(name);
    return m ? std::string{to_string(m->state)} : "unknown";
  }
  /// "200 alive>suspect" of each change in the effects.
  std::string changes() const {
    std::ostringstream all;
    for (const auto& each : effects)
      if (const auto* c = std::get_if<changed_effect>(&each))
        all << (all.tellp() > 0 ? " " : "") << c->peer << ' '
            << (c->from ? to_string(*c->from) : "") << '>' << to_string(c->to)
            << (c->superseded ? "!" : "");
    return all.str();
  }
  template <class Effect>
  std::vector<Effect> all() const {
    std::vector<Effect> found;
    for (const auto& each : effects)
      if (const auto* one = std::get_if<Effect>(&each))
        found.push_back(*one);
    return found;
  }
  template <class Frame>
  std::vector<std::pair<epoch_t, Frame>> sent() const {
    std::vector<std::pair<epoch_t, Frame>> found;
    for (const auto& each : all<send_effect>())
      if (const auto* frame = std::get_if<Frame>(&each.content))
        found.emplace_back(each.to, *frame);
    return found;
  }
  /// True if that rumour was gossiped to `to`.
  bool told(epoch_t to, const std::string& name, std::uint32_t incarnation,
            member_state state) const {
    for (const auto& [peer, frame] : sent<gossip_frame>())
      for (const auto& each : frame.rumours)
        if (peer == to && each.name == name && each.incarnation == incarnation
            && each.state == state)
          return true;
    return false;
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(membership_tests, fixture)

CAF_TEST(a new link introduces a member and is answered with all we know) {
  link("b", 200);
  CAF_CHECK_EQUAL(changes(), "200 >alive");
  const auto lists = sent<members_frame>();
  CAF_REQUIRE_EQUAL(lists.size(), 1u);
  CAF_CHECK_EQUAL(lists[0].first, 200u);
  CAF_CHECK_EQUAL(lists[0].second.rumours.size(), 2u);
}

CAF_TEST(members heard of are dialled) {
  link("b", 200);
  hear(200, {say("c", 300, 0, member_state::alive)});
  CAF_CHECK_EQUAL(changes(), "300 >alive");
  run_for(50ms);
  CAF_CHECK(all<dial_effect>() == std::vector{dial_effect{{"c", 7000}, 300}});
}

CAF_TEST(a silent member is probed then suspected then dead and its link dropped) {
  link("b", 200);
  run_for(500ms);
  const auto probes = sent<probe_frame>();
  CAF_REQUIRE(!probes.empty());
  CAF_CHECK_EQUAL(probes.back().first, 200u);
  CAF_CHECK_EQUAL(state_of("b"), "alive");
  run_for(500ms);
  CAF_CHECK_EQUAL(changes(), "200 alive>suspect");
  run_for(1950ms);
  CAF_CHECK_EQUAL(changes(), "");
  run_for(50ms);
  CAF_CHECK_EQUAL(changes(), "200 suspect>dead");
  CAF_CHECK(all<drop_link_effect>() == (std::vector{drop_link_effect{200, bye_reason::dead}}));
  CAF_CHECK(!find("b")->linked);
}

CAF_TEST(a member that sends anything is never suspected) {
  link("b", 200);
  run_for(20s, {200});
  CAF_CHECK_EQUAL(changes(), "");
}

CAF_TEST(a member vouched for by a relay is not suspected) {
  link("b", 200);
  link("c", 300);
  for (int i = 0; i < 40; ++i) {
    run_for(100ms, {300});
    for (const auto& [relay, request] : sent<probe_req_frame>()) {
      CAF_CHECK_EQUAL(relay, 300u);
      CAF_CHECK_EQUAL(request.target, 200u);
      a.on_frame(relay, probe_ack_frame{request.nonce, 0, {}}, now);
    }
  }
  CAF_CHECK_EQUAL(state_of("b"), "alive");
}

CAF_TEST(a lost link is suspect at once but not after a bye) {
  link("b", 200);
  link("c", 300);
  effects = a.on_link_lost(200, false, now);
  CAF_CHECK_EQUAL(changes(), "200 alive>suspect");
  CAF_CHECK(told(300, "b", 0, member_state::suspect));
  effects = a.on_link_lost(300, true, now);
  CAF_CHECK_EQUAL(changes(), "");
}

CAF_TEST(a lost link confirms the suspicion of others) {
  link("b", 200);
  link("c", 300);
  run_for(1200ms, {300});
  a.on_frame(300, gossip_frame{{say("b", 200, 1, member_state::suspect, 300)}}, now);
  const auto before = find("b")->suspected->confirmations();
  a.on_link_lost(200, false, now);
  CAF_CHECK_EQUAL(find("b")->suspected->confirmations(), before + 1);
}

CAF_TEST(who hears that it is suspect or dead refutes with a higher incarnation on all links) {
  link("b", 200);
  link("c", 300);
  hear(200, {say("a", 100, 0, member_state::suspect, 300)});
  CAF_CHECK_EQUAL(a.self().incarnation, 1u);
  CAF_CHECK_EQUAL(health(), 1u);
  CAF_CHECK(told(200, "a", 1, member_state::alive));
  CAF_CHECK(told(300, "a", 1, member_state::alive));
  hear(300, {say("a", 100, 0, member_state::dead)});
  CAF_CHECK_EQUAL(a.self().incarnation, 1u);
  hear(300, {say("a", 100, 4, member_state::dead)});
  CAF_CHECK_EQUAL(a.self().incarnation, 5u);
}

CAF_TEST(who is taken for dead can refute to whom it takes for dead itself) {
  link("b", 200);
  run_for(4s);
  CAF_CHECK_EQUAL(state_of("b"), "dead");
  link("b", 200);
  CAF_CHECK_EQUAL(state_of("b"), "dead");
  hear(200, {say("a", 100, 0, member_state::dead)});
  CAF_CHECK(told(200, "a", 1, member_state::alive));
}

CAF_TEST(a higher incarnation revives the dead) {
  link("b", 200);
  run_for(4s);
  link("b", 200);
  hear(200, {say("b", 200, 1, member_state::alive)});
  CAF_CHECK_EQUAL(changes(), "200 dead>alive");
}

CAF_TEST(a higher epoch supersedes and the lower one never comes back) {
  link("b", 200);
  link("c", 300);
  hear(300, {say("b", 250, 0, member_state::alive)});
  CAF_CHECK_EQUAL(changes(), "200 alive>dead! 250 >alive");
  CAF_CHECK(all<drop_link_effect>()
            == (std::vector{drop_link_effect{200, bye_reason::stale_epoch}}));
  hear(300, {say("b", 200, 9, member_state::alive)});
  CAF_CHECK_EQUAL(changes(), "");
  CAF_CHECK(a.members().find(epoch_t{200}) == nullptr);
}

CAF_TEST(a newer run takes its place in a full table) {
  settings.members_max = 2;
  a = membership{node("a", 100), settings, 1, now};
  link("b", 200);
  link("c", 300);
  hear(300, {say("d", 400, 0, member_state::alive), say("b", 250, 0, member_state::alive)});
  CAF_CHECK_EQUAL(state_of("d"), "unknown");
  CAF_CHECK_EQUAL(find("b")->info.epoch, 250u);
}

CAF_TEST(left is final for its epoch) {
  link("b", 200);
  hear(200, {say("b", 200, 0, member_state::left, 200)});
  CAF_CHECK_EQUAL(changes(), "200 alive>left");
  hear(200, {say("b", 200, 9, member_state::alive)});
  CAF_CHECK_EQUAL(state_of("b"), "left");
  run_for(3s);
  CAF_CHECK(all<drop_link_effect>() == (std::vector{drop_link_effect{200, bye_reason::leaving}}));
  CAF_CHECK(all<dial_effect>().empty());
  CAF_CHECK(a.admit(node("b", 200), now).outcome == admission_verdict::kind::stale_epoch);
  link("b", 201);
  CAF_CHECK_EQUAL(changes(), "201 >alive");
}

CAF_TEST(what is said about a member that is heard goes to that member) {
  link("b", 200);
  link("c", 300);
  for (const auto verdict : {member_state::suspect, member_state::dead}) {
    run_for(1s, {200, 300});
    hear(300, {say("b", 200, 0, verdict, 300)});
    CAF_CHECK_EQUAL(changes(), "");
    CAF_CHECK(told(200, "b", 0, verdict));
  }
}

CAF_TEST(the verdict of others about a silent member leaves it time to refute) {
  link("b", 200);
  link("c", 300);
  a.on_link_lost(200, true, now);
  hear(300, {say("b", 200, 0, member_state::dead)});
  CAF_CHECK_EQUAL(changes(), "200 alive>suspect");
  for (int i = 0; i < 14; ++i) {
    run_for(100ms, {300});
    CAF_CHECK_EQUAL(changes(), "");
    for (const auto& [relay, request] : sent<probe_req_frame>())
      a.on_frame(relay, probe_nack_frame{request.nonce}, now);
  }
  run_for(100ms, {300});
  CAF_CHECK_EQUAL(changes(), "200 suspect>dead");
}

CAF_TEST(after an own pause nobody is judged for a period and the silence does not count) {
  link("b", 200);
  link("c", 300);
  run_for(1s, {200, 300});
  now += 20s;
  effects = a.tick(now);
  CAF_CHECK_EQUAL(changes(), "");
  CAF_CHECK(sent<probe_frame>().size() >= 2);
  CAF_CHECK_EQUAL(health(), 2u);
  a.on_link_lost(200, false, now);
  run_for(450ms);
  CAF_CHECK_EQUAL(state_of("b"), "alive");
  CAF_CHECK_EQUAL(state_of("c"), "alive");
}

CAF_TEST(a frame that comes before the first tick after a pause finds nobody dead) {
  link("b", 200);
  link("c", 300);
  now += 20s;
  effects = a.on_bytes(200, now);
  CAF_CHECK_EQUAL(health(), 2u);
  append(a.tick(now));
  CAF_CHECK_EQUAL(changes(), "");
}

CAF_TEST(a leaver waits for the acks of its goodbye) {
  link("b", 200);
  link("c", 300);
  run_for(1s, {200});
  effects = a.leave(now);
  const auto goodbyes = sent<probe_frame>();
  CAF_REQUIRE_EQUAL(goodbyes.size(), 2u);
  CAF_CHECK(goodbyes[0].second.rumours.at(0).state == member_state::left);
  const auto nonce = goodbyes[0].second.nonce;
  a.on_frame(200, probe_ack_frame{nonce, 0, {}}, now);
  effects = a.on_frame(300, probe_ack_frame{nonce + 1, 0, {}}, now);
  CAF_CHECK(all<left_effect>().empty());
  effects = a.on_frame(300, probe_ack_frame{nonce, 0, {}}, now);
  CAF_CHECK_EQUAL(all<left_effect>().size(), 1u);
}

CAF_TEST(a leaver waits neither for lost links nor longer than a second) {
  link("b", 200);
  link("c", 300);
  a.leave(now);
  CAF_CHECK(a.on_link_lost(200, false, now).empty());
  run_for(950ms);
  CAF_CHECK(all<left_effect>().empty());
  run_for(50ms);
  CAF_CHECK_EQUAL(all<left_effect>().size(), 1u);
  run_for(5s);
  CAF_CHECK(effects.empty());
}

CAF_TEST(a node alone has left at once) {
  effects = a.leave(now);
  CAF_CHECK_EQUAL(all<left_effect>().size(), 1u);
}

CAF_TEST(new flags are announced under a new incarnation) {
  link("b", 200);
  effects = a.set_flags(node_flag::ready, now);
  CAF_CHECK(told(200, "a", 1, member_state::alive));
  CAF_CHECK(a.set_flags(node_flag::ready, now).empty());
  auto news = say("b", 200, 1, member_state::alive);
  news.flags = node_flag::ready;
  hear(200, {news});
  CAF_CHECK_EQUAL(changes(), "200 alive>alive");
}

CAF_TEST(admission compares names and epochs) {
  using enum admission_verdict::kind;
  link("b", 200);
  CAF_CHECK(a.admit(node("b", 200), now).outcome == welcome);
  CAF_CHECK(a.admit(node("b", 201), now).outcome == welcome);
  const auto stale = a.admit(node("b", 199), now);
  CAF_CHECK(stale.outcome == stale_epoch);
  CAF_CHECK_EQUAL(stale.seen, 200u);
  CAF_CHECK(a.admit(node("c", 200), now).outcome == name_conflict);
  CAF_CHECK(a.admit(node("c", 100), now).outcome == name_conflict);
  CAF_CHECK(a.admit(node("a", 101), now).outcome == name_conflict);
  CAF_CHECK(a.admit(node("no name", 7), now).outcome == name_conflict);
  CAF_CHECK(a.admit(node("c", 0), now).outcome == name_conflict);
}

CAF_TEST(the name of a node that lives at another address is taken) {
  using enum admission_verdict::kind;
  link("b", 200);
  auto twin = node("b", 201);
  twin.address.port = 7001;
  CAF_CHECK(a.admit(twin, now).outcome == name_conflict);
  now += 20s;
  CAF_CHECK(a.admit(twin, now).outcome == welcome);
}

CAF_TEST(views that differ are repaired even while everybody talks) {
  link("b", 200);
  run_for(5s, {200});
  const auto probes = sent<probe_frame>();
  CAF_CHECK_EQUAL(probes.size(), 10u);
  effects =
      a.on_frame(200, probe_ack_frame{probes.back().second.nonce, a.view_hash() + 1, {}}, now);
  CAF_CHECK_EQUAL(sent<members_frame>().size(), 1u);
  effects = a.on_frame(200, probe_ack_frame{probes.back().second.nonce, a.view_hash(), {}}, now);
  CAF_CHECK(sent<members_frame>().empty());
}

CAF_TEST(seeds are dialled until a member is known and later where none is) {
  settings.seeds = {{"a", 7000}, {"b", 7000}, {"x", 7000}};
  a = membership{node("a", 100), settings, 1, now};
  effects = a.tick(now);
  CAF_CHECK(all<dial_effect>()
            == (std::vector{dial_effect{{"b", 7000}, 0}, dial_effect{{"x", 7000}, 0}}));
  link("b", 200);
  run_for(25s, {200});
  const auto dials = all<dial_effect>();
  CAF_CHECK(dials.size() == 2u || dials.size() == 3u);
  for (const auto& each : dials)
    CAF_CHECK_EQUAL(each.address.host, "x");
}

CAF_TEST_FIXTURE_SCOPE_END()
