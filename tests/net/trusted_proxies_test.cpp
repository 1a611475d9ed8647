#define CAF_SUITE net.trusted_proxies

#include "net/trusted_proxies.hpp"

#include "caf/test/dsl.hpp"

using namespace grapevine::net;

namespace {

http_request forwarded(std::vector<std::string> lines) {
  http_request request;
  for (auto& line : lines)
    request.headers.emplace_back("x-forwarded-for", std::move(line));
  return request;
}

}  // namespace

CAF_TEST(addresses and blocks of both families are matched) {
  const trusted_proxies proxies{{"10.1.0.0/16", "192.168.1.7", "fd00::/9", "::1", "172.16.0.0/12"}};
  for (auto address :
       {"10.1.255.255", "192.168.1.7", "fd7f::1", "::1", "172.31.0.1", "::ffff:10.1.2.3"})
    CAF_CHECK(proxies.contains(address));
  for (auto address : {"10.2.0.0", "192.168.1.8", "fd80::1", "::2", "172.32.0.1", "", "nonsense"})
    CAF_CHECK(!proxies.contains(address));
}

CAF_TEST(nonsense in the configuration trusts nobody) {
  const trusted_proxies proxies{{"", "x", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8x", "::/129"}};
  for (auto address : {"10.0.0.1", "0.0.0.0", "::"})
    CAF_CHECK(!proxies.contains(address));
}

CAF_TEST(an untrusted peer cannot choose its address) {
  const trusted_proxies proxies{{"10.0.0.0/8"}};
  CAF_CHECK_EQUAL(proxies.client_address("1.2.3.4", forwarded({"9.9.9.9"})), "1.2.3.4");
}

CAF_TEST(behind trusted proxies the rightmost other address counts) {
  const trusted_proxies proxies{{"10.0.0.0/8"}};
  auto client = [&](std::vector<std::string> lines) {
    return proxies.client_address("10.0.0.1", forwarded(std::move(lines)));
  };
  CAF_CHECK_EQUAL(client({"9.9.9.9"}), "9.9.9.9");
  CAF_CHECK_EQUAL(client({"6.6.6.6, 9.9.9.9, 10.0.0.2"}), "9.9.9.9");
  CAF_CHECK_EQUAL(client({"6.6.6.6", "9.9.9.9 ,10.0.0.2"}), "9.9.9.9");
  CAF_CHECK_EQUAL(client({"10.0.0.3, 10.0.0.2"}), "10.0.0.3");
  CAF_CHECK_EQUAL(client({"9.9.9.9:4711"}), "9.9.9.9");
  CAF_CHECK_EQUAL(client({"[2001:db8::1]:4711"}), "2001:db8::1");
  CAF_CHECK_EQUAL(client({"6.6.6.6, unknown"}), "10.0.0.1");
  CAF_CHECK_EQUAL(client({}), "10.0.0.1");
}
