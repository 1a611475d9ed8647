#define CAF_SUITE protocol.channel_state

#include "protocol/channel_state.hpp"

#include "caf/test/dsl.hpp"

using namespace grapevine::protocol;
using namespace std::chrono_literals;

namespace {

const channel_state::time_point start{1h};

/// An event that is kept for half an hour.
cached_event event(std::string name, std::string data, channel_state::time_point at,
                   std::uint64_t hlc = 0, std::uint64_t publisher = 0) {
  return {std::move(name), std::move(data), at + 30min, hlc, publisher};
}

}  // namespace

CAF_TEST(only the first subscriber occupies and only the last one vacates) {
  channel_state channel;
  CAF_CHECK(channel.subscribe(3));
  CAF_CHECK(!channel.subscribe(3));
  CAF_CHECK(!channel.subscribe(0));
  CAF_CHECK_EQUAL(channel.subscriptions(), 3u);
  CAF_CHECK(!channel.unsubscribe(3));
  CAF_CHECK(!channel.unsubscribe(0));
  CAF_CHECK(channel.unsubscribe(3));
  CAF_CHECK(!channel.occupied());
}

CAF_TEST(each shard with subscribers is named once) {
  channel_state channel;
  channel.subscribe(2);
  channel.subscribe(2);
  channel.subscribe(5);
  CAF_CHECK_EQUAL(channel.shards(), (std::vector<std::uint32_t>{2, 5}));
  channel.unsubscribe(2);
  channel.unsubscribe(2);
  CAF_CHECK_EQUAL(channel.shards(), (std::vector<std::uint32_t>{5}));
}

CAF_TEST(a shard without subscribers cannot be counted below zero) {
  channel_state channel;
  CAF_CHECK(!channel.unsubscribe(7));
  channel.subscribe(1);
  CAF_CHECK(!channel.unsubscribe(7));
  CAF_CHECK_EQUAL(channel.subscriptions(), 1u);
}

CAF_TEST(the last event is kept until it is too old) {
  channel_state channel;
  CAF_CHECK(channel.cached(start) == nullptr);
  channel.cache(event("first", "1", start));
  channel.cache(event("second", "2", start + 1min));
  CAF_REQUIRE(channel.cached(start + 30min) != nullptr);
  CAF_CHECK_EQUAL(channel.cached(start + 30min)->event, "second");
  CAF_CHECK_EQUAL(channel.cached(start + 30min)->data, "2");
  CAF_CHECK(channel.cached(start + 31min) == nullptr);
}

CAF_TEST(a cached event survives the last subscriber) {
  channel_state channel;
  channel.subscribe(0);
  channel.cache(event("e", "d", start));
  channel.unsubscribe(0);
  CAF_CHECK(channel.cached(start + 1min) != nullptr);
}

CAF_TEST(a miss is reported once until an event is cached) {
  channel_state channel;
  CAF_CHECK(channel.miss());
  CAF_CHECK(!channel.miss());
  channel.cache(event("e", "d", start));
  CAF_CHECK(channel.miss());
}

CAF_TEST(of two events that nodes published the later one stays) {
  channel_state channel;
  CAF_CHECK(channel.cache(event("new", "2", start, 20, 1)));
  CAF_CHECK(!channel.cache(event("old", "1", start, 10, 9)));
  CAF_CHECK(channel.cache(event("same time", "3", start, 20, 2)));
  CAF_CHECK_EQUAL(channel.cached(start)->event, "same time");
}
