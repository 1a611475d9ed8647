#define CAF_SUITE channels.event_cache

#include "channels/event_cache.hpp"

#include "caf/test/dsl.hpp"

using namespace grapevine::channels;
using namespace std::chrono_literals;

namespace {

const grapevine::cluster::time_point start{1h};

/// An event that is kept for half an hour.
cached_event event(std::string name, std::string data, grapevine::cluster::time_point at,
                   std::uint64_t hlc = 0, std::uint64_t publisher = 0) {
  return {std::move(name), std::move(data), at + 30min, hlc, publisher};
}

}  // namespace

CAF_TEST(the last event is kept until it is too old) {
  event_cache cache;
  CAF_CHECK(cache.find(start) == nullptr);
  cache.store(event("first", "1", start));
  cache.store(event("second", "2", start + 1min));
  CAF_REQUIRE(cache.find(start + 30min) != nullptr);
  CAF_CHECK_EQUAL(cache.find(start + 30min)->event, "second");
  CAF_CHECK_EQUAL(cache.find(start + 30min)->data, "2");
  CAF_CHECK(cache.find(start + 31min) == nullptr);
}

CAF_TEST(only an event that is too old is dropped) {
  event_cache cache;
  cache.store(event("e", "d", start));
  cache.expire(start + 29min);
  CAF_CHECK(cache.find(start) != nullptr);
  cache.expire(start + 30min);
  CAF_CHECK(cache.find(start) == nullptr);
}

CAF_TEST(a miss is reported once until an event is cached) {
  event_cache cache;
  CAF_CHECK(cache.miss());
  CAF_CHECK(!cache.miss());
  cache.store(event("e", "d", start));
  CAF_CHECK(cache.miss());
}

CAF_TEST(of two events that nodes published the later one stays) {
  event_cache cache;
  CAF_CHECK(cache.store(event("new", "2", start, 20, 1)));
  CAF_CHECK(!cache.store(event("old", "1", start, 10, 9)));
  CAF_CHECK(cache.store(event("same time", "3", start, 20, 2)));
  CAF_CHECK_EQUAL(cache.find(start)->event, "same time");
}
