#define CAF_SUITE drivers.joint_state

#include "drivers/joint_state.hpp"

#include "caf/test/dsl.hpp"

using namespace grapevine::drivers;

CAF_TEST(it is up when all are) {
  joint_state states;
  const auto in = states.add();
  const auto out = states.add();
  CAF_CHECK(states.state() == driver_state::connecting);
  CAF_CHECK(!states.set(in, driver_state::up, "connected"));
  CAF_CHECK(states.set(out, driver_state::up, "connected"));
  CAF_CHECK(states.state() == driver_state::up);
}

CAF_TEST(the worst one speaks for all and its reason counts) {
  joint_state states;
  const auto in = states.add();
  const auto out = states.add();
  CAF_CHECK(states.set(out, driver_state::away, "cannot connect"));
  CAF_CHECK(states.set(in, driver_state::halted, "no right"));
  CAF_CHECK_EQUAL(states.why(), "no right");
  CAF_CHECK(!states.set(out, driver_state::up, "connected"));
  CAF_CHECK(states.state() == driver_state::halted);
}

CAF_TEST(the same news of two connections are told once) {
  joint_state states;
  const auto in = states.add();
  const auto out = states.add();
  CAF_CHECK(states.set(in, driver_state::away, "refused"));
  CAF_CHECK(!states.set(out, driver_state::away, "refused"));
}
