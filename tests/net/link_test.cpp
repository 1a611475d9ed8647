#define CAF_SUITE net_socket.link

#include "net/link.hpp"

#include "full_listener.hpp"
#include "link_fixture.hpp"
#include "test_client.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "caf/test/dsl.hpp"

using namespace grapevine;
using namespace grapevine::test;
using namespace std::chrono_literals;

namespace {

int option(int socket, int level, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  ::getsockopt(socket, level, name, &value, &size);
  return value;
}

// The sockets of this process that are connected from or to a port.
std::vector<int> sockets_of(std::uint16_t port) {
  const auto port_of = [](int socket, auto get) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    return get(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0 ? ntohs(address.sin_port)
                                                                          : 0;
  };
  std::vector<int> found;
  for (int s = 0; s < 1024; ++s)
    if (const auto peer = port_of(s, ::getpeername);
        peer == port || (peer != 0 && port_of(s, ::getsockname) == port))
      found.push_back(s);
  return found;
}

struct fixture : link_fixture {
  // A port of which nobody listens any more.
  std::uint16_t free_port() {
    std::uint16_t free = 0;
    on.run([&] {
      net::link_listener other{on.loop, *this, nullptr};
      other.listen("127.0.0.1", 0);
      free = other.port();
    });
    return free;
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(link_tests, fixture)

CAF_TEST(bytes go both ways and each end knows the address of the other) {
  auto& a = dial();
  auto& b = accepted_end();
  CAF_REQUIRE(a.log.wait_for("open"));
  CAF_REQUIRE(b.log.wait_for("open"));
  on.run([&] {
    a.write("ping");
    b.write("pong");
  });
  CAF_CHECK(receives(b, "ping"));
  CAF_CHECK(receives(a, "pong"));
  CAF_CHECK(a.log.wait_for("written"));
  CAF_CHECK_EQUAL(a.peer.address, "127.0.0.1:" + std::to_string(port));
  CAF_CHECK(b.peer.address.starts_with("127.0.0.1:"));
  CAF_CHECK(a.peer.tls_binding.empty() && a.peer.names.empty());
}

CAF_TEST(large gathered writes arrive in order both ways at once) {
  const auto whole = varied_bytes(16u << 20);
  auto& a = dial();
  auto& b = accepted_end();
  CAF_REQUIRE(a.log.wait_for("open"));
  CAF_REQUIRE(b.log.wait_for("open"));
  chunked_writer from_a{a, whole};
  chunked_writer from_b{b, whole};
  on.run([&] {
    from_a.next();
    from_b.next();
  });
  CAF_CHECK(receives(b, whole));
  CAF_CHECK(receives(a, whole));
  CAF_CHECK(a.log.wait_for("written", 64));
  CAF_CHECK(b.largest_read > 64u << 10);
  CAF_CHECK(b.largest_read <= 256u << 10);
}

CAF_TEST(more slices than one system call takes are one write) {
  const auto whole = std::make_shared<const std::string>(varied_bytes(5000));
  auto& a = dial();
  auto& b = accepted_end();
  CAF_REQUIRE(a.log.wait_for("open"));
  on.run([&] {
    std::vector<base::slice> slices;
    for (std::size_t i = 0; i < whole->size(); ++i) {
      slices.push_back({whole, std::string_view{*whole}.substr(i, 1)});
      slices.push_back({nullptr, {}});
    }
    a.link->write(std::move(slices));
  });
  CAF_CHECK(receives(b, *whole));
  CAF_CHECK(a.log.wait_for("written"));
}

CAF_TEST(a write of nothing is written in a later turn) {
  auto& a = dial();
  CAF_REQUIRE(a.log.wait_for("open"));
  on.run([&] {
    a.link->write({});
    CAF_CHECK(a.link->writing());
    CAF_CHECK_EQUAL(a.log.count("written"), 0u);
  });
  CAF_CHECK(a.log.wait_for("written"));
  on.run([&] { CAF_CHECK(!a.link->writing()); });
}

CAF_TEST(both ends have the socket options of the cluster) {
  auto& a = dial();
  CAF_REQUIRE(a.log.wait_for("open"));
  CAF_REQUIRE(accepted_end().log.wait_for("open"));
  const auto sockets = sockets_of(port);
  CAF_REQUIRE_EQUAL(sockets.size(), 2u);
  for (const int s : sockets) {
    CAF_CHECK_EQUAL(option(s, IPPROTO_TCP, TCP_NODELAY), 1);
    CAF_CHECK_EQUAL(option(s, IPPROTO_TCP, TCP_NOTSENT_LOWAT), 128 << 10);
    CAF_CHECK_EQUAL(option(s, IPPROTO_TCP, TCP_USER_TIMEOUT), 4000);
    CAF_CHECK_EQUAL(option(s, SOL_SOCKET, SO_KEEPALIVE), 0);
  }
}

CAF_TEST(a refused dial says so once) {
  auto& a = dial(nullptr, deadline, free_port());
  CAF_CHECK(a.log.wait_for("closed: Connection refused"));
  CAF_CHECK(a.log.wait_for("closed"));
  CAF_CHECK_EQUAL(a.log.all().size(), 2u);
}

CAF_TEST(a dial that nobody answers times out) {
  const full_listener full;
  const auto begin = std::chrono::steady_clock::now();
  auto& a = dial(nullptr, 200ms, full.port());
  CAF_CHECK(a.log.wait_for("closed: timed out"));
  CAF_CHECK(std::chrono::steady_clock::now() - begin >= 200ms);
  CAF_CHECK_EQUAL(a.log.count("open"), 0u);
}

CAF_TEST(addresses are tried in turn within one timeout) {
  const full_listener full;
  const auto dial_all = [&](recording_end& end, std::vector<base::endpoint> addresses) {
    on.run([&] { end.link = net::dial(on.loop, addresses, 600ms, nullptr, end); });
  };
  auto& a = dialled_ends.emplace_back();
  dial_all(a, {{"127.0.0.1", free_port()}, {"127.0.0.1", full.port()}, {"127.0.0.1", port}});
  CAF_CHECK(a.log.wait_for("open"));
  CAF_CHECK_EQUAL(a.peer.address, "127.0.0.1:" + std::to_string(port));
  auto& b = dialled_ends.emplace_back();
  dial_all(b, {{"127.0.0.1", full.port()}, {"127.0.0.1", free_port()}});
  CAF_CHECK(b.log.wait_for("closed: Connection refused"));
  auto& c = dialled_ends.emplace_back();
  dial_all(c, {{"not.numeric", port}});
  CAF_CHECK(c.log.wait_for("closed: no address"));
}

CAF_TEST(a name is dialled at one of its addresses) {
  auto& a = dial(nullptr, deadline, 0, "localhost");
  CAF_CHECK(a.log.wait_for("open"));
  CAF_CHECK_EQUAL(a.peer.address, "127.0.0.1:" + std::to_string(port));
}

CAF_TEST(a name that does not exist is said to be the reason) {
  auto& a = dial(nullptr, deadline, 0, "nowhere.invalid");
  CAF_REQUIRE(a.log.wait_for("closed"));
  CAF_CHECK(a.log.all()[0].starts_with("closed: cannot resolve nowhere.invalid: "));
}

CAF_TEST(names are resolved to all their addresses) {
  const auto resolved = [&](const std::string& host) {
    event_log done;
    std::pair<std::vector<base::endpoint>, std::string> answer;
    on.run([&] {
      net::resolve(on.loop, host, 7400, [&](auto addresses, std::string error) {
        answer = {std::move(addresses), std::move(error)};
        done.add("done");
      });
    });
    CAF_CHECK(done.wait_for("done"));
    return answer;
  };
  const base::endpoint v4{"127.0.0.1", 7400};
  const auto names = resolved("localhost").first;
  CAF_CHECK_EQUAL(std::count(names.begin(), names.end(), v4), 1);
  CAF_CHECK(resolved("127.0.0.1").first == std::vector{v4});
  CAF_CHECK_EQUAL(to_string(resolved("::1").first.at(0)), "[::1]:7400");
  const auto none = resolved("nowhere.invalid");
  CAF_CHECK(none.first.empty());
  CAF_CHECK(none.second.starts_with("cannot resolve nowhere.invalid: "));
}

CAF_TEST(closing delivers what was written before) {
  const auto whole = varied_bytes(8u << 20);
  auto& a = dial();
  auto& b = accepted_end();
  CAF_REQUIRE(a.log.wait_for("open"));
  on.run([&] {
    a.write(whole);
    CAF_CHECK(a.link->writing());
    a.link->close(deadline);
    a.link->close(0ms);
    a.write("too late");
  });
  CAF_CHECK(receives(b, whole));
  CAF_CHECK(b.log.wait_for("closed: closed by the peer"));
  CAF_CHECK(a.log.wait_for("closed: closed by us"));
  CAF_CHECK_EQUAL(a.log.count("written"), 0u);
  CAF_CHECK(a.log.wait_for("closed"));
  CAF_CHECK_EQUAL(a.log.count("closed"), 1u);
}

CAF_TEST(closing while bytes come in costs none of those that go out) {
  const auto farewell = varied_bytes(100'000);
  auto& a = dial();
  auto& b = accepted_end();
  CAF_REQUIRE(b.log.wait_for("open"));
  CAF_REQUIRE(a.log.wait_for("open"));
  chunked_writer flood{a, std::string(16u << 20, 'x')};
  bool said = false;
  b.at_bytes = [&](std::string_view) {
    if (std::exchange(said, true))
      return;
    b.write(farewell);
    b.link->close(deadline);
  };
  on.run([&] { flood.next(); });
  CAF_CHECK(receives(a, farewell));
  CAF_CHECK(a.log.wait_for("closed: closed by the peer"));
  CAF_CHECK(b.log.wait_for("closed: closed by us"));
}

CAF_TEST(a peer that takes nothing does not hold up closing) {
  test_client silent{port};
  auto& b = accepted_end();
  CAF_REQUIRE(b.log.wait_for("open"));
  const auto begin = std::chrono::steady_clock::now();
  on.run([&] {
    b.write(std::string(32u << 20, 'x'));
    b.link->close(100ms);
  });
  CAF_CHECK(b.log.wait_for("closed: closed by us"));
  CAF_CHECK(std::chrono::steady_clock::now() - begin >= 100ms);
}

  CAF_TEST(a peer that takes nothing for 4 seconds is given up) {
    test_client silent{port};
    auto& b = accepted_end();
    CAF_REQUIRE(b.log.wait_for("open"));
    on.run([&] { b.write(std::string(32u << 20, 'x')); });
    CAF_CHECK(b.log.wait_for("closed: Connection timed out"));
  }

  CAF_TEST(aborting ends at once and tells in a later turn) {
    auto& a = dial();
    auto& b = accepted_end();
    CAF_REQUIRE(a.log.wait_for("open"));
    CAF_REQUIRE(b.log.wait_for("open"));
    on.run([&] {
      a.link->abort();
      a.link->abort();
      a.link->close(1s);
      CAF_CHECK_EQUAL(a.log.count("closed"), 0u);
    });
    CAF_CHECK(a.log.wait_for("closed: closed by us"));
    CAF_CHECK(b.log.wait_for("closed: Connection reset by peer"));
    CAF_CHECK(a.log.wait_for("closed"));
    CAF_CHECK_EQUAL(a.log.count("closed"), 1u);
  }

  CAF_TEST(a dial can be given up) {
    const full_listener full;
    auto& a = dial(nullptr, deadline, full.port());
    on.run([&] { a.link->close(1s); });
    CAF_CHECK(a.log.wait_for("closed: closed by us"));
    auto& b = dial(nullptr, deadline, full.port());
    on.run([&] { b.link.reset(); });
    on.run([] {});
    CAF_CHECK(b.log.all().empty());
  }

  CAF_TEST(a peer that ends or vanishes is told apart) {
    std::optional<test_client> client{port};
    CAF_REQUIRE(client->send("bye"));
    client.reset();
    auto& ended = accepted_end(1);
    CAF_CHECK(ended.log.wait_for("closed: closed by the peer"));
    CAF_CHECK_EQUAL(ended.received, "bye");
    client.emplace(port);
    auto& vanished = accepted_end(2);
    on.run([&] { vanished.write("unread"); });
    CAF_REQUIRE(vanished.log.wait_for("written"));
    client.reset();
    CAF_CHECK(vanished.log.wait_for("closed: Connection reset by peer"));
  }

  CAF_TEST(a link that is dropped ends without another call) {
    auto& a = dial();
    auto& b = accepted_end();
    CAF_REQUIRE(a.log.wait_for("open"));
    CAF_REQUIRE(b.log.wait_for("open"));
    b.at_bytes = [&](std::string_view) { b.link.reset(); };
    on.run([&] { a.write("drop it"); });
    CAF_CHECK(a.log.wait_for("closed: Connection reset by peer"));
    on.run([] {});
    CAF_CHECK_EQUAL(b.log.count("closed"), 0u);
  }

  CAF_TEST(a handler that throws loses its own link) {
    auto& a = dial();
    auto& b = accepted_end();
    auto& other = dial();
    CAF_REQUIRE(a.log.wait_for("open"));
    CAF_REQUIRE(other.log.wait_for("open"));
    b.at_bytes = [](std::string_view) { throw std::runtime_error{"on purpose"}; };
    on.run([&] { a.write("x"); });
    CAF_CHECK(b.log.wait_for("closed: its handler failed"));
    CAF_CHECK(a.log.wait_for("closed"));
    on.run([&] { other.write("still here"); });
    CAF_CHECK(receives(accepted_end(2), "still here"));
  }

  CAF_TEST(a port that is in use is refused in one sentence) {
    on.run([&] {
      net::link_listener other{on.loop, *this, nullptr};
      CAF_CHECK_EQUAL(other.listen("127.0.0.1", port),
                      "cannot listen on 127.0.0.1:" + std::to_string(port)
                          + ": Address already in use");
      CAF_CHECK_EQUAL(other.port(), 0u);
    });
  }

  CAF_TEST(a listener that pauses leaves connections waiting until it resumes) {
    at_accept = [&] {
      if (accepted_ends.size() == 2)
        listener().pause();
    };
    std::vector<recording_end*> ends;
    for (int i = 0; i < 4; ++i)
      ends.push_back(&dial());
    for (auto* end : ends) {
      CAF_REQUIRE(end->log.wait_for("open"));
      on.run([&] { end->write("hello"); });
      CAF_REQUIRE(end->log.wait_for("written"));
    }
    CAF_CHECK_EQUAL(log.count("accepted"), 2u);
    on.run([&] {
      listener().pause();
      listener().resume();
      listener().resume();
    });
    CAF_CHECK(receives(accepted_end(4), "hello"));
    CAF_CHECK_EQUAL(log.count("accepted"), 4u);
  }

  CAF_TEST(who is not wanted is turned away) {
    refuses = true;
    auto& a = dial();
    CAF_CHECK(a.log.wait_for("closed"));
    CAF_CHECK_EQUAL(log.count("accepted"), 0u);
  }

  CAF_TEST(a closed listener keeps its links) {
    auto& a = dial();
    auto& b = accepted_end();
    CAF_REQUIRE(a.log.wait_for("open"));
    on.run([&] { listener().close(); });
    CAF_CHECK(dial().log.wait_for("closed: Connection refused"));
    on.run([&] { a.write("still here"); });
    CAF_CHECK(receives(b, "still here"));
  }

  CAF_TEST_FIXTURE_SCOPE_END()
