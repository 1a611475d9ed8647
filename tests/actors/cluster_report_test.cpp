#define CAF_SUITE actors.cluster_report

#include "actors/cluster/cluster_report.hpp"

#include "caf/test/dsl.hpp"

#include <nlohmann/json.hpp>

using namespace grapevine;
using namespace grapevine::actors;

namespace {

const cluster::time_point start{std::chrono::seconds{1000}};

cluster::core_settings settings() {
  cluster::core_settings s;
  s.self.name = "n1";
  s.self.epoch = (std::uint64_t{1} << 60) + 1;
  s.self.address = {"fd00::7", 7400};
  s.apps = {"a"};
  return s;
}

struct fixture {
  cluster::node_core core{settings(), 1, start};

  void call(const cluster::node_call& what) {
    core.on_call(what, start);
    core.flush(start);
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(cluster_report_tests, fixture)

CAF_TEST(a node names itself as a member that is linked) {
  const auto all = nlohmann::json::parse(members_json(core)).at("members");
  CAF_REQUIRE_EQUAL(all.size(), 1u);
  CAF_CHECK_EQUAL(all[0].at("name"), "n1");
  CAF_CHECK_EQUAL(all[0].at("state"), "alive");
  CAF_CHECK_EQUAL(all[0].at("address"), "[fd00::7]:7400");
  CAF_CHECK_EQUAL(all[0].at("self"), true);
  CAF_CHECK_EQUAL(all[0].at("linked"), true);
  // More than a JSON number holds.
  CAF_CHECK_EQUAL(all[0].at("epoch"), "1152921504606846977");
}

CAF_TEST(a node that is leaving says so of itself) {
  call(cluster::calls::begin_leaving{});
  const auto all = nlohmann::json::parse(members_json(core)).at("members");
  CAF_CHECK_EQUAL(all[0].at("state"), "leaving");
}

CAF_TEST(the counters count this node and what it wants) {
  call(cluster::calls::want{{0, "news"}, 5, 1});
  const auto counters = nlohmann::json::parse(counters_json(core));
  CAF_CHECK_EQUAL(counters.at("members"), 1);
  CAF_CHECK_EQUAL(counters.at("links"), 0);
  CAF_CHECK_EQUAL(counters.at("own_interest"), 1);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST(what degrades the cluster is a warning) {
  using namespace cluster;
  member_news suspected{"n2", 22, member_state::alive, member_state::suspect, false};
  CAF_CHECK(line_of(suspected).level == spdlog::level::warn);
  CAF_CHECK_EQUAL(line_of(suspected).text, "A node is suspected to be gone node=n2");
  member_news restarted{"n2", 22, member_state::alive, member_state::dead, true};
  CAF_CHECK(line_of(restarted).level == spdlog::level::info);
  CAF_CHECK_EQUAL(line_of(restarted).text, "A node has changed node=n2 state=dead (restarted)");
  CAF_CHECK(line_of(link_news{link_news_kind::up, "n2", "10.0.0.2"}).level == spdlog::level::info);
  CAF_CHECK_EQUAL(line_of(link_news{link_news_kind::gap, "n2", "3 events were left out"}).text,
                  "Events of a node are missing node=n2 detail=\"3 events were left out\"");
}
