#define CAF_SUITE cluster.health

#include "cluster/membership/health.hpp"

#include "caf/test/dsl.hpp"

using namespace grapevine::cluster;
using namespace std::literals;

CAF_TEST(a bad score doubles what is waited for at most) {
  health h{2};
  CAF_CHECK(h.scaled(300ms) == 300ms);
  h.worsen(1);
  CAF_CHECK(h.scaled(300ms) == 450ms);
  h.worsen(1);
  CAF_CHECK(h.scaled(300ms) == 600ms);
  h.worsen(5);
  CAF_CHECK_EQUAL(h.score(), 2u);
}

CAF_TEST(only a period without trouble improves the score) {
  health h{2};
  h.worsen(2);
  h.end_period();
  CAF_CHECK_EQUAL(h.score(), 2u);
  h.end_period();
  CAF_CHECK_EQUAL(h.score(), 1u);
  h.worsen(1);
  h.end_period();
  CAF_CHECK_EQUAL(h.score(), 2u);
  for (int i = 0; i < 5; ++i)
    h.end_period();
  CAF_CHECK_EQUAL(h.score(), 0u);
}
