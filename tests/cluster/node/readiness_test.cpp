#define CAF_SUITE cluster.readiness

#include "cluster/node/readiness.hpp"

#include "caf/test/dsl.hpp"

using namespace grapevine::cluster;
using namespace std::literals;

namespace {

const time_point start{1000s};

bool after(duration waited, readiness::facts known) {
  readiness r{start};
  return r.becomes_ready(known, start + waited);
}

}  // namespace

CAF_TEST(a node is ready as soon as it has settled with others) {
  CAF_CHECK(after(0s, {.linked = true, .settled = true}));
  CAF_CHECK(!after(4999ms, {.linked = true, .settled = false}));
  CAF_CHECK(after(5s, {.linked = true, .settled = false}));
}

CAF_TEST(a node without answers waits a second for its seeds) {
  CAF_CHECK(!after(999ms, {.linked = false, .settled = true}));
  CAF_CHECK(after(1s, {.linked = false, .settled = true}));
}

CAF_TEST(a seed that is being dialled is waited for) {
  CAF_CHECK(!after(4999ms, {.linked = false, .settled = true, .seed_dials_open = 1}));
  CAF_CHECK(after(5s, {.linked = false, .settled = true, .seed_dials_open = 1}));
}

CAF_TEST(a node becomes ready once) {
  readiness r{start};
  CAF_CHECK(!r.ready());
  CAF_CHECK(r.becomes_ready({.linked = true, .settled = true}, start));
  CAF_CHECK(r.ready());
  CAF_CHECK(!r.becomes_ready({.linked = true, .settled = true}, start + 1s));
}
