#define CAF_SUITE channels.channel_answers

#include "channels/channel_answers.hpp"

#include "caf/test/dsl.hpp"

using namespace grapevine::channels;
namespace protocol = grapevine::protocol;

namespace {

using texts = std::vector<std::string>;

protocol::channel_info info(bool occupied, std::optional<std::size_t> subscriptions = {},
                            std::optional<std::size_t> users = {}) {
  protocol::channel_info result;
  result.occupied = occupied;
  result.subscription_count = subscriptions;
  result.user_count = users;
  return result;
}

/// What a node may get to read from one with a defect.
const texts garbage{"",
                    "{",
                    "null",
                    "7",
                    "\"text\"",
                    "[]",
                    "{}",
                    "[1,{},[]]",
                    R"({"occupied":"yes","subscriptions":-1,"users":"many","connections":1.5})",
                    R"({"news":7,"orders":null})",
                    "\xff\xfe"};

}  // namespace

CAF_TEST(what is asked about survives as bits) {
  for (const bool users : {false, true})
    for (const bool subscriptions : {false, true}) {
      const auto back = from_attributes(
          to_attributes({.user_count = users, .subscription_count = subscriptions}));
      CAF_CHECK_EQUAL(back.user_count, users);
      CAF_CHECK_EQUAL(back.subscription_count, subscriptions);
      CAF_CHECK(!back.cache);
    }
}

CAF_TEST(the subscriptions of a channel are added up) {
  auto local = info(true, 3);
  merge_channel(local, {encode_local_channel(info(true, 4)), encode_local_channel(info(false, 0))},
                false);
  CAF_CHECK(local.occupied);
  CAF_CHECK(local.subscription_count == std::optional<std::size_t>{7});
  CAF_CHECK(!local.user_count);
}

CAF_TEST(a channel is occupied when it is anywhere) {
  auto local = info(false);
  merge_channel(local, {encode_local_channel(info(false))}, false);
  CAF_CHECK(!local.occupied);
  merge_channel(local, {encode_local_channel(info(true))}, false);
  CAF_CHECK(local.occupied);
}

CAF_TEST(the users of a channel are as many as the best informed says) {
  auto local = info(false, {}, 0);
  const texts answers{encode_local_channel(info(true, {}, 5)),
                      encode_local_channel(info(true, {}, 4))};
  merge_channel(local, answers, false);
  CAF_CHECK(local.user_count == std::optional<std::size_t>{5});
}

CAF_TEST(who holds the roster knows the number of users best) {
  auto local = info(true, {}, 3);
  merge_channel(local, {encode_local_channel(info(true, {}, 5))}, true);
  CAF_CHECK(local.user_count == std::optional<std::size_t>{3});
}

CAF_TEST(channels of all nodes become one list in order) {
  protocol::named_info local{{"b", info(true, 1)}, {"d", info(true, 2)}};
  merge_channels(local, {encode_local_channels({{"c", info(true, 3)}, {"b", info(true, 4)}}),
                         encode_local_channels({{"a", info(true, 5)}, {"b", info(true, 6)}})});
  CAF_REQUIRE_EQUAL(local.size(), 4u);
  const std::vector<std::pair<std::string, std::size_t>> expected{
      {"a", 5}, {"b", 11}, {"c", 3}, {"d", 2}};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CAF_CHECK_EQUAL(local[i].first, expected[i].first);
    CAF_CHECK(local[i].second.subscription_count == std::optional{expected[i].second});
    CAF_CHECK(local[i].second.occupied);
  }
}

CAF_TEST(a name is carried whatever bytes it has) {
  protocol::named_info local;
  const std::string odd = "a\"b\\c,{}\n";
  merge_channels(local, {encode_local_channels({{odd, info(true)}})});
  CAF_REQUIRE_EQUAL(local.size(), 1u);
  CAF_CHECK_EQUAL(local[0].first, odd);
}

CAF_TEST(users are united and sorted) {
  texts local{"9", "42"};
  merge_users(local, {encode_local_users({"7", "42"}), encode_local_users({})});
  CAF_CHECK_EQUAL(local, (texts{"42", "7", "9"}));
}

CAF_TEST(connections are added up) {
  CAF_CHECK_EQUAL(sum_connections(3, {encode_local_connections(4), encode_local_connections(0)}),
                  7u);
  CAF_CHECK_EQUAL(sum_connections(3, {}), 3u);
}

CAF_TEST(what cannot be read counts for nothing) {
  auto channel = info(false, 3, 2);
  merge_channel(channel, garbage, false);
  CAF_CHECK(!channel.occupied);
  CAF_CHECK(channel.subscription_count == std::optional<std::size_t>{3});
  CAF_CHECK(channel.user_count == std::optional<std::size_t>{2});
  protocol::named_info channels{{"b", info(true)}};
  merge_channels(channels, garbage);
  CAF_CHECK_EQUAL(channels.size(), 1u);
  texts users{"42"};
  merge_users(users, garbage);
  CAF_CHECK_EQUAL(users, texts{"42"});
  CAF_CHECK_EQUAL(sum_connections(3, garbage), 3u);
}

CAF_TEST(what cannot be read does not hide what can) {
  auto answers = garbage;
  answers.push_back(encode_local_channel(info(true, 4)));
  auto channel = info(false, 3);
  merge_channel(channel, answers, false);
  CAF_CHECK(channel.occupied);
  CAF_CHECK(channel.subscription_count == std::optional<std::size_t>{7});
}

CAF_TEST(deeply nested text does no harm) {
  const std::string deep(100'000, '[');
  texts users;
  merge_users(users, {deep, deep + std::string(100'000, ']')});
  CAF_CHECK(users.empty());
}
