#define CAF_SUITE drivers.outgoing_queue

#include "drivers/outgoing_queue.hpp"

#include <string>
#include <utility>
#include <vector>

#include "caf/test/dsl.hpp"

using namespace grapevine::drivers;

namespace {

struct fixture {
  void push(const std::string& name, std::size_t data_bytes = 100) {
    queue.push({{"a"}, name, std::string(data_bytes, 'x'), ""},
               [this, name](const outcome& result) {
                 ends.push_back(name
                                + (result.what == outcome::kind::delivered ? " delivered"
                                   : result.what == outcome::kind::dropped ? " dropped"
                                                                           : " refused"));
               });
  }

  outgoing_queue queue{2000};
  std::vector<std::string> ends;
};

using names = std::vector<std::string>;

}  // namespace

CAF_TEST_FIXTURE_SCOPE(outgoing_queue_tests, fixture)

CAF_TEST(events leave in order and are answered in order) {
  push("1");
  push("2");
  CAF_CHECK_EQUAL(queue.send_next()->event, "1");
  CAF_CHECK_EQUAL(queue.send_next()->event, "2");
  CAF_CHECK(queue.send_next() == nullptr);
  queue.answer({});
  queue.answer({outcome::kind::refused, "no"});
  CAF_CHECK_EQUAL(ends, (names{"1 delivered", "2 refused"}));
  CAF_CHECK_EQUAL(queue.bytes(), 0u);
}

CAF_TEST(over the bound the oldest that is not in flight is dropped) {
  push("1");
  queue.send_next();
  for (int i = 2; i < 10; ++i)
    push(std::to_string(i));
  CAF_CHECK(queue.bytes() <= 2000);
  CAF_CHECK(!ends.empty());
  CAF_CHECK_EQUAL(ends.front(), "2 dropped");
  queue.answer({});
  CAF_CHECK_EQUAL(ends.back(), "1 delivered");
}

CAF_TEST(an event larger than the bound is dropped and costs no other) {
  push("1");
  push("large", 5000);
  CAF_CHECK_EQUAL(ends, (names{"large dropped"}));
  CAF_CHECK_EQUAL(queue.size(), 1u);
}

CAF_TEST(after a lost connection the same events are sent again in their order) {
  push("1");
  push("2");
  push("3");
  queue.send_next();
  queue.send_next();
  queue.rewind();
  CAF_CHECK_EQUAL(queue.send_next()->event, "1");
  CAF_CHECK_EQUAL(queue.in_flight(), 1u);
}

CAF_TEST(closing drops all and whatever comes later) {
  push("1");
  push("2");
  queue.send_next();
  queue.close("stopped");
  push("3");
  CAF_CHECK_EQUAL(ends, (names{"1 dropped", "2 dropped", "3 dropped"}));
  driver_stats counted;
  queue.describe(counted);
  CAF_CHECK_EQUAL(counted.published, 3u);
  CAF_CHECK_EQUAL(counted.dropped, 3u);
  CAF_CHECK_EQUAL(counted.queue_events, 0u);
}

CAF_TEST(a completion may publish) {
  queue.push({{"a"}, "first", "x", ""}, [this](const outcome&) { push("second"); });
  queue.send_next();
  queue.answer({});
  CAF_CHECK_EQUAL(queue.send_next()->event, "second");
}

CAF_TEST_FIXTURE_SCOPE_END()
