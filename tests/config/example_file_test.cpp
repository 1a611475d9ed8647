#define CAF_SUITE config.example_file

#include "config/field.hpp"
#include "drivers/ably_driver.hpp"
#include "drivers/pusher_driver.hpp"
#include "drivers/redis_driver.hpp"
#include "loading.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include "caf/test/dsl.hpp"

using namespace grapevine;
using namespace grapevine::config;

namespace {

std::string read(const std::string& name) {
  std::ifstream file{std::string{GRAPEVINE_SOURCE_DIR} + "/" + name};
  CAF_REQUIRE(file.good());
  return {std::istreambuf_iterator<char>{file}, {}};
}

/// Takes the # away from every key and header; prose has a blank after it.
std::string uncommented(const std::string& text) {
  std::istringstream in{text};
  std::string result, line;
  while (std::getline(in, line))
    result += (line.size() > 1 && line[0] == '#' && line[1] != ' ' ? line.substr(1) : line) + "\n";
  return result;
}

/// The dotted path of every key in an uncommented file.
std::set<std::string> keys_in(const std::string& text) {
  std::set<std::string> result;
  std::istringstream in{text};
  std::string section, line;
  while (std::getline(in, line)) {
    if (line.starts_with('[')) {
      auto first = line.find_first_not_of('[');
      section = line.substr(first, line.find(']') - first);
    } else if (!line.empty() && !line.starts_with('#')) {
      result.insert(section + "." + line.substr(0, line.find(' ')));
    }
  }
  return result;
}

template <class Table>
void add_names(const std::string& path, const std::vector<field<Table>>& fields,
               std::set<std::string>& names) {
  for (const auto& name : names_of(fields))
    names.insert(path + name);
}

/// The dotted path of every key a configuration file may hold.
std::set<std::string> known_keys() {
  std::set<std::string> result;
  add_names("", setting_fields(drivers::sections()), result);
  add_names("app.", app_fields(), result);
  add_names("app.webhook.", webhook_fields(), result);
  add_names("channel.", channel_rule_fields(), result);
  add_names("bridge.", bridge_fields(drivers::sections()), result);
  return result;
}

}  // namespace

CAF_TEST(the example names every key and no other) {
  const auto known = known_keys();
  CAF_CHECK(known.size() > 80);
  CAF_CHECK_EQUAL(keys_in(uncommented(read("grapevine.example.toml"))), known);
}

CAF_TEST(the example with every key in force has no problem) {
  sources from;
  from.toml = uncommented(read("grapevine.example.toml"));
  from.toml_name = "grapevine.example.toml";
  auto result = load(from);
  CAF_CHECK_EQUAL(print(result.problems), lines());
  CAF_CHECK_EQUAL(result.value.apps.size(), 1u);
  CAF_CHECK_EQUAL(result.value.channels.size(), 3u);
}

CAF_TEST(the example as it stands changes nothing) {
  auto result = load(with_app(read("grapevine.example.toml")));
  CAF_CHECK_EQUAL(print(result.problems), lines());
  CAF_CHECK_EQUAL(result.warnings, lines());
}

