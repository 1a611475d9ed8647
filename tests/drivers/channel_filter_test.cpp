#define CAF_SUITE drivers.channel_filter

#include "drivers/channel_filter.hpp"

#include "caf/test/dsl.hpp"

using grapevine::drivers::channel_filter;

CAF_TEST(a star stands for any characters and for none) {
  const channel_filter all{{"*"}};
  CAF_CHECK(all.matches("orders"));
  CAF_CHECK(all.matches(""));
  const channel_filter some{{"private-*", "presence-*-room"}};
  CAF_CHECK(some.matches("private-"));
  CAF_CHECK(some.matches("private-orders.7"));
  CAF_CHECK(some.matches("presence-a-room-b-room"));
  CAF_CHECK(!some.matches("presence-a-room-b"));
  CAF_CHECK(!some.matches("privat"));
}

CAF_TEST(other characters stand for themselves) {
  const channel_filter one{{"a.b"}};
  CAF_CHECK(one.matches("a.b"));
  CAF_CHECK(!one.matches("axb"));
  CAF_CHECK(!one.matches("a.bc"));
  CAF_CHECK(!channel_filter{{}}.matches("a"));
}

CAF_TEST(many stars do not make it slow) {
  std::string pattern;
  for (int i = 0; i < 100; ++i)
    pattern += "*a";
  CAF_CHECK(!channel_filter{{pattern + "b"}}.matches(std::string(200, 'a')));
}
