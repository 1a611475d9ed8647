#define CAF_SUITE cluster.member_table

#include "cluster/membership/member_table.hpp"

#include "caf/test/dsl.hpp"

using namespace grapevine::cluster;

namespace {

member node(const std::string& name, epoch_t epoch, member_state state = member_state::alive) {
  member m;
  m.info.name = name;
  m.info.epoch = epoch;
  m.state = state;
  return m;
}

}  // namespace

CAF_TEST(a member is found by its name and by its epoch) {
  member_table members;
  members.put(node("n1", 11));
  CAF_REQUIRE(members.find("n1"));
  CAF_CHECK(members.find("n1") == members.find(epoch_t{11}));
  CAF_CHECK(!members.find("n2"));
  CAF_CHECK(!members.find(epoch_t{12}));
}

CAF_TEST(a later run takes the place of the earlier) {
  member_table members;
  members.put(node("n1", 11));
  members.put(node("n1", 12));
  CAF_CHECK_EQUAL(members.size(), 1u);
  CAF_CHECK(!members.find(epoch_t{11}));
  CAF_REQUIRE(members.find(epoch_t{12}));
  CAF_CHECK_EQUAL(members.find("n1")->info.epoch, 12u);
}

CAF_TEST(who is erased is found no more) {
  member_table members;
  members.put(node("n1", 11));
  members.erase(members.all().begin());
  CAF_CHECK(!members.find("n1"));
  CAF_CHECK(!members.find(epoch_t{11}));
}

CAF_TEST(the alive and the suspect serve) {
  member_table members;
  members.put(node("n1", 11));
  members.put(node("n2", 12, member_state::suspect));
  members.put(node("n3", 13, member_state::dead));
  members.put(node("n4", 14, member_state::left));
  CAF_CHECK_EQUAL(members.serving(), 2u);
}