CAF_TEST(the defaults the example shows are the defaults) {
  // Changes nothing but the name, which has no fixed default; what has no default at all is left
  // out.
  std::string example = uncommented(read("grapevine.example.toml")), shown, section, line;
  std::istringstream in{example};
  while (std::getline(in, line)) {
    if (line.starts_with('['))
      section = line;
    if (!section.starts_with("[[") && !line.starts_with("seeds"))
      shown += line + "\n";
  }
  auto with = load(with_app(shown)).value;
  auto without = load(with_app()).value;
  const auto &left = with.limits, &right = without.limits;
  CAF_CHECK_EQUAL(left.event_data, right.event_data);
  CAF_CHECK_EQUAL(left.event_name, right.event_name);
  CAF_CHECK_EQUAL(left.channel_name, right.channel_name);
  CAF_CHECK_EQUAL(left.request_header, right.request_header);
  CAF_CHECK_EQUAL(left.request_body, right.request_body);
  CAF_CHECK_EQUAL(left.message, right.message);
  CAF_CHECK_EQUAL(left.outbox, right.outbox);
  CAF_CHECK_EQUAL(left.json_depth, right.json_depth);
  CAF_CHECK_EQUAL(left.connections, right.connections);
  CAF_CHECK_EQUAL(left.subscriptions_per_connection, right.subscriptions_per_connection);
  CAF_CHECK_EQUAL(left.client_events_per_second, right.client_events_per_second);
  CAF_CHECK_EQUAL(left.channels_per_event, right.channels_per_event);
  CAF_CHECK_EQUAL(left.batch_events, right.batch_events);
  CAF_CHECK_EQUAL(left.presence_members, right.presence_members);
  CAF_CHECK_EQUAL(left.presence_user_info, right.presence_user_info);
  CAF_CHECK_EQUAL(left.presence_user_id, right.presence_user_id);
  CAF_CHECK(left.handshake_timeout == right.handshake_timeout);
  CAF_CHECK(left.keep_alive_timeout == right.keep_alive_timeout);
  CAF_CHECK(left.close_timeout == right.close_timeout);
  CAF_CHECK(left.activity_timeout == right.activity_timeout);
  CAF_CHECK(left.pong_timeout == right.pong_timeout);
  CAF_CHECK(left.cache_ttl == right.cache_ttl);
  CAF_CHECK(left.drain_timeout == right.drain_timeout);
  CAF_CHECK(with.node.listen == without.node.listen);
  CAF_CHECK(with.node.admin_listen == without.node.admin_listen);
  const auto &ours = with.cluster, &bare = without.cluster;
  CAF_CHECK_EQUAL(ours.name, bare.name);
  CAF_CHECK(ours.listen == bare.listen);
  CAF_CHECK_EQUAL(ours.advertise, bare.advertise);
  CAF_CHECK_EQUAL(ours.secrets, bare.secrets);
  CAF_CHECK_EQUAL(ours.allowed_names, bare.allowed_names);
  CAF_CHECK(ours.probe_interval == bare.probe_interval);
  CAF_CHECK(ours.probe_timeout == bare.probe_timeout);
  CAF_CHECK_EQUAL(ours.suspicion_mult, bare.suspicion_mult);
  CAF_CHECK_EQUAL(ours.subscribe_ack, bare.subscribe_ack);
  CAF_CHECK(ours.subscribe_ack_timeout == bare.subscribe_ack_timeout);
  CAF_CHECK(ours.interest_linger == bare.interest_linger);
  CAF_CHECK(ours.leave_debounce == bare.leave_debounce);
  CAF_CHECK(ours.moving_grace == bare.moving_grace);
  CAF_CHECK_EQUAL(ours.peer_queue, bare.peer_queue);
  CAF_CHECK_EQUAL(ours.queues_total, bare.queues_total);
  CAF_CHECK_EQUAL(ours.peer_window, bare.peer_window);
  CAF_CHECK(ours.query_timeout == bare.query_timeout);
  CAF_CHECK_EQUAL(with.log.level, without.log.level);
  CAF_CHECK_EQUAL(with.sections.get<drivers::redis_settings>().url,
                  without.sections.get<drivers::redis_settings>().url);
  CAF_CHECK_EQUAL(with.sections.get<drivers::pusher_settings>().port,
                  without.sections.get<drivers::pusher_settings>().port);
  CAF_CHECK_EQUAL(with.sections.get<drivers::ably_settings>().host,
                  without.sections.get<drivers::ably_settings>().host);
  CAF_CHECK_EQUAL(with.auth.user_info_claims, without.auth.user_info_claims);
}

CAF_TEST(the env example needs nothing but a secret) {
  sources from;
  from.dotenv = read(".env.example");
  CAF_CHECK_EQUAL(problems_of(from),
                  lines({"configuration: no app is configured: without PUSHER_APP_SECRET; set all "
                         "three PUSHER_APP_ variables"}));
  from.environment = {{"PUSHER_APP_SECRET", "s3cret"}};
  auto result = load(from);
  CAF_CHECK_EQUAL(print(result.problems), lines());
  CAF_CHECK_EQUAL(result.warnings, lines());
  CAF_CHECK(result.value.bridges.empty());
  CAF_CHECK_EQUAL(result.value.sections.get<drivers::redis_settings>().url,
                  "redis://127.0.0.1:6379/0");
}
