#define CAF_SUITE protocol.channel_name

#include "protocol/channel_name.hpp"

#include "caf/test/dsl.hpp"

#include <set>
#include <string>

using namespace grapevine::protocol;
using namespace std::string_view_literals;

CAF_TEST(the longest prefix decides what a channel is) {
  using enum channel_access;
  struct {
    std::string_view name;
    channel_type type;
  } cases[] = {
      {"orders", {open, false, false}},
      {"cache-prices", {open, false, true}},
      {"private-orders.7", {signed_, false, false}},
      {"private-cache-orders", {signed_, false, true}},
      {"private-encrypted-vault", {signed_, true, false}},
      {"private-encrypted-cache-vault", {signed_, true, true}},
      {"presence-room.1", {presence, false, false}},
      {"presence-cache-room", {presence, false, true}},
      {"#server-to-user-42", {user, false, false}},
  };
  for (const auto& c : cases) {
    CAF_MESSAGE(c.name);
    CAF_CHECK(classify(c.name) == c.type);
    CAF_CHECK_EQUAL(classify(c.name).presence(), c.type.access == presence);
  }
}

CAF_TEST(a prefix counts only with its dash and its case) {
  for (auto name : {"privateer", "cacheable", "presences", "Private-x", "PRESENCE-x", "xprivate-y",
                    "#other", "", "server-to-user-1"})
    CAF_CHECK(classify(name) == channel_type{});
  CAF_CHECK(classify("private-encrypted") == (channel_type{channel_access::signed_, false, false}));
  CAF_CHECK(classify("private-cached") == (channel_type{channel_access::signed_, false, false}));
  CAF_CHECK(classify("private-") == (channel_type{channel_access::signed_, false, false}));
  CAF_CHECK(classify("presence-encrypted-x")
            == (channel_type{channel_access::presence, false, false}));
}

CAF_TEST(names of the allowed characters pass) {
  for (auto name : {"a", "Z9_-=@,.;", "private-App.Models.User.1", "presence-cache-room"})
    CAF_CHECK(check_channel_name(name, 200, false) == name_fault::none);
}

CAF_TEST(every other byte is refused) {
  const std::string_view allowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-=@,.;";
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const auto expected =
        allowed.find(c) == std::string_view::npos ? name_fault::bad_character : name_fault::none;
    CAF_CHECK(check_channel_name(std::string{"a"} + c, 200, false) == expected);
  }
}

CAF_TEST(a name may be as long as the limit and no longer) {
  CAF_CHECK(check_channel_name("", 200, false) == name_fault::empty);
  CAF_CHECK(check_channel_name(std::string(200, 'x'), 200, false) == name_fault::none);
  CAF_CHECK(check_channel_name(std::string(201, 'x'), 200, false) == name_fault::too_long);
  CAF_CHECK(check_channel_name("#server-to-user-" + std::string(185, 'x'), 200, true)
            == name_fault::too_long);
}

CAF_TEST(the channel of a user passes only where it is allowed) {
  CAF_CHECK(check_channel_name("#server-to-user-42", 200, true) == name_fault::none);
  CAF_CHECK(check_channel_name("#server-to-user-42", 200, false) == name_fault::reserved);
  CAF_CHECK(check_channel_name("#server-to-user-", 200, true) == name_fault::reserved);
  CAF_CHECK(check_channel_name("#server-to-user-a b", 200, true) == name_fault::bad_character);
  CAF_CHECK(check_channel_name("#server-to-user-#1", 200, true) == name_fault::bad_character);
  CAF_CHECK(check_channel_name("#server-to-users", 200, true) == name_fault::reserved);
  CAF_CHECK(check_channel_name("#", 200, true) == name_fault::reserved);
  CAF_CHECK(check_channel_name("a#b", 200, true) == name_fault::bad_character);
}

CAF_TEST(the user is read from the name of a user channel alone) {
  CAF_CHECK_EQUAL(user_of_channel("#server-to-user-42"), "42"sv);
  CAF_CHECK_EQUAL(user_of_channel("#server-to-user-"), ""sv);
  CAF_CHECK_EQUAL(user_of_channel("private-#server-to-user-42"), ""sv);
  CAF_CHECK_EQUAL(user_of_channel("orders"), ""sv);
}

CAF_TEST(every fault has its own sentence) {
  std::set<std::string_view> sentences;
  for (auto fault : {name_fault::none, name_fault::empty, name_fault::too_long,
                     name_fault::bad_character, name_fault::reserved})
    sentences.insert(explain(fault));
  CAF_CHECK_EQUAL(sentences.size(), 5u);
  CAF_CHECK(!sentences.contains(""));
}
