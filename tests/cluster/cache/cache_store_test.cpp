#define CAF_SUITE cluster.cache_store

#include "cluster/cache/cache_store.hpp"

#include "cluster/random.hpp"

#include "caf/test/dsl.hpp"

#include <rapidcheck.h>

using namespace grapevine::cluster;

namespace {

using namespace std::literals;
using keys = std::vector<std::uint64_t>;

constexpr time_point start{};
constexpr std::size_t plenty = 1u << 20;

/// Content follows from the stamp, as it does in a cluster: nobody publishes twice with one.
cached_item item(std::uint64_t key, std::uint64_t hlc, epoch_t publisher = 1,
                 duration ttl = 30min) {
  return {key,
          0,
          "cache-" + std::to_string(key),
          "event",
          std::to_string(hlc) + "/" + std::to_string(publisher),
          hlc,
          publisher,
          start + ttl};
}

const cached_item* look(const cache_store& store, std::uint64_t key, time_point now = start) {
  return store.find(key, 0, "cache-" + std::to_string(key), now);
}

}  // namespace

CAF_TEST(the newest of a channel is held) {
  cache_store store{plenty};
  CAF_CHECK(!look(store, 1));
  CAF_CHECK(store.put(item(1, 5), start));
  CAF_CHECK(!store.put(item(1, 4, 9), start));
  CAF_CHECK(!store.put(item(1, 5), start));
  CAF_CHECK(*look(store, 1) == item(1, 5));
  CAF_CHECK(store.put(item(1, 5, 2), start));
  CAF_CHECK(store.put(item(1, 6, 1), start));
  CAF_CHECK(*look(store, 1) == item(1, 6));
  CAF_CHECK_EQUAL(store.size(), 1u);
}

CAF_TEST(nodes end with the same items in whatever order they came) {
  CAF_CHECK(rc::check("any two orders", [] {
    std::vector<cached_item> items;
    const auto count = *rc::gen::inRange(0, 30);
    for (int i = 0; i < count; ++i)
      items.push_back(item(*rc::gen::inRange<std::uint64_t>(0, 5),
                           *rc::gen::inRange<std::uint64_t>(0, 5),
                           *rc::gen::inRange<epoch_t>(1, 4)));
    cache_store one{plenty}, other{plenty};
    for (const auto& each : items)
      one.put(each, start);
    random_source random{*rc::gen::arbitrary<std::uint64_t>()};
    for (auto i = items.size(); i > 1; --i)
      std::swap(items[i - 1], items[random.below(i)]);
    for (const auto& each : items)
      other.put(each, start);
    RC_ASSERT(one.keys(start) == other.keys(start));
    RC_ASSERT(one.bytes() == other.bytes());
    for (const auto key : one.keys(start))
      RC_ASSERT(*one.find(key, start) == *other.find(key, start));
  }));
}

CAF_TEST(another channel with the same key is not found) {
  cache_store store{plenty};
  store.put(item(1, 5), start);
  CAF_CHECK(store.find(1, 0, "cache-1", start));
  CAF_CHECK(!store.find(1, 1, "cache-1", start));
  CAF_CHECK(!store.find(1, 0, "cache-2", start));
  CAF_CHECK(!store.find(2, 0, "cache-1", start));
}

CAF_TEST(an item is gone when its time is over) {
  cache_store store{plenty};
  CAF_CHECK(!store.put(item(1, 5, 1, 0s), start));
  CAF_CHECK(store.put(item(1, 5, 1, 10s), start));
  CAF_CHECK(store.put(item(2, 5, 1, 20s), start));
  CAF_CHECK(look(store, 1, start + 9s));
  CAF_CHECK(!look(store, 1, start + 10s));
  CAF_CHECK_EQUAL(store.keys(start + 10s), keys{2});
  CAF_CHECK_EQUAL(store.size(), 2u);
  store.expire(start + 10s);
  CAF_CHECK_EQUAL(store.size(), 1u);
  store.expire(start + 20s);
  CAF_CHECK_EQUAL(store.size(), 0u);
  CAF_CHECK_EQUAL(store.bytes(), 0u);
}

CAF_TEST(keys come in ascending order) {
  cache_store store{plenty};
  for (const std::uint64_t key : {7, 1, 9, 3})
    store.put(item(key, 1), start);
  CAF_CHECK_EQUAL(store.keys(start), (keys{1, 3, 7, 9}));
}

CAF_TEST(the least recently written goes when there is no room) {
  const auto one = cache_store::item_overhead + item(1, 1).channel.size() + 5 + 3;
  cache_store store{3 * one};
  for (std::uint64_t key = 1; key <= 3; ++key)
    store.put(item(key, 1), start);
  CAF_CHECK_EQUAL(store.bytes(), 3 * one);
  CAF_CHECK(look(store, 1));  // reading does not count
  store.put(item(2, 2), start);
  store.put(item(4, 1), start);
  CAF_CHECK_EQUAL(store.keys(start), (keys{2, 3, 4}));
  store.put(item(5, 1), start);
  CAF_CHECK_EQUAL(store.keys(start), (keys{2, 4, 5}));
  CAF_CHECK_EQUAL(store.bytes(), 3 * one);
}

CAF_TEST(an item too large is refused and so is the one before it) {
  cache_store store{cache_store::item_overhead + 100};
  CAF_CHECK(store.put(item(1, 1), start));
  auto large = item(1, 2);
  large.data = std::string(100, 'x');
  CAF_CHECK(!store.put(large, start));
  CAF_CHECK(!look(store, 1));
  CAF_CHECK_EQUAL(store.bytes(), 0u);
  // An older one is refused for its age: what is held stays.
  CAF_CHECK(store.put(item(1, 3), start));
  CAF_CHECK(!store.put(large, start));
  CAF_CHECK(look(store, 1));
  // One of another channel costs nobody else's place.
  large.key = 2;
  CAF_CHECK(!store.put(large, start));
  CAF_CHECK(look(store, 1));
}

CAF_TEST(the bound holds whatever is written) {
  CAF_CHECK(rc::check("any sizes", [] {
    constexpr std::size_t bound = 2'000;
    cache_store store{bound};
    const auto count = *rc::gen::inRange(0, 50);
    for (int i = 0; i < count; ++i) {
      auto each = item(*rc::gen::inRange<std::uint64_t>(0, 20), static_cast<std::uint64_t>(i));
      each.data = std::string(*rc::gen::inRange<std::size_t>(0, bound), 'x');
      const auto put = store.put(each, start);
      RC_ASSERT(store.bytes() <= bound);
      RC_ASSERT(put == (store.find(each.key, start) != nullptr));
    }
    std::size_t counted = 0;
    for (const auto key : store.keys(start)) {
      const auto& held = *store.find(key, start);
      counted +=
          cache_store::item_overhead + held.channel.size() + held.event.size() + held.data.size();
    }
    RC_ASSERT(counted == store.bytes());
  }));
}
