#define CAF_SUITE broadcast.channel_pattern

#include "broadcast/channel_pattern.hpp"

#include <rapidcheck.h>

#include "caf/test/dsl.hpp"

#include <regex>

using namespace grapevine::broadcasting;

namespace {

channel_pattern pattern(std::string_view text) {
  std::string why;
  auto parsed = channel_pattern::parse(text, why);
  CAF_REQUIRE(parsed.has_value());
  return *parsed;
}

/// The values joined by "|", or "no".
std::string matched(std::string_view text, std::string_view channel) {
  const auto values = pattern(text).match(channel);
  if (!values)
    return "no";
  std::string result;
  for (auto one : *values)
    result.append(result.empty() ? "" : "|").append(one);
  return result;
}

std::string why_not(std::string_view text) {
  std::string why;
  return channel_pattern::parse(text, why) ? "" : why;
}

}  // namespace

CAF_TEST(a placeholder stands for one or more characters but no dot) {
  CAF_CHECK_EQUAL(matched("private-order.{id}", "private-order.7"), "7");
  CAF_CHECK_EQUAL(matched("private-order.{id}", "private-order.a-b_c;d"), "a-b_c;d");
  CAF_CHECK_EQUAL(matched("private-order.{id}", "private-order."), "no");
  CAF_CHECK_EQUAL(matched("private-order.{id}", "private-order"), "no");
  CAF_CHECK_EQUAL(matched("private-order.{id}", "private-order.7.8"), "no");
  CAF_CHECK_EQUAL(matched("private-order.{id}", "xprivate-order.7"), "no");
}

CAF_TEST(several placeholders are read in their order) {
  CAF_CHECK_EQUAL(matched("private-{team}.{room}.log", "private-red.5.log"), "red|5");
  CAF_CHECK_EQUAL(matched("private-{team}.{room}.log", "private-red.5.lag"), "no");
  CAF_CHECK_EQUAL(matched("chat-{a}x{b}", "private-chat-1x2"), "1|2");
}

CAF_TEST(the first of two placeholders in one piece takes as much as it can) {
  CAF_CHECK_EQUAL(matched("{a}-{b}", "private-x-y-z"), "x-y|z");
  CAF_CHECK_EQUAL(matched("{a}-{b}-{c}", "private-w-x-y-z"), "w-x|y|z");
  CAF_CHECK_EQUAL(matched("{a}-{b}", "private--x"), "no");
  CAF_CHECK_EQUAL(matched("{a}-{b}", "private-x-"), "no");
  CAF_CHECK_EQUAL(matched("{a}-{b}", "private-x--"), "x|-");
}

CAF_TEST(a pattern with a guard is for that kind alone) {
  CAF_CHECK_EQUAL(matched("private-order.{id}", "presence-order.7"), "no");
  CAF_CHECK_EQUAL(matched("private-order.{id}", "private-encrypted-order.7"), "no");
  CAF_CHECK_EQUAL(matched("private-encrypted-order.{id}", "private-encrypted-order.7"), "7");
  // The whole name counts, so that a guard in front of a guard opens nothing.
  CAF_CHECK_EQUAL(matched("private-order.{id}", "private-private-order.7"), "no");
}

CAF_TEST(a pattern without a guard is for every kind that has one) {
  CAF_CHECK_EQUAL(matched("order.{id}", "private-order.7"), "7");
  CAF_CHECK_EQUAL(matched("order.{id}", "presence-order.7"), "7");
  CAF_CHECK_EQUAL(matched("order.{id}", "private-encrypted-order.7"), "7");
  CAF_CHECK_EQUAL(matched("order.{id}", "order.7"), "no");
  CAF_CHECK_EQUAL(matched("{any}", "private-"), "no");
  CAF_CHECK_EQUAL(matched("{any}", "private-encrypted-"), "no");
}

CAF_TEST(a pattern without placeholders is the name itself) {
  CAF_CHECK(pattern("presence-users").match("presence-users").has_value());
  CAF_CHECK(!pattern("presence-users").match("presence-users2").has_value());
  CAF_CHECK(!pattern("presence-users").match("users").has_value());
  CAF_CHECK_EQUAL(pattern("presence-users").placeholders(), 0u);
  CAF_CHECK_EQUAL(pattern("private-{a}.{b}").placeholders(), 2u);
}

CAF_TEST(a malformed pattern says why) {
  CAF_CHECK_EQUAL(why_not(""), "it is empty");
  CAF_CHECK_EQUAL(why_not("private-{id"), "a '{' has no '}'");
  CAF_CHECK_EQUAL(why_not("private-{i{d}"), "a '{' has no '}'");
  CAF_CHECK_EQUAL(why_not("private-id}"), "a '}' has no '{'");
  CAF_CHECK(why_not("private-{}").starts_with("a placeholder needs a name"));
  CAF_CHECK(why_not("private-{a.b}").starts_with("a placeholder needs a name"));
  CAF_CHECK(why_not("private-{a}{b}").starts_with("between two placeholders"));
  CAF_CHECK_EQUAL(why_not("private-{a}.{b}"), "");
}

CAF_TEST(every pattern agrees with the regular expression that says the same) {
  // Few letters, so that texts repeat inside of names.
  const auto text = rc::gen::container<std::string>(rc::gen::element('a', '-', 'b', '.'));
  const auto between =
      rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::element('a', '-', 'b', '.')));
  const auto holds = rc::check([&] {
    std::string written = *text;
    std::string expression = std::regex_replace(written, std::regex{"\\."}, "\\.");
    const auto count = *rc::gen::inRange(0, 4);
    for (int i = 0; i < count; ++i) {
      const auto next = *between;
      written += "{x}" + next;
      expression += "([^.]+)" + std::regex_replace(next, std::regex{"\\."}, "\\.");
    }
    RC_PRE(!written.empty());
    const auto name = *rc::gen::container<std::string>(rc::gen::element('a', '-', 'b', '.'));
    RC_PRE(!name.empty());
    std::smatch found;
    const bool expected = std::regex_match(name, found, std::regex{expression});
    std::string why;
    const auto parsed = channel_pattern::parse(written, why);
    RC_ASSERT(parsed.has_value());
    const auto channel = "presence-" + name;
    const auto values = parsed->match(channel);
    RC_ASSERT(values.has_value() == expected);
    for (std::size_t i = 0; expected && i < values->size(); ++i)
      RC_ASSERT((*values)[i] == found[i + 1].str());
  });
  CAF_CHECK(holds);
}
