#define CAF_SUITE drivers.redis_url

#include "drivers/redis_url.hpp"

#include "caf/test/dsl.hpp"

using namespace grapevine::drivers;

CAF_TEST(the parts of an address are told apart) {
  auto found = parse_redis_url("rediss://me:p%40ss@example.com:6380/3");
  CAF_REQUIRE(found);
  CAF_CHECK(found->tls);
  CAF_CHECK_EQUAL(found->username, "me");
  CAF_CHECK_EQUAL(found->password, "p@ss");
  CAF_CHECK_EQUAL(found->host, "example.com");
  CAF_CHECK_EQUAL(found->port, 6380u);
  CAF_CHECK_EQUAL(found->database, 3u);
}

CAF_TEST(port and database have defaults) {
  CAF_CHECK(parse_redis_url("redis://127.0.0.1") == redis_location{});
  CAF_CHECK(parse_redis_url("redis://127.0.0.1/") == redis_location{});
  auto six = parse_redis_url("redis://[::1]/1");
  CAF_REQUIRE(six);
  CAF_CHECK_EQUAL(six->host, "::1");
  CAF_CHECK_EQUAL(six->port, 6379u);
}

CAF_TEST(a password without a user has its own form) {
  auto found = parse_redis_url("redis://:secret@host");
  CAF_REQUIRE(found);
  CAF_CHECK_EQUAL(found->username, "");
  CAF_CHECK_EQUAL(found->password, "secret");
  CAF_CHECK_EQUAL(to_string(*found), "redis://:secret@host:6379/0");
}

CAF_TEST(printing and reading again gives the same location) {
  redis_location location{true, "u:/@%", "p w/:@%\xc3\xa4", "::1", 1, 15};
  CAF_CHECK(parse_redis_url(to_string(location)) == location);
}

CAF_TEST(malformed addresses are refused) {
  for (const auto* text :
       {"", "127.0.0.1:6379", "http://host", "redis://", "redis://host:0", "redis://host:x",
        "redis://host/x", "redis://host/-1", "redis://host/1x", "redis://a%4@host",
        "redis://a%zz@host", "redis://ho st", "redis:///0", "redis://host:6379/0?db=1"})
    CAF_CHECK(!parse_redis_url(text));
}

CAF_TEST(a host is read as Laravel writes it) {
  const auto address_with = [](std::string_view host) {
    redis_location at{.host = "before"};
    const auto* verdict = set_redis_host(host, at) ? "" : "refused ";
    return verdict + to_string(at);
  };
  CAF_CHECK_EQUAL(address_with("redis.example"), "redis://redis.example:6379/0");
  CAF_CHECK_EQUAL(address_with("tls://redis.example"), "rediss://redis.example:6379/0");
  CAF_CHECK_EQUAL(address_with("tcp://10.0.0.1"), "redis://10.0.0.1:6379/0");
  CAF_CHECK_EQUAL(address_with("::1"), "redis://[::1]:6379/0");
  CAF_CHECK_EQUAL(address_with("tls://[::1]"), "rediss://[::1]:6379/0");
  for (const auto* text : {"", "/var/run/redis.sock", "tls://", "http://host", "host:6379", "a b"})
    CAF_CHECK_EQUAL(address_with(text), "refused redis://before:6379/0");
}
