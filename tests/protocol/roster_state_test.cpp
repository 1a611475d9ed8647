#define CAF_SUITE protocol.roster_state

#include "protocol/roster_state.hpp"

#include "caf/test/dsl.hpp"

using namespace grapevine::protocol;
using outcome = roster_state::outcome;

namespace {

const socket_id tab1{1, 1}, tab2{1, 2}, other{1, 3}, third{1, 4};
const member ada{"42", R"({"name":"Ada"})"};
const member bob{"7", R"({"name":"Bob"})"};

}  // namespace

CAF_TEST(a user is added with the first socket and removed with the last) {
  roster_state roster{100};
  CAF_CHECK(roster.join(tab1, ada) == outcome::added);
  CAF_CHECK(roster.join(tab2, ada) == outcome::present);
  CAF_CHECK_EQUAL(roster.users(), 1u);
  CAF_CHECK(roster.leave(tab1) == std::nullopt);
  CAF_CHECK(roster.leave(tab2) == std::optional<std::string>{"42"});
  CAF_CHECK_EQUAL(roster.users(), 0u);
}

CAF_TEST(the same socket counts once however often it joins) {
  roster_state roster{100};
  roster.join(tab1, ada);
  CAF_CHECK(roster.join(tab1, ada) == outcome::present);
  CAF_CHECK(roster.leave(tab1) == std::optional<std::string>{"42"});
  CAF_CHECK(roster.leave(tab1) == std::nullopt);
}

CAF_TEST(the limit refuses new users but never another socket of a present one) {
  roster_state roster{1};
  roster.join(tab1, ada);
  CAF_CHECK(roster.join(other, bob) == outcome::full);
  CAF_CHECK(!roster.contains(other));
  CAF_CHECK(roster.join(tab2, ada) == outcome::present);
  roster.leave(tab1);
  roster.leave(tab2);
  CAF_CHECK(roster.join(other, bob) == outcome::added);
}

CAF_TEST(members are listed in the order they came) {
  roster_state roster{100};
  roster.join(tab1, ada);
  roster.join(other, bob);
  CAF_CHECK_EQUAL(
      roster.presence_data(),
      R"({"presence":{"count":2,"ids":["42","7"],"hash":{"42":{"name":"Ada"},"7":{"name":"Bob"}}}})");
  CAF_CHECK_EQUAL(roster.user_ids(), (std::vector<std::string>{"42", "7"}));
}

CAF_TEST(the user_info of the first socket is that of the user) {
  roster_state roster{100};
  roster.join(tab1, ada);
  roster.join(tab2, member{"42", R"({"name":"Not Ada"})"});
  CAF_CHECK_EQUAL(roster.presence_data(),
                  R"({"presence":{"count":1,"ids":["42"],"hash":{"42":{"name":"Ada"}}}})");
}

CAF_TEST(the encoded roster follows every change) {
  roster_state roster{100};
  CAF_CHECK_EQUAL(roster.presence_data(), R"({"presence":{"count":0,"ids":[],"hash":{}}})");
  roster.join(third, member{"9", ""});
  CAF_CHECK_EQUAL(roster.presence_data(),
                  R"({"presence":{"count":1,"ids":["9"],"hash":{"9":{}}}})");
  roster.leave(third);
  CAF_CHECK_EQUAL(roster.presence_data(), R"({"presence":{"count":0,"ids":[],"hash":{}}})");
}
