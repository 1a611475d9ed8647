#define CAF_SUITE broadcast.channel_list

#include <grapevine/channel_list.hpp>

#include "caf/test/dsl.hpp"

using namespace grapevine;

namespace {

std::vector<std::string> names(const channel_list& list) {
  std::vector<std::string> result;
  for (const auto& one : list)
    result.push_back(one.str());
  return result;
}

using texts = std::vector<std::string>;

}  // namespace

CAF_TEST(a kind puts its prefix in front of the name) {
  CAF_CHECK_EQUAL(public_channel("orders").str(), "orders");
  CAF_CHECK_EQUAL(private_channel("order.7").str(), "private-order.7");
  CAF_CHECK_EQUAL(presence_channel("chat.room1").str(), "presence-chat.room1");
}

CAF_TEST(a list is made of one name in any form) {
  const std::string text = "a";
  const channel_list from_function = private_channel("a");
  const channel_list from_literal = "a";
  const channel_list from_text = text;
  const channel_list from_view = std::string_view{text};
  CAF_CHECK_EQUAL(names(from_function), texts{"private-a"});
  CAF_CHECK_EQUAL(names(from_literal), texts{"a"});
  CAF_CHECK_EQUAL(names(from_text), texts{"a"});
  CAF_CHECK_EQUAL(names(from_view), texts{"a"});
}

CAF_TEST(a list keeps several names in their order) {
  const channel_list mixed{public_channel("a"), presence_channel("b"), "any-raw-name"};
  CAF_CHECK_EQUAL(names(mixed), (texts{"a", "presence-b", "any-raw-name"}));
  // Two literals must not be taken for a pair of iterators.
  const channel_list literals = {"x", "y"};
  CAF_CHECK_EQUAL(names(literals), (texts{"x", "y"}));
  CAF_CHECK(channel_list{}.empty());
}
