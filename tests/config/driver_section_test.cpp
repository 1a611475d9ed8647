#define CAF_SUITE config.driver_section

// Sections of drivers that nobody has: what a description says is all that is known of them.

#include "config/driver_section.hpp"

#include "config/bridge_check.hpp"
#include "config/rules.hpp"
#include "config/variable_reader.hpp"
#include "loading.hpp"

#include "caf/test/dsl.hpp"

using namespace grapevine::config;

namespace {

struct bus_settings {
  std::string url = "bus://here";
  std::vector<std::string> topics{"all"};
  std::uint16_t port = 5;
  std::string token;
};

driver_section bus() {
  using s = bus_settings;
  const std::vector<field<s>> keys{
      key("url", text_rule{some_text}, &s::url),
      key("topics", text_list_rule{}, &s::topics),
      key("port", port_rule, &s::port).known_as("BUS_PORT"),
      key("token", text_rule{}, &s::token),
  };
  auto result = section_of("bus", keys);
  result.inward = true;
  result.read_variables = [](variable_reader& from) {
    if (const auto* topic = from.find("BUS_TOPIC"))
      from.section<s>().topics.push_back(means_none(topic->text) ? "none" : topic->text);
  };
  result.check_bridge = [](bridge_check& check) {
    const auto& section = check.section<s>();
    check.require("token", section.token);
    if (section.port == check.all().node.listen.port)
      check.complain({"is in its own way", "move one of them"});
    if (section.topics.empty())
      check.complain("topics", {"must not be empty", "name one"});
  };
  result.own_address = [](const settings& all) {
    const auto& url = all.sections.get<s>().url;
    return url == "bus://self" ? url : std::string{};
  };
  return result;
}

load_result load_bus(std::string toml, std::map<std::string, std::string> environment = {},
                     std::string dotenv = {}) {
  auto from = with_app(std::move(toml));
  from.environment = std::move(environment);
  from.dotenv = std::move(dotenv);
  return load(from, {bus(), {.name = "void"}});
}

lines problems_of_bus(std::string toml, std::map<std::string, std::string> environment = {}) {
  return print(load_bus(std::move(toml), std::move(environment)).problems);
}

}  // namespace

CAF_TEST(a section has the defaults of its struct) {
  const auto result = load_bus("");
  CAF_CHECK_EQUAL(print(result.problems), lines());
  const auto& [url, topics, port, token] = result.value.sections.get<bus_settings>();
  CAF_CHECK_EQUAL(url, "bus://here");
  CAF_CHECK_EQUAL(topics, lines({"all"}));
  CAF_CHECK_EQUAL(port, 5u);
  CAF_CHECK_EQUAL(token, "");
}

CAF_TEST(every source fills it in the order of precedence) {
  const std::string toml = "[bus]\nurl = 'file'\nport = 1\ntopics = ['a', 'b']\n";
  auto read = load_bus(toml).value.sections.get<bus_settings>();
  CAF_CHECK_EQUAL(read.url, "file");
  CAF_CHECK_EQUAL(read.topics, lines({"a", "b"}));
  CAF_CHECK_EQUAL(read.port, 1u);
  read = load_bus(toml, {}, "BUS_PORT=2\nGRAPEVINE_BUS_TOPICS=c,d\n")
             .value.sections.get<bus_settings>();
  CAF_CHECK_EQUAL(read.port, 2u);
  CAF_CHECK_EQUAL(read.topics, lines({"c", "d"}));
  read = load_bus(toml, {{"BUS_PORT", "3"}}, "GRAPEVINE_BUS_PORT=2\n")
             .value.sections.get<bus_settings>();
  CAF_CHECK_EQUAL(read.port, 3u);
  read = load_bus(toml, {{"BUS_PORT", "3"}, {"GRAPEVINE_BUS_PORT", "4"}})
             .value.sections.get<bus_settings>();
  CAF_CHECK_EQUAL(read.port, 4u);
}

