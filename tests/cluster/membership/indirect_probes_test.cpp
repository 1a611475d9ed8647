#define CAF_SUITE cluster.indirect_probes

#include "cluster/membership/indirect_probes.hpp"

#include "caf/test/dsl.hpp"

#include <string>

using namespace grapevine::cluster;
using namespace std::literals;

namespace {

const time_point start{1000s};

/// "requester:nonce" of each, in order.
std::string text(const std::vector<indirect_probes::answer>& answers) {
  std::string all;
  for (const auto& [requester, nonce] : answers)
    all += (all.empty() ? "" : " ") + std::to_string(requester) + ":" + std::to_string(nonce);
  return all;
}

}  // namespace

CAF_TEST(a sign of life answers all who asked for that target) {
  indirect_probes desk;
  CAF_CHECK(desk.open(1, 11, 9, start));
  CAF_CHECK(desk.open(2, 22, 9, start));
  CAF_CHECK(desk.open(3, 33, 8, start));
  CAF_CHECK_EQUAL(text(desk.heard(9)), "1:11 2:22");
  CAF_CHECK_EQUAL(text(desk.heard(9)), "");
  CAF_CHECK_EQUAL(text(desk.heard(8)), "3:33");
}

CAF_TEST(a nack is sent once and an ack may follow it) {
  indirect_probes desk;
  desk.open(1, 11, 9, start);
  CAF_CHECK_EQUAL(text(desk.overdue(start + 99ms, 100ms, 500ms)), "");
  CAF_CHECK_EQUAL(text(desk.overdue(start + 100ms, 100ms, 500ms)), "1:11");
  CAF_CHECK_EQUAL(text(desk.overdue(start + 200ms, 100ms, 500ms)), "");
  CAF_CHECK_EQUAL(text(desk.heard(9)), "1:11");
}

CAF_TEST(old requests are forgotten) {
  indirect_probes desk;
  desk.open(1, 11, 9, start);
  desk.overdue(start + 500ms, 100ms, 500ms);
  CAF_CHECK_EQUAL(text(desk.heard(9)), "");
}

CAF_TEST(time in which we were stopped does not count) {
  indirect_probes desk;
  desk.open(1, 11, 9, start);
  desk.postpone(20s);
  CAF_CHECK_EQUAL(text(desk.overdue(start + 20s, 100ms, 500ms)), "");
  CAF_CHECK_EQUAL(text(desk.heard(9)), "1:11");
}

CAF_TEST(the number of open requests is bounded) {
  indirect_probes desk;
  for (std::uint64_t nonce = 0; nonce < 256; ++nonce)
    CAF_CHECK(desk.open(1, nonce, 9, start));
  CAF_CHECK(!desk.open(1, 256, 9, start));
  CAF_CHECK_EQUAL(desk.heard(9).size(), 256u);
  CAF_CHECK(desk.open(1, 256, 9, start));
}
