#define CAF_SUITE broadcast_socket.cluster_transport

#include "broadcast/cluster_transport.hpp"

#include "fake_http_server.hpp"

#include "caf/test/dsl.hpp"

#include <future>

using namespace grapevine;
using namespace grapevine::broadcasting;
using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

namespace {

broadcast_item item(std::string name, std::string channel = "orders") {
  return {{std::move(channel)}, std::move(name), "{}", {}, "grapevine", {}};
}

std::unique_ptr<transport> to(const std::string& url, broadcast_result& error) {
  return make_cluster_transport(std::make_shared<loop_thread>(),
                                {.url = url, .app_id = "1", .key = "k", .secret = "s"}, error);
}

std::unique_ptr<transport> to(const std::string& url) {
  broadcast_result error;
  auto made = to(url, error);
  CAF_REQUIRE(made != nullptr);
  return made;
}

broadcast_result send(transport& through, std::vector<broadcast_item> items,
                      std::chrono::milliseconds within = 20s) {
  return through.send(items, steady::now() + within).front();
}

}  // namespace

CAF_TEST(an event is posted and the next uses the same connection) {
  fake_http_server node;
  auto through = to(node.url());
  CAF_CHECK(send(*through, {item("a")}).ok());
  CAF_CHECK(send(*through, {item("b")}).ok());
  const auto seen = node.requests();
  CAF_REQUIRE_EQUAL(seen.size(), 2u);
  CAF_CHECK(seen[0].starts_with("POST /apps/1/events?"));
  CAF_CHECK(seen[0].find(R"("name":"a")") != std::string::npos);
  CAF_CHECK(seen[0].find("auth_signature=") != std::string::npos);
  CAF_CHECK_EQUAL(node.connections(), 1u);
}

CAF_TEST(a connection that the node closes meanwhile is made anew) {
  fake_http_server node;
  node.answer_with([](const std::string&) { return http_script{200, "{}", true, {}}; });
  auto through = to(node.url());
  for (auto name : {"a", "b", "c"})
    CAF_CHECK(send(*through, {item(name)}).ok());
  // One that came on a connection about to be closed may have been read and is sent once more.
  CAF_CHECK(node.requests().size() >= 3u);
}

CAF_TEST(the next node is tried when one is away) {
  fake_http_server here;
  std::string gone;
  {
    fake_http_server other;
    gone = other.url();
  }
  auto through = to(gone + "," + here.url());
  CAF_CHECK(send(*through, {item("a")}).ok());
  CAF_CHECK(send(*through, {item("b")}).ok());
  CAF_CHECK_EQUAL(here.requests().size(), 2u);
}

CAF_TEST(the next node is tried when one is silent or has no capacity) {
  fake_http_server silent, full, here;
  silent.answer_with([](const std::string&) { return http_script{0, {}, false, {}}; });
  full.answer_with([](const std::string&) { return http_script{503, "{}", false, {}}; });
  auto through = to(silent.url() + "," + full.url() + "," + here.url());
  CAF_CHECK(send(*through, {item("a")}, 1500ms).ok());
  CAF_CHECK_EQUAL(silent.requests().size(), 1u);
  CAF_CHECK_EQUAL(full.requests().size(), 1u);
  CAF_CHECK(send(*through, {item("b")}).ok());
  CAF_CHECK_EQUAL(here.requests().size(), 2u);
  CAF_CHECK_EQUAL(full.requests().size(), 1u);
}

CAF_TEST(when nobody is there the last reason is told) {
  std::string gone;
  {
    fake_http_server other;
    gone = other.url();
  }
  auto through = to(gone);
  const auto result = send(*through, {item("a")});
  CAF_CHECK_EQUAL(result.code(), broadcast_errc::unreachable);
  CAF_CHECK(result.message().starts_with(gone + ": "));
}

CAF_TEST(a node that does not answer in time is told as that) {
  fake_http_server silent;
  silent.answer_with([](const std::string&) { return http_script{0, {}, false, {}}; });
  auto through = to(silent.url());
  CAF_CHECK_EQUAL(send(*through, {item("a")}, 100ms).code(), broadcast_errc::timed_out);
}

CAF_TEST(a refusal is not taken to another node) {
  fake_http_server strict, other;
  strict.answer_with([](const std::string&) {
    return http_script{401, R"({"error":"Wrong"})", false, {}};
  });
  auto through = to(strict.url() + "," + other.url());
  const auto result = send(*through, {item("a")});
  CAF_CHECK_EQUAL(result.code(), broadcast_errc::refused);
  CAF_CHECK_EQUAL(result.message(), "The cluster answered 401: Wrong");
  CAF_CHECK_EQUAL(other.requests().size(), 0u);
}

CAF_TEST(of a refused batch only the guilty event fails) {
  fake_http_server node;
  node.answer_with([](const std::string& request) {
    const bool guilty = request.find(R"("name":"bad")") != std::string::npos;
    return http_script{guilty ? 413u : 200u, "{}", false, {}};
  });
  auto through = to(node.url());
  const auto results = through->send({item("a"), item("bad"), item("c")}, steady::now() + 20s);
  CAF_CHECK(results[0].ok());
  CAF_CHECK_EQUAL(results[1].code(), broadcast_errc::too_large);
  CAF_CHECK(results[2].ok());
  CAF_CHECK_EQUAL(node.requests().size(), 4u);
}

CAF_TEST(an answer that is no HTTP or ends half way is a failure) {
  fake_http_server node;
  auto through = to(node.url());
  for (auto raw : {"nonsense\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{",
                   "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n"}) {
    node.answer_with([raw](const std::string&) { return http_script{200, {}, true, raw}; });
    CAF_CHECK_EQUAL(send(*through, {item("a")}).code(), broadcast_errc::unreachable);
  }
}

CAF_TEST(many threads publish at the same time) {
  fake_http_server node;
  auto through = to(node.url());
  std::vector<std::future<bool>> all;
  for (int i = 0; i < 8; ++i)
    all.push_back(std::async(std::launch::async, [&] {
      for (int k = 0; k < 20; ++k)
        if (!send(*through, {item("e")}).ok())
          return false;
      return true;
    }));
  for (auto& one : all)
    CAF_CHECK(one.get());
  CAF_CHECK_EQUAL(node.requests().size(), 160u);
}

CAF_TEST(stopping ends what is under way) {
  fake_http_server silent;
  silent.answer_with([](const std::string&) { return http_script{0, {}, false, {}}; });
  auto through = to(silent.url());
  auto result = std::async(std::launch::async, [&] { return send(*through, {item("a")}); });
  CAF_CHECK(silent.wait_for(1));
  through->stop();
  CAF_CHECK_EQUAL(result.get().code(), broadcast_errc::stopped);
  CAF_CHECK_EQUAL(send(*through, {item("b")}).code(), broadcast_errc::stopped);
}

CAF_TEST(what is missing in the settings is told) {
  broadcast_result error;
  CAF_CHECK(make_cluster_transport(std::make_shared<loop_thread>(), {}, error) == nullptr);
  CAF_CHECK_EQUAL(error.code(), broadcast_errc::misconfigured);
  CAF_CHECK(to("node:8000", error) == nullptr);
  CAF_CHECK(error.message().starts_with("url: "));
}