CAF_TEST(variables that no key can express go through the hook of each layer) {
  const auto result = load_bus("", {{"BUS_TOPIC", "${HERE}"}}, "BUS_TOPIC=null\nBUS_PORT=null\n");
  CAF_CHECK_EQUAL(print(result.problems), lines());
  CAF_CHECK_EQUAL(result.value.sections.get<bus_settings>().topics,
                  lines({"all", "none", "${HERE}"}));
  CAF_CHECK_EQUAL(result.value.sections.get<bus_settings>().port, 5u);
  CAF_CHECK_EQUAL(result.warnings,
                  lines({"environment BUS_TOPIC: ${...} in BUS_TOPIC is not expanded, but taken as "
                         "written"}));
}

CAF_TEST(what is wrong in it is reported like everything else) {
  CAF_CHECK_EQUAL(
      problems_of_bus("[bus]\nulr = 'x'\nport = 0\nurl = ''\n[buss]\nport = 1\n",
                      {{"BUS_PORT", "x"}, {"GRAPEVINE_BUS_PROT", "1"}}),
      lines({"grapevine.toml:2: \"bus.ulr\" is not a known key; did you mean bus.url?",
             "grapevine.toml:3: bus.port must be a whole number from 1 to 65535, not 0",
             "grapevine.toml:4: bus.url must not be empty; give it a value, or remove the line",
             "grapevine.toml:5: \"buss\" is not a known key; did you mean bus?",
             "environment BUS_PORT: bus.port must be a whole number from 1 to 65535, not \"x\"",
             "environment GRAPEVINE_BUS_PROT: \"GRAPEVINE_BUS_PROT\" is not a known variable; did "
             "you mean GRAPEVINE_BUS_PORT?"}));
}

CAF_TEST(a bridge names a driver that was described and a direction it has) {
  CAF_CHECK_EQUAL(
      problems_of_bus("[[bridge]]\ndriver = 'redis'\n[[bridge]]\ndriver = 'void'\ndirection = "
                      "'in'\n"),
      lines({"grapevine.toml:2: bridge.driver must be bus or void, not \"redis\"",
             "grapevine.toml:3: a bridge to void cannot have the direction in; write direction = "
             "\"out\"; only bus has an \"in\""}));
  const auto result = load_bus("[bus]\ntoken = 't'\n[[bridge]]\ndriver = 'bus'\n");
  CAF_CHECK_EQUAL(print(result.problems), lines());
  CAF_CHECK_EQUAL(result.value.bridges.at(0).direction, "both");
  auto from = with_app("[[bridge]]\ndriver = 'void'\ndirection = 'in'\n");
  CAF_CHECK_EQUAL(print(load(from, {{.name = "void"}}).problems),
                  lines({"grapevine.toml:1: a bridge to void cannot have the direction in; write "
                         "direction = \"out\""}));
}

CAF_TEST(the check of a driver says where and of what) {
  CAF_CHECK_EQUAL(problems_of_bus("[[bridge]]\ndriver = 'bus'\n[bus]\nport = 8000\ntopics = []\n"),
                  lines({"grapevine.toml:1: the bridge to bus needs bus.token; set bus.token or "
                         "GRAPEVINE_BUS_TOKEN",
                         "grapevine.toml:1: the bridge to bus is in its own way; move one of them",
                         "grapevine.toml:5: bus.topics must not be empty; name one"}));
  CAF_CHECK_EQUAL(problems_of_bus("[[bridge]]\ndriver = 'bus'\n[bus]\ntoken = ''\n"),
                  lines({"grapevine.toml:4: bus.token is empty, but the bridge to bus needs it; "
                         "set bus.token or GRAPEVINE_BUS_TOKEN"}));
  CAF_CHECK_EQUAL(problems_of_bus("[[bridge]]\ndriver = 'bus'\n[bus]\ntoken = 1\n"),
                  lines({"grapevine.toml:4: bus.token must be text, not an integer; put it in "
                         "quotes"}));
  CAF_CHECK_EQUAL(problems_of_bus("[bus]\nport = 8000\ntopics = []\n"), lines());
}

CAF_TEST(a driver whose address is the node s own adds no bridge by itself) {
  const auto result = load_bus("[bus]\nurl = 'bus://self'\n", {{"BROADCAST_DRIVER", "bus"}});
  CAF_CHECK_EQUAL(print(result.problems), lines());
  CAF_CHECK(result.value.bridges.empty());
  CAF_CHECK_EQUAL(result.warnings,
                  lines({"environment BROADCAST_DRIVER: the driver bus adds no bridge: bus://self "
                         "is this node itself"}));
}
