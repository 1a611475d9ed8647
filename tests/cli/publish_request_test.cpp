#define CAF_SUITE cli.publish_request

#include "cli/publish_request.hpp"

#include "protocol/http_auth.hpp"

#include "caf/test/dsl.hpp"

using namespace grapevine;
using namespace grapevine::cli;
using namespace std::chrono_literals;

namespace {

const app_credentials app{"1001", "gv-demo-key", "gv-demo-secret"};

}  // namespace

CAF_TEST(the body holds the data as one string) {
  const auto request =
      publish_request(app, {{"a", "b"}, "OrderShipped", R"({"id":7})", ""}, 1700000000s);
  CAF_REQUIRE(request);
  CAF_CHECK_EQUAL(*request->body,
                  R"({"name":"OrderShipped","channels":["a","b"],"data":"{\"id\":7}"})");
}

CAF_TEST(the socket id goes along when there is one) {
  const auto request = publish_request(app, {{"a"}, "E", "not json", "4242.777"}, 1700000000s);
  CAF_REQUIRE(request);
  CAF_CHECK_EQUAL(*request->body,
                  R"({"name":"E","channels":["a"],"data":"not json","socket_id":"4242.777"})");
}

CAF_TEST(a server accepts the signature) {
  const auto request = publish_request(app, {{"a"}, "E", "{}", ""}, 1700000000s);
  CAF_REQUIRE(request);
  const auto question = request->target.find('?');
  CAF_REQUIRE(question != std::string::npos);
  const std::string path = request->target.substr(0, question);
  CAF_CHECK_EQUAL(path, "/apps/1001/events");
  const auto query = protocol::parse_query(std::string_view{request->target}.substr(question + 1));
  const auto fault = protocol::verify_request("POST", path, query, *request->body, app.key,
                                              app.secret, 1700000000s);
  CAF_CHECK(fault == protocol::http_auth_fault::none);
}

CAF_TEST(an app id is escaped in the path) {
  const auto request = publish_request({"a/b", "k", "s"}, {{"a"}, "E", "{}", ""}, 1700000000s);
  CAF_REQUIRE(request);
  CAF_CHECK(request->target.starts_with("/apps/a%2Fb/events?"));
}

CAF_TEST(what is not UTF - 8 cannot be sent) {
  CAF_CHECK(!publish_request(app, {{"a"}, "E", "\xff", ""}, 1700000000s));
  CAF_CHECK(!publish_request(app, {{"a"}, "\xc3(", "{}", ""}, 1700000000s));
}

CAF_TEST(a refusal gives the status and the sentence of the server) {
  CAF_CHECK_EQUAL(explain_refusal({401, R"({"error":"Unknown key","code":401})"}),
                  "the server answered 401: Unknown key");
  CAF_CHECK_EQUAL(explain_refusal({502, "<html>"}), "the server answered 502");
  CAF_CHECK_EQUAL(explain_refusal({400, R"({"error":7})"}), "the server answered 400");
}
