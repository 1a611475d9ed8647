#define CAF_SUITE net_socket.websocket_session

#include "protocol/websocket_frame.hpp"
#include "server_fixture.hpp"
#include "test_client.hpp"

#include <chrono>
#include <string>

#include "caf/test/dsl.hpp"

using namespace grapevine;
using namespace grapevine::test;
using namespace std::chrono_literals;
using protocol::encode_frame;
using protocol::encode_masked_frame;
using protocol::opcode;

namespace {

constexpr unsigned text = 1;
constexpr unsigned close = 8;
constexpr unsigned pong = 10;

std::string masked(opcode op, std::string_view payload) {
  return encode_masked_frame(op, payload, 0xa1b2c3d4);
}

std::string masked_close(std::uint16_t code) {
  return masked(opcode::close, close_payload(code));
}

// The next frame, or one that equals nothing.
received_frame next_frame(test_client& client) {
  return client.read_frame().value_or(received_frame{99, "no frame"});
}

#define CHECK_FRAME(client, op, content)                                                           \
  CAF_CHECK_EQUAL(to_string(next_frame(client)), to_string(received_frame{op, content}))

// Everything sent to the server so far has been handled once another client has its echo back.
void let_turns_pass(test_server& server) {
  test_client other{server.port()};
  CAF_REQUIRE(other.upgrade());
  other.send_text("turn");
  CHECK_FRAME(other, text, "turn");
}

}  // namespace

