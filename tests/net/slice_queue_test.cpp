#define CAF_SUITE net_socket.slice_queue

#include "net/slice_queue.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "caf/test/dsl.hpp"

using namespace grapevine;
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
  static base::slice slice_of(std::string bytes) {
    const auto owner = std::make_shared<const std::string>(std::move(bytes));
    return {owner, *owner};
  }

  flush_result flush() {
    return slices.flush(to, scratch);
  }

  std::string receive() {
    std::string all;
    std::array<char, 8192> part;
    ssize_t n;
    while ((n = ::recv(pair.ends[1], part.data(), part.size(), MSG_DONTWAIT)) > 0)
      all.append(part.data(), static_cast<std::size_t>(n));
    return all;
  }

  connected_pair pair;
  transport to{pair.ends[0]};
  std::array<char, 1> scratch{};
  slice_queue slices;
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(slice_queue_tests, fixture)

CAF_TEST(slices leave in order with one write and empty ones with it) {
  slices.assign({slice_of(""), slice_of("one"), {nullptr, {}}, slice_of("two"), slice_of("")});
  CAF_CHECK(!slices.empty());
  const auto result = flush();
  CAF_CHECK(result.what == flush_result::outcome::empty);
  CAF_CHECK_EQUAL(result.bytes, 6u);
  CAF_CHECK_EQUAL(receive(), "onetwo");
  CAF_CHECK(slices.empty());
}

CAF_TEST(nothing at all is written at once) {
  slices.assign({});
  CAF_CHECK(flush().what == flush_result::outcome::empty);
  slices.assign({slice_of("")});
  CAF_CHECK(flush().what == flush_result::outcome::empty);
}

CAF_TEST(what the socket does not take yet follows without loss or repetition) {
  std::string expected;
  std::vector<base::slice> many;
  for (int i = 0; i < 3000; ++i) {
    many.push_back(
        slice_of(std::to_string(i) + std::string(static_cast<std::size_t>(i % 97), 'x')));
    expected += many.back().bytes;
  }
  slices.assign(std::move(many));
  std::string received;
  while (!slices.empty()) {
    CAF_REQUIRE(flush().what != flush_result::outcome::failed);
    received += receive();
  }
  CAF_CHECK(received == expected);
}

CAF_TEST(a slice that has left is let go) {
  auto first = slice_of("first");
  const std::weak_ptr<const std::string> watched = first.owner;
  slices.assign({std::move(first), slice_of(std::string(1u << 20, 'x'))});
  CAF_CHECK(flush().what == flush_result::outcome::wait_write);
  CAF_CHECK(watched.expired());
  CAF_CHECK(!slices.empty());
}

CAF_TEST(a peer that is gone is a failure and no signal) {
  ::shutdown(pair.ends[1], SHUT_RDWR);
  slices.assign({slice_of("x")});
  CAF_CHECK(flush().what == flush_result::outcome::failed);
  CAF_CHECK(!slices.empty());
}

CAF_TEST_FIXTURE_SCOPE_END()
