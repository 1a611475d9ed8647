#define CAF_SUITE broadcast.cluster_requests

#include "broadcast/cluster_requests.hpp"

#include <rapidcheck.h>

#include "caf/test/dsl.hpp"

using namespace grapevine;
using namespace grapevine::broadcasting;

namespace {

broadcast_item item(std::string name, std::size_t channels = 1, std::size_t bytes = 2) {
  broadcast_item result;
  for (std::size_t i = 0; i < channels; ++i)
    result.channels.push_back("c" + std::to_string(i));
  result.event = std::move(name);
  result.data = std::string(bytes, 'x');
  return result;
}

json body_of(const cluster_request& request) {
  return json::parse(request.body);
}

using places = std::vector<std::size_t>;

}  // namespace

CAF_TEST(one event is one request with its channels) {
  auto one = item("OrderShipped", 2);
  one.data = R"({"id":7})";
  one.except = "1.2";
  const auto requests = plan_requests({one}, "app id");
  CAF_REQUIRE_EQUAL(requests.size(), 1u);
  CAF_CHECK_EQUAL(requests[0].path, "/apps/app%20id/events");
  CAF_CHECK_EQUAL(body_of(requests[0]), (json{{"name", "OrderShipped"},
                                              {"channels", {"c0", "c1"}},
                                              {"data", R"({"id":7})"},
                                              {"socket_id", "1.2"}}));
}

CAF_TEST(several events are one batch of one channel each) {
  auto second = item("b", 2);
  second.except = "1.2";
  const auto requests = plan_requests({item("a"), second}, "1");
  CAF_REQUIRE_EQUAL(requests.size(), 1u);
  CAF_CHECK_EQUAL(requests[0].path, "/apps/1/batch_events");
  CAF_CHECK((requests[0].places == places{0, 1}));
  const auto batch = body_of(requests[0]).at("batch");
  CAF_REQUIRE_EQUAL(batch.size(), 3u);
  const auto first = batch[0], last = batch[2];
  CAF_CHECK_EQUAL(first, (json{{"name", "a"}, {"channel", "c0"}, {"data", "xx"}}));
  CAF_CHECK_EQUAL(last,
                  (json{{"name", "b"}, {"channel", "c1"}, {"data", "xx"}, {"socket_id", "1.2"}}));
}

CAF_TEST(a batch holds ten events and half a MiB) {
  std::vector<broadcast_item> eleven(11, item("e"));
  const auto by_count = plan_requests(eleven, "1");
  CAF_REQUIRE_EQUAL(by_count.size(), 2u);
  CAF_CHECK_EQUAL(by_count[0].places.size(), 10u);
  CAF_CHECK_EQUAL(by_count[1].path, "/apps/1/events");
  CAF_CHECK((by_count[1].places == places{10}));
  const auto by_size = plan_requests({item("a", 1, 300'000), item("b", 1, 300'000)}, "1");
  CAF_CHECK_EQUAL(by_size.size(), 2u);
}

CAF_TEST(more channels than one event may have are several requests) {
  const auto requests = plan_requests({item("a", 205)}, "1");
  CAF_REQUIRE_EQUAL(requests.size(), 3u);
  CAF_CHECK_EQUAL(body_of(requests[0]).at("channels").size(), 100u);
  CAF_CHECK_EQUAL(body_of(requests[2]).at("channels").size(), 5u);
  for (const auto& one : requests)
    CAF_CHECK((one.places == places{0}));
}

CAF_TEST(an event of many channels does not change the order) {
  const auto requests = plan_requests({item("a"), item("b", 50), item("c")}, "1");
  CAF_REQUIRE_EQUAL(requests.size(), 3u);
  CAF_CHECK((requests[0].places == places{0}));
  CAF_CHECK((requests[1].places == places{1}));
  CAF_CHECK((requests[2].places == places{2}));
}

CAF_TEST(singly each event is a request of its own) {
  const auto requests = plan_requests({item("a"), item("b"), item("c")}, "1", true);
  CAF_REQUIRE_EQUAL(requests.size(), 3u);
  for (const auto& one : requests)
    CAF_CHECK_EQUAL(one.path, "/apps/1/events");
}

CAF_TEST(every event reaches every channel once and in order) {
  CAF_CHECK(rc::check([] {
    const auto counts =
        *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(1, 130));
    std::vector<broadcast_item> items;
    for (std::size_t i = 0; i < counts.size(); ++i)
      items.push_back(item("e" + std::to_string(i), counts[i]));
    std::vector<std::pair<std::string, std::string>> sent, expected;
    for (const auto& request : plan_requests(items, "1", *rc::gen::arbitrary<bool>())) {
      const auto body = body_of(request);
      if (body.contains("batch")) {
        RC_ASSERT(body["batch"].size() <= 10u);
        for (const auto& one : body["batch"])
          sent.emplace_back(one.at("name"), one.at("channel"));
      } else {
        RC_ASSERT(body["channels"].size() <= 100u);
        for (const auto& one : body["channels"])
          sent.emplace_back(body.at("name"), one);
      }
    }
    for (const auto& one : items)
      for (const auto& channel : one.channels)
        expected.emplace_back(one.event, channel);
    RC_ASSERT(sent == expected);
  }));
}

CAF_TEST(an answer says what follows) {
  const auto code = [](unsigned status) { return read_answer(status, "").result.code(); };
  CAF_CHECK_EQUAL(code(200), broadcast_errc::none);
  for (auto status : {400u, 401u, 403u, 404u, 422u, 301u})
    CAF_CHECK_EQUAL(code(status), broadcast_errc::refused);
  CAF_CHECK_EQUAL(code(413), broadcast_errc::too_large);
  CAF_CHECK_EQUAL(code(429), broadcast_errc::overloaded);
  CAF_CHECK_EQUAL(code(503), broadcast_errc::overloaded);
  CAF_CHECK_EQUAL(code(500), broadcast_errc::failed);
  CAF_CHECK(read_answer(503, "").other_node);
  CAF_CHECK(read_answer(500, "").other_node);
  CAF_CHECK(!read_answer(401, "").other_node);
  CAF_CHECK(!read_answer(429, "").other_node);
}

CAF_TEST(a refusal is quoted and anything else is not ) {
  CAF_CHECK_EQUAL(read_answer(401, R"({"error":"Invalid signature","code":401})").result.message(),
                  "The cluster answered 401: Invalid signature");
  for (auto body : {"", "<html>", "[]", R"({"error":5})", "\xff"})
    CAF_CHECK_EQUAL(read_answer(400, body).result.message(), "The cluster answered 400");
}
