#define CAF_SUITE channels.occupancy

#include "channels/occupancy.hpp"

#include "caf/test/dsl.hpp"

using grapevine::channels::occupancy;

CAF_TEST(only the first subscriber occupies and only the last one vacates) {
  occupancy channel;
  CAF_CHECK(channel.add(3));
  CAF_CHECK(!channel.add(3));
  CAF_CHECK(!channel.add(0));
  CAF_CHECK_EQUAL(channel.subscriptions(), 3u);
  CAF_CHECK(!channel.remove(3));
  CAF_CHECK(!channel.remove(0));
  CAF_CHECK(channel.remove(3));
  CAF_CHECK(!channel.occupied());
}

CAF_TEST(each shard with subscribers is named once) {
  occupancy channel;
  channel.add(2);
  channel.add(2);
  channel.add(5);
  CAF_CHECK_EQUAL(channel.shards(), (std::vector<std::uint32_t>{2, 5}));
  channel.remove(2);
  channel.remove(2);
  CAF_CHECK_EQUAL(channel.shards(), (std::vector<std::uint32_t>{5}));
}

CAF_TEST(a shard without subscribers cannot be counted below zero) {
  occupancy channel;
  CAF_CHECK(!channel.remove(7));
  channel.add(1);
  CAF_CHECK(!channel.remove(7));
  CAF_CHECK_EQUAL(channel.subscriptions(), 1u);
}
