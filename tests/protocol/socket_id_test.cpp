#define CAF_SUITE protocol.socket_id

#include "protocol/socket_id.hpp"

#include <rapidcheck.h>

#include "caf/test/dsl.hpp"

#include <limits>
#include <unordered_set>

using namespace grapevine::protocol;

CAF_TEST(two numbers with a dot between are a socket id) {
  for (auto text : {"1.1", "4242.777", "0.0", "007.1", "99999999999999999999999999.1"})
    CAF_CHECK(is_socket_id(text));
}

CAF_TEST(anything else is no socket id) {
  for (auto text : {"", ".", "1", "1.", ".1", "1.2.3", "a.1", "1.b", "-1.1", "1.+1", " 1.1", "1.1 ",
                    "1.1\n", "1,1", "1.0x1"}) {
    CAF_CHECK(!is_socket_id(text));
    CAF_CHECK(!parse_socket_id(text));
  }
}

CAF_TEST(at most 64 characters are read) {
  CAF_CHECK(is_socket_id("1." + std::string(62, '1')));
  CAF_CHECK(!is_socket_id("1." + std::string(63, '1')));
}

CAF_TEST(a written id reads back as the same id) {
  auto holds = rc::check([](std::uint64_t node, std::uint64_t serial) {
    const socket_id id{node, serial};
    RC_ASSERT(is_socket_id(to_string(id)));
    RC_ASSERT(parse_socket_id(to_string(id)) == id);
  });
  CAF_CHECK(holds);
  CAF_CHECK_EQUAL(to_string(socket_id{4242, 777}), "4242.777");
  const socket_id largest{std::numeric_limits<std::uint64_t>::max(),
                          std::numeric_limits<std::uint64_t>::max()};
  CAF_CHECK(parse_socket_id(to_string(largest)) == largest);
}

CAF_TEST(an id that cannot be ours reads as no socket) {
  for (auto text : {"18446744073709551616.1", "1.18446744073709551616"}) {
    auto id = parse_socket_id(text);
    CAF_REQUIRE(id.has_value());
    CAF_CHECK(*id == socket_id{});
    CAF_CHECK(!*id);
  }
}

CAF_TEST(ids of neighbours hash differently) {
  std::unordered_set<std::size_t> hashes;
  for (std::uint64_t node = 1; node <= 10; ++node)
    for (std::uint64_t serial = 1; serial <= 100; ++serial)
      hashes.insert(std::hash<socket_id>{}({node, serial}));
  CAF_CHECK_EQUAL(hashes.size(), 1000u);
}
