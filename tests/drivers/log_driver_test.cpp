#define CAF_SUITE drivers.log_driver

#include "drivers/log_driver.hpp"

#include "caf/test/dsl.hpp"

using namespace grapevine::drivers;

CAF_TEST(the line shows event channels and the publisher s own data) {
  CAF_CHECK_EQUAL(
      log_line({{"orders", "private-a"}, "App\\Events\\Shipped", R"({"b":1.0,"a":2})", ""}),
      R"(Broadcast event="App\\Events\\Shipped" channels=["orders","private-a"] data={"b":1.0,"a":2})");
}

CAF_TEST(the excluded socket is shown) {
  CAF_CHECK_EQUAL(log_line({{"a"}, "e", "1", "12.34"}),
                  R"(Broadcast event="e" channels=["a"] socket="12.34" data=1)");
}

CAF_TEST(nothing in an event can begin a second line) {
  const auto line = log_line({{"a\nb"}, "e\r\n", "{\"x\":\n1}", ""});
  CAF_CHECK_EQUAL(line, R"(Broadcast event="e\r\n" channels=["a\nb"] data={"x": 1})");
  CAF_CHECK_EQUAL(log_line({{"a"}, "e", "two\nlines", ""}),
                  R"(Broadcast event="e" channels=["a"] data="two\nlines")");
}

CAF_TEST(long data is cut) {
  const auto line = log_line({{"a"}, "e", std::string(1u << 20, 'x'), ""});
  CAF_CHECK(line.size() < 66'000);
  CAF_CHECK(line.ends_with("xxx\"..."));
}
