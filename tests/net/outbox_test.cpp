#define CAF_SUITE net_socket.outbox

#include "net/outbox.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>

#include "caf/test/dsl.hpp"

using namespace grapevine::net;

namespace {

struct connected_pair {
  connected_pair() {
    ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data());
    const int small = 4096;
    ::setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
  }
  ~connected_pair() {
    ::close(ends[0]);
    ::close(ends[1]);
  }
  std::array<int, 2> ends{};
};

struct fixture {
  connected_pair pair;
  transport to{pair.ends[0]};
  std::array<char, 1> scratch{};
  outbox box;

  void push(std::string bytes) {
    box.push(frame{std::move(bytes)});
  }

  flush_result flush() {
    return box.flush(to, scratch);
  }

  std::string receive() {
    std::string all;
    std::array<char, 8192> part;
    ssize_t n;
    while ((n = ::recv(pair.ends[1], part.data(), part.size(), MSG_DONTWAIT)) > 0)
      all.append(part.data(), static_cast<std::size_t>(n));
    return all;
  }

  // Fills the socket and empties it again until everything is through.
  std::string receive_all() {
    std::string all;
    while (!box.empty() && flush().what != flush_result::outcome::failed)
      all += receive();
    return all + receive();
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(outbox_tests, fixture)

CAF_TEST(frames leave in order with one write) {
  push("one");
  push("two");
  push("three");
  CAF_CHECK_EQUAL(box.bytes(), 11u);
  const auto result = flush();
  CAF_CHECK(result.what == flush_result::outcome::empty);
  CAF_CHECK_EQUAL(result.bytes, 11u);
  CAF_CHECK_EQUAL(receive(), "onetwothree");
  CAF_CHECK(box.empty());
}

CAF_TEST(nothing to write is no failure) {
  CAF_CHECK(flush().what == flush_result::outcome::empty);
  push("");
  CAF_CHECK(box.empty());
  CAF_CHECK(flush().what == flush_result::outcome::empty);
}

CAF_TEST(a flush takes 64 frames and says that there is more) {
  for (int i = 0; i < 65; ++i)
    push("x");
  const auto result = flush();
  CAF_CHECK(result.what == flush_result::outcome::more);
  CAF_CHECK_EQUAL(result.bytes, 64u);
  CAF_CHECK(flush().what == flush_result::outcome::empty);
  CAF_CHECK_EQUAL(receive().size(), 65u);
}

CAF_TEST(partial writes lose and repeat nothing) {
  std::string expected;
  for (int i = 0; i < 500; ++i) {
    const auto text = std::to_string(i) + std::string(static_cast<std::size_t>(i * 7 % 1000), 'x');
    expected += text;
    push(text);
  }
  CAF_CHECK(flush().what != flush_result::outcome::empty);
  CAF_CHECK(receive_all() == expected);
  CAF_CHECK_EQUAL(box.bytes(), 0u);
}

CAF_TEST(a frame larger than the buffer of the socket goes bit by bit) {
  const std::string large(300'000, 'y');
  push(large);
  CAF_CHECK(flush().what == flush_result::outcome::wait_write);
  CAF_CHECK_EQUAL(box.frames(), 1u);
  CAF_CHECK(receive_all() == large);
}

CAF_TEST(one frame can be in many outboxes) {
  const frame shared{std::string{"shared"}};
  outbox other;
  box.push(shared);
  box.push(shared);
  other.push(shared);
  flush();
  CAF_CHECK_EQUAL(receive(), "sharedshared");
  other.flush(to, scratch);
  CAF_CHECK_EQUAL(receive(), "shared");
}

CAF_TEST(keeping what was started drops every frame but the one on its way) {
  const std::string first(100'000, 'a');
  push(first);
  push("never sent");
  const auto sent = flush().bytes;
  CAF_REQUIRE(sent > 0 && sent < first.size());
  box.keep_started(0);
  CAF_CHECK_EQUAL(box.frames(), 1u);
  CAF_CHECK_EQUAL(box.bytes(), first.size() - sent);
  push("goodbye");
  CAF_CHECK(receive_all() == first + "goodbye");
}

CAF_TEST(keeping what was started keeps nothing when nothing was) {
  push("one");
  push("two");
  box.keep_started(0);
  CAF_CHECK(box.empty());
  CAF_CHECK_EQUAL(box.frames(), 0u);
}

CAF_TEST(what is promised to TLS counts as started) {
  push("aaa");
  push("bbb");
  push("ccc");
  box.keep_started(4);
  CAF_CHECK_EQUAL(box.frames(), 2u);
  CAF_CHECK_EQUAL(box.bytes(), 6u);
  CAF_CHECK_EQUAL(receive_all(), "aaabbb");
}

CAF_TEST(memory is given back after a burst and kept for the usual) {
  const auto idle = box.capacity();
  for (int i = 0; i < 10'000; ++i)
    push("x");
  CAF_CHECK(box.capacity() >= 10'000u);
  receive_all();
  CAF_CHECK_EQUAL(box.capacity(), idle);
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 10; ++i)
      push("x");
    receive_all();
  }
  CAF_CHECK(box.capacity() >= 10u);
}

CAF_TEST(a queue that never runs empty does not grow for ever) {
  for (int i = 0; i < 100; ++i)
    push("0123456789");
  for (int i = 0; i < 10'000; ++i) {
    push("0123456789");
    push("0123456789");
    box.flush(to, scratch);
    receive();
    while (box.frames() > 100)
      box.flush(to, scratch), receive();
  }
  CAF_CHECK(box.capacity() < 1000u);
}

CAF_TEST(a closed peer is a failure and no signal) {
  ::shutdown(pair.ends[1], SHUT_RDWR);
  push("x");
  CAF_CHECK(flush().what == flush_result::outcome::failed);
}

CAF_TEST_FIXTURE_SCOPE_END()