CAF_TEST(messages go both ways) {
  test_server server;
  test_client client{server.port()};
  CAF_REQUIRE(client.upgrade("/app/key?protocol=7"));
  CAF_CHECK_EQUAL(server.service.log.count("upgrade /app/key"), 1u);
  client.send_text("hello");
  CHECK_FRAME(client, text, "hello");
  const std::string long_text(700'000, 'x');
  client.send_text(long_text);
  CAF_CHECK(next_frame(client).payload == long_text);
  server.run([&] { server.socket()->send(net::frame{encode_frame(opcode::text, "framed")}); });
  CHECK_FRAME(client, text, "framed");
  CAF_CHECK_EQUAL(server.stats.messages_received.load(), 2u);
  CAF_CHECK_EQUAL(server.stats.websockets.load(), 1u);
}

CAF_TEST(frames right behind the handshake are not lost) {
  test_server server;
  test_client client{server.port()};
  CAF_REQUIRE(client.upgrade("/app/key", masked(opcode::text, "first")
                                             + masked(opcode::text, "second")
                                             + masked(opcode::text, "third").substr(0, 4)));
  CHECK_FRAME(client, text, "first");
  CHECK_FRAME(client, text, "second");
  client.send(masked(opcode::text, "third").substr(4));
  CHECK_FRAME(client, text, "third");
}

CAF_TEST(a handshake may follow a plain request) {
  test_server server;
  test_client client{server.port()};
  client.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n" + handshake() + masked(opcode::text, "hello"));
  CAF_CHECK(client.read_response()->status == 200);
  CAF_CHECK(client.read_response()->status == 101);
  CHECK_FRAME(client, text, "hello");
}

CAF_TEST(handshakes that are wrong get an answer and no WebSocket) {
  test_server server;
  auto status = [&](std::string request, const std::string& from, const std::string& to) {
    request.replace(request.find(from), from.size(), to);
    test_client client{server.port()};
    client.send(request);
    const auto response = client.read_response();
    return response ? response->status : 0;
  };
  const auto good = handshake();
  CAF_CHECK_EQUAL(status(good, "Version: 13", "Version: 12"), 426u);
  CAF_CHECK_EQUAL(status(good, "dGhl", "d!hl"), 400u);
  CAF_CHECK_EQUAL(status(good, "Connection: Upgrade\r\n", ""), 400u);
  CAF_CHECK_EQUAL(status(good, "GET", "PUT"), 400u);
  CAF_CHECK_EQUAL(status(good, "Upgrade: websocket", "Upgrade: h2c"), 200u);
  CAF_CHECK_EQUAL(status(good, "/app/key", "/none"), 404u);
  CAF_CHECK_EQUAL(status(good, "Connection: Upgrade", "Connection: x\r\nConnection: upgrade"),
                  101u);
  CAF_CHECK_EQUAL(server.service.log.count("open"), 1u);
}

CAF_TEST(a ping is answered with its payload and counts as a sign of life) {
  test_server server;
  test_client client{server.port()};
  CAF_REQUIRE(client.upgrade());
  client.send(masked(opcode::ping, "payload"));
  CHECK_FRAME(client, pong, "payload");
  CAF_CHECK(server.service.log.wait_for("activity", 1));
  client.send(masked(opcode::pong, ""));
  CAF_CHECK(server.service.log.wait_for("activity", 2));
  client.send(masked(opcode::text, "unfinished").substr(0, 9));
  CAF_CHECK(server.service.log.wait_for("activity", 3));
  server.run([&] { server.socket()->send_ping(); });
  CHECK_FRAME(client, 9, "");
}

CAF_TEST(the Close of a client is echoed and the handler told once) {
  test_server server;
  test_client client{server.port()};
  CAF_REQUIRE(client.upgrade());
  client.send(masked(opcode::text, "last") + masked_close(4321) + masked(opcode::text, "never"));
  CHECK_FRAME(client, text, "last");
  CHECK_FRAME(client, close, close_payload(4321));
  CAF_CHECK(client.at_end());
  client.half_close();
  CAF_CHECK(server.wait_for_sessions(0));
  CAF_CHECK_EQUAL(server.service.log.count("closed"), 1u);
  CAF_CHECK_EQUAL(server.service.log.count("text never"), 0u);
  CAF_CHECK_EQUAL(server.stats.websockets.load(), 0u);
}

CAF_TEST(an empty Close is answered by an empty one) {
  test_server server;
  test_client client{server.port()};
  CAF_REQUIRE(client.upgrade());
  client.send(masked(opcode::close, ""));
  CHECK_FRAME(client, close, "");
  CAF_CHECK(client.at_end());
}

CAF_TEST(frames that break the protocol are answered with their code) {
  test_server server;
  const std::pair<std::string, std::uint16_t> cases[] = {
      {encode_frame(opcode::text, "not masked"), 1002},
      {masked(opcode::continuation, "of nothing"), 1002},
      {masked(opcode::text, "\xff\xfe"), 1007},
      {masked(opcode::binary, "bytes"), 1003},
      {masked_close(1005), 1002},
      {std::string{"\x81\xff\x00\x00\x00\x00\x00\x20\x00\x00mask", 14}, 1009},
  };
  for (const auto& [bytes, code] : cases) {
    test_client client{server.port()};
    CAF_REQUIRE(client.upgrade());
    // More is on its way when the server has had enough: the answer must not drown in a reset.
    client.send(bytes + std::string(100'000, 'x'));
    const auto frame = next_frame(client);
    CAF_CHECK_EQUAL(frame.opcode, close);
    CAF_CHECK_EQUAL(frame.payload.substr(0, 2), close_payload(code));
    CAF_CHECK(client.at_end());
  }
  CAF_CHECK(server.service.log.wait_for("closed", std::size(cases)));
  CAF_CHECK(server.wait_for_sessions(0));
}

CAF_TEST(the Close of a server leaves behind what is queued and waits for its answer) {
  test_server server;
  test_client client{server.port()};
  CAF_REQUIRE(client.upgrade());
  std::size_t closed_inside = 1;
  server.run([&] {
    auto* ws = server.socket();
    ws->send_text("before");
    ws->close(4200, "draining");
    ws->send_text("after");
    ws->close(4000, "again");
    closed_inside = server.service.log.count("closed");
  });
  CAF_CHECK_EQUAL(closed_inside, 0u);
  CHECK_FRAME(client, text, "before");
  CHECK_FRAME(client, close, close_payload(4200, "draining"));
  client.send(masked(opcode::text, "ignored") + masked(opcode::ping, "ignored"));
  client.send(masked_close(4200));
  CAF_CHECK_EQUAL(client.read(1), "");
  client.half_close();
  CAF_CHECK(server.wait_for_sessions(0));
  CAF_CHECK_EQUAL(server.service.log.count("closed"), 1u);
  CAF_CHECK_EQUAL(server.service.log.count("text ignored"), 0u);
}

CAF_TEST(a client that does not answer a Close is reset) {
  net::client_session_settings settings;
  settings.close_timeout = 150ms;
  test_server server{settings};
  test_client client{server.port()};
  CAF_REQUIRE(client.upgrade());
  server.run([&] { server.socket()->close(4001, ""); });
  CHECK_FRAME(client, close, close_payload(4001));
  CAF_CHECK(client.was_reset());
  CAF_CHECK(server.wait_for_sessions(0));
  CAF_CHECK_EQUAL(server.service.log.count("closed"), 1u);
}

CAF_TEST(a handler may close in every callback) {
  test_server server;
  server.service.prepare = [](fake_handler& handler) {
    handler.on_message = [](net::websocket& ws, std::string_view) { ws.close(4002, "enough"); };
  };
  test_client client{server.port()};
  CAF_REQUIRE(client.upgrade("/app/key", masked(opcode::text, "a") + masked(opcode::text, "b")));
  CHECK_FRAME(client, close, close_payload(4002, "enough"));
  client.send(masked_close(4002));
  CAF_CHECK(client.at_end());
  server.service.log.wait_for("closed");
  CAF_CHECK_EQUAL(server.service.log.count("text b"), 0u);

  server.run([&] {
    server.service.prepare = [](fake_handler& handler) {
      handler.at_open = [](net::websocket& ws) { ws.close(4004, "full"); };
    };
  });
  test_client refused{server.port()};
  CAF_REQUIRE(refused.upgrade("/app/key", masked(opcode::text, "c")));
  CHECK_FRAME(refused, close, close_payload(4004, "full"));
  CAF_CHECK(server.service.log.wait_for("closed", 2));
  CAF_CHECK_EQUAL(server.service.log.count("text c"), 0u);
}

CAF_TEST(a client that vanishes closes its handler once) {
  test_server server;
  {
    test_client client{server.port()};
    CAF_REQUIRE(client.upgrade());
    client.send_text("hello");
    CHECK_FRAME(client, text, "hello");
  }
  CAF_CHECK(server.service.log.wait_for("closed"));
  CAF_CHECK(server.wait_for_sessions(0));
  CAF_CHECK_EQUAL(server.service.log.count("closed"), 1u);
}

CAF_TEST(a handler that throws costs its own connection) {
  test_server server;
  server.service.prepare = [](fake_handler& handler) {
    handler.on_message = [](net::websocket& ws, std::string_view message) {
      if (message == "bad")
        throw std::runtime_error{"failed on purpose"};
      ws.send_text(message);
    };
  };
  test_client bad{server.port()};
  test_client good{server.port()};
  CAF_REQUIRE(bad.upgrade());
  CAF_REQUIRE(good.upgrade());
  bad.send_text("bad");
  CHECK_FRAME(bad, close, close_payload(1011, "internal error"));
  CAF_CHECK(server.service.log.wait_for("closed"));
  good.send_text("good");
  CHECK_FRAME(good, text, "good");
}

CAF_TEST(a slow reader is closed at the bound while another gets everything) {
  net::client_session_settings settings;
  settings.outbox_max = 1u << 20;
  settings.close_timeout = 500ms;
  test_server server{settings};
  test_client slow{server.port(), false, 4096};
  CAF_REQUIRE(slow.upgrade());
  test_client quick{server.port()};
  CAF_REQUIRE(quick.upgrade());
  const std::string payload(10'000, 'x');
  std::size_t sent = 0;
  std::uint64_t slow_seen = 0;
  while (server.stats.slow_closed.load() == 0 && sent < 10'000) {
    server.run([&] {
      const net::frame shared{encode_frame(opcode::text, std::to_string(sent) + payload)};
      for (std::size_t n : {0u, 1u})
        if (auto* ws = server.socket(n))
          ws->send(shared);
      slow_seen = std::max(slow_seen, server.stats.slow_now.load());
    });
    CAF_REQUIRE(next_frame(quick).payload == std::to_string(sent) + payload);
    ++sent;
  }
  CAF_CHECK_EQUAL(server.stats.slow_closed.load(), 1u);
  CAF_CHECK_EQUAL(slow_seen, 1u);
  CAF_CHECK(server.service.log.wait_for("closed"));
  CAF_CHECK_EQUAL(server.stats.slow_now.load(), 0u);
  // What had begun to leave arrives whole, and the Close comes right behind it.
  received_frame last;
  std::size_t received = 0;
  while ((last = next_frame(slow)).opcode == text)
    CAF_REQUIRE(last.payload == std::to_string(received++) + payload);
  CAF_CHECK_EQUAL(to_string(last), to_string({close, close_payload(4100, "slow consumer")}));
  CAF_CHECK(received < sent);
  quick.send_text("still here");
  CHECK_FRAME(quick, text, "still here");
}

CAF_TEST(a burst past the bound is no slowness where the socket takes it) {
  net::client_session_settings settings;
  settings.outbox_max = 64u << 10;
  test_server server{settings};
  test_client client{server.port()};
  CAF_REQUIRE(client.upgrade());
  const std::string event(10'000, 'x');
  server.run([&] {
    for (int i = 0; i < 10; ++i)
      server.socket()->send_text(event);
  });
  for (int i = 0; i < 10; ++i)
    CAF_CHECK(next_frame(client).payload == event);
  CAF_CHECK_EQUAL(server.stats.slow_closed.load(), 0u);
}

CAF_TEST(a slow reader that never reads again is reset) {
  net::client_session_settings settings;
  settings.outbox_max = 64u << 10;
  settings.close_timeout = 150ms;
  test_server server{settings};
  test_client client{server.port(), false, 4096};
  CAF_REQUIRE(client.upgrade());
  // Past what the kernel takes for a client that does not read.
  server.run([&] {
    for (int i = 0; i < 1000 && server.stats.slow_closed.load() == 0; ++i)
      server.socket()->send_text(std::string(60'000, 'x'));
    server.socket()->send_text("dropped");
  });
  CAF_CHECK(server.wait_for_sessions(0));
  CAF_CHECK_EQUAL(server.stats.slow_closed.load(), 1u);
  CAF_CHECK_EQUAL(server.service.log.count("closed"), 1u);
}

CAF_TEST(an outbox that is drained is slow no more) {
  net::client_session_settings settings;
  settings.outbox_max = 16u << 20;
  test_server server{settings};
  test_client client{server.port(), false, 4096};
  CAF_REQUIRE(client.upgrade());
  const std::string large(12'000'000, 'x');
  server.run([&] { server.socket()->send_text(large); });
  CAF_CHECK_EQUAL(server.stats.slow_now.load(), 1u);
  CAF_CHECK(next_frame(client).payload == large);
  CAF_CHECK(server.eventually([&] { return server.stats.slow_now.load() == 0; }));
}

CAF_TEST(pings without reading fill nothing and the last one is answered) {
  net::client_session_settings settings;
  settings.outbox_max = 16u << 20;
  test_server server{settings};
  test_client client{server.port(), false, 4096};
  CAF_REQUIRE(client.upgrade());
  // More than the kernel holds: the outbox stays past its soft mark until the client reads.
  const std::string blocker(12'000'000, 'x');
  server.run([&] { server.socket()->send_text(blocker); });
  for (int i = 0; i < 5000; ++i)
    client.send(masked(opcode::ping, "ping " + std::to_string(i)));
  // A message behind the pings tells when they have been read; its echo comes behind the blocker.
  client.send_text("behind");
  CAF_REQUIRE(server.service.log.wait_for("text behind"));
  CAF_CHECK_EQUAL(server.stats.slow_now.load(), 1u);
  CAF_CHECK(next_frame(client).payload == blocker);
  CHECK_FRAME(client, text, "behind");
  CHECK_FRAME(client, pong, "ping 4999");
}

CAF_TEST(a paused connection is not read until it is resumed) {
  test_server server;
  test_client client{server.port()};
  CAF_REQUIRE(client.upgrade());
  server.run([&] { server.socket()->pause(); });
  client.send_text("while paused");
  let_turns_pass(server);
  CAF_CHECK_EQUAL(server.service.log.count("text while paused"), 0u);
  server.run([&] { server.socket()->send_text("sending works"); });
  CHECK_FRAME(client, text, "sending works");
  server.run([&] { server.socket()->resume(); });
  CHECK_FRAME(client, text, "while paused");
}

CAF_TEST(a paused connection can be closed) {
  test_server server;
  test_client client{server.port()};
  CAF_REQUIRE(client.upgrade());
  server.run([&] {
    server.socket()->pause();
    server.socket()->close(4003, "");
  });
  CHECK_FRAME(client, close, close_payload(4003));
  client.send(masked_close(4003));
  CAF_CHECK(client.at_end());
}

CAF_TEST(aborting ends every session at once and tells every handler) {
  test_server server;
  test_client first{server.port()};
  test_client second{server.port()};
  test_client plain{server.port()};
  CAF_REQUIRE(first.upgrade());
  CAF_REQUIRE(second.upgrade());
  CAF_REQUIRE(server.wait_for_sessions(3));
  server.run([&] {
    server.socket()->send_text("dropped");
    server.listener().abort_sessions();
  });
  CAF_CHECK_EQUAL(server.service.log.count("closed"), 2u);
  CAF_CHECK(first.at_end() && second.at_end() && plain.at_end());
  CAF_CHECK_EQUAL(server.stats.connections.load(), 0u);
}

CAF_TEST(a handler may abort all sessions from inside its own callback) {
  test_server server;
  test_client client{server.port()};
  server.service.prepare = [&](fake_handler& handler) {
    handler.on_message = [&](net::websocket&, std::string_view) {
      server.listener().abort_sessions();
    };
  };
  CAF_REQUIRE(client.upgrade());
  client.send(masked(opcode::text, "a") + masked(opcode::text, "b"));
  CAF_CHECK(server.service.log.wait_for("closed"));
  CAF_CHECK_EQUAL(server.service.log.count("text b"), 0u);
  CAF_CHECK(client.at_end());
}

CAF_TEST(a server that ends closes the handlers of its sessions) {
  event_log* log = nullptr;
  std::vector<std::string> events;
  {
    auto server = std::make_unique<test_server>();
    test_client client{server->port()};
    CAF_REQUIRE(client.upgrade());
    log = &server->service.log;
    server->run([&] { server->socket()->send_text("unflushed"); });
    server->close_listener();
    events = log->all();
  }
  CAF_CHECK_EQUAL(events.back(), "closed");
}
