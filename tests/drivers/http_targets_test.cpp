#define CAF_SUITE drivers.http_targets

#include "drivers/ably_target.hpp"
#include "drivers/pusher_target.hpp"
#include "protocol/http_auth.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

#include "caf/test/dsl.hpp"

using namespace grapevine;
using namespace grapevine::drivers;
using namespace std::chrono_literals;
using kind = judgement::kind;

namespace {

const pusher_target pusher{{.app_id = "7", .key = "the-key", .secret = "the-secret"}};
const ably_target ably{"app.key:secret"};

std::vector<std::string> channels(std::size_t count) {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < count; ++i)
    result.push_back("c" + std::to_string(i));
  return result;
}

}  // namespace

CAF_TEST(a request to Pusher is signed as our own server verifies it) {
  const auto request =
      pusher.request({{"a", "b"}, "E", R"({"x":1})", "1.2"}, 0, "id", 1'700'000'000s);
  CAF_CHECK_EQUAL(request.body, R"({"name":"E","data":"{\"x\":1}","channels":["a","b"]})");
  const auto mark = request.target.find('?');
  CAF_CHECK_EQUAL(request.target.substr(0, mark), "/apps/7/events");
  const auto query = protocol::parse_query(request.target.substr(mark + 1));
  CAF_CHECK(protocol::verify_request("POST", "/apps/7/events", query, request.body, "the-key",
                                     "the-secret", 1'700'000'000s)
            == protocol::http_auth_fault::none);
}

CAF_TEST(channels go by hundreds and encrypted ones one by one) {
  auto many = channels(250);
  many.insert(many.begin() + 5, "private-encrypted-x");
  const outgoing_event event{many, "E", "1", ""};
  CAF_CHECK_EQUAL(pusher.steps(event), 4u);
  std::size_t sum = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const auto names = nlohmann::json::parse(pusher.request(event, i, "", 0s).body)["channels"];
    CAF_CHECK(names.size() <= 100);
    if (names.size() == 1)
      CAF_CHECK_EQUAL(names[0].get<std::string>(), "private-encrypted-x");
    sum += names.size();
  }
  CAF_CHECK_EQUAL(sum, 251u);
}

CAF_TEST(a request to Ably names the mapped channel and an id) {
  const outgoing_event event{{"orders", "private-orders.7"}, "E", R"({"x":1})", "1.2"};
  CAF_CHECK_EQUAL(ably.steps(event), 2u);
  const auto request = ably.request(event, 1, "base", 0s);
  CAF_CHECK_EQUAL(request.target, "/channels/private%3Aorders.7/messages");
  CAF_CHECK_EQUAL(request.body, R"({"name":"E","data":"{\"x\":1}","encoding":"json","id":"base"})");
  CAF_CHECK_EQUAL(request.headers[0].second, "Basic YXBwLmtleTpzZWNyZXQ=");
  CAF_CHECK_EQUAL(ably.request({{"a"}, "E", "text", ""}, 0, "i", 0s).body,
                  R"({"name":"E","data":"text","id":"i"})");
}

CAF_TEST(channels are called at Ably as Laravel calls them) {
  CAF_CHECK_EQUAL(ably_channel("orders"), "public:orders");
  CAF_CHECK_EQUAL(ably_channel("private-orders.7"), "private:orders.7");
  CAF_CHECK_EQUAL(ably_channel("presence-room"), "presence:room");
  CAF_CHECK_EQUAL(ably_channel("a;b"), "public:a;b");
  CAF_CHECK_EQUAL(ably_channel("privateer"), "public:privateer");
}

CAF_TEST(each answer means what the table says) {
  const auto of = [](unsigned status) { return judge_status(status, "", "").what; };
  for (auto status : {200u, 201u})
    CAF_CHECK(of(status) == kind::done);
  for (auto status : {301u, 400u, 404u, 413u})
    CAF_CHECK(of(status) == kind::refuse);
  for (auto status : {401u, 403u})
    CAF_CHECK(of(status) == kind::halt);
  for (auto status : {429u, 503u})
    CAF_CHECK(of(status) == kind::retry);
  for (auto status : {500u, 502u, 504u})
    CAF_CHECK(of(status) == kind::overload);
}

CAF_TEST(Retry After is honoured within reason) {
  CAF_CHECK(judge_status(429, "7", "").after == std::chrono::milliseconds{7s});
  CAF_CHECK(judge_status(503, "100000", "").after == std::chrono::milliseconds{60s});
  CAF_CHECK(!judge_status(429, "", "").after);
  CAF_CHECK(!judge_status(429, "-1", "").after);
  CAF_CHECK(!judge_status(429, "Wed, 21 Oct 2026 07:28:00 GMT", "").after);
  CAF_CHECK(!judge_status(400, "7", "").after);
}

CAF_TEST(what Ably says of an error is in the reason) {
  const net::incoming_answer answer{
      401, {}, R"({"error":{"code":40160,"statusCode":401,"message":"Channel denied"}})"};
  CAF_CHECK_EQUAL(ably.judge(answer).why, "it answers 401: 40160 Channel denied");
  CAF_CHECK_EQUAL(ably.judge(net::incoming_answer{500, {}, "<html>"}).why, "it answers 500");
}
