#define CAF_SUITE actors.subscriber_list

#include "actors/subscriber_list.hpp"

#include "tests/actors/fake_websocket.hpp"

#include <memory>

#include "caf/test/dsl.hpp"

using namespace grapevine::actors;
using grapevine::net::frame;
using grapevine::protocol::interned_name;

namespace {

struct fake_subscriber final : subscriber {
  explicit fake_subscriber(subscriber_list& l) : list{l} {
    socket_ = &websocket;
    position = list.add(*this);
  }
  void moved(const interned_name&, std::uint32_t where) noexcept override {
    position = where;
  }
  void leave() {
    list.remove(position);
  }
  const std::vector<std::string>& got() const {
    return websocket.frames;
  }

  fake_websocket websocket;
  subscriber_list& list;
  std::uint32_t position = 0;
};

struct fixture {
  grapevine::protocol::name_pool names;
  subscriber_list list{names.intern("orders")};
  using some = std::vector<std::unique_ptr<fake_subscriber>>;

  some subscribers(std::size_t n) {
    some result;
    for (std::size_t i = 0; i < n; ++i)
      result.push_back(std::make_unique<fake_subscriber>(list));
    return result;
  }
  void queue(const std::string& text, subscriber* except = nullptr) {
    list.queue(frame{text}, except);
  }
};

using texts = std::vector<std::string>;

}  // namespace

CAF_TEST_FIXTURE_SCOPE(subscriber_list_tests, fixture)

CAF_TEST(everybody but the excepted one gets the event) {
  auto all = subscribers(3);
  queue("a", all[1].get());
  CAF_CHECK_EQUAL(list.run(100), 1u);
  CAF_CHECK_EQUAL(all[0]->got(), texts{"a"});
  CAF_CHECK(all[1]->got().empty());
  CAF_CHECK_EQUAL(all[2]->got(), texts{"a"});
}

CAF_TEST(who leaves is replaced by the last and told so) {
  auto all = subscribers(3);
  all[0]->leave();
  CAF_CHECK_EQUAL(all[2]->position, 0u);
  queue("a");
  list.run(100);
  CAF_CHECK(all[0]->got().empty());
  CAF_CHECK_EQUAL(all[1]->got(), texts{"a"});
  CAF_CHECK_EQUAL(all[2]->got(), texts{"a"});
  all[2]->leave();
  all[1]->leave();
  CAF_CHECK(list.empty());
}

CAF_TEST(a large list is served in slices and in order) {
  auto all = subscribers(5);
  queue("a");
  queue("b");
  CAF_CHECK_EQUAL(list.run(3), 0u);
  CAF_CHECK(list.pending());
  CAF_CHECK_EQUAL(list.run(3), 1u);
  CAF_CHECK_EQUAL(list.run(100), 1u);
  CAF_CHECK(!list.pending());
  for (const auto& s : all)
    CAF_CHECK_EQUAL(s->got(), (texts{"a", "b"}));
}

CAF_TEST(who comes during a slice gets only later events) {
  auto all = subscribers(4);
  queue("a");
  list.run(2);
  fake_subscriber late{list};
  queue("b");
  while (list.pending())
    list.run(2);
  CAF_CHECK_EQUAL(late.got(), texts{"b"});
  for (const auto& s : all)
    CAF_CHECK_EQUAL(s->got(), (texts{"a", "b"}));
}

CAF_TEST(who leaves during a slice takes no event away from others) {
  auto all = subscribers(6);
  queue("a");
  list.run(2);
  all[0]->leave();  // served already
  all[4]->leave();  // not yet served
  while (list.pending())
    list.run(1);
  CAF_CHECK(all[4]->got().empty());
  for (std::size_t i : {1, 2, 3, 5})
    CAF_CHECK_EQUAL(all[i]->got(), texts{"a"});
  CAF_CHECK_EQUAL(list.size(), 4u);
  // The gaps are closed and every position is right again.
  for (std::size_t i : {1, 2, 3, 5})
    all[i]->leave();
  CAF_CHECK(list.empty());
}

CAF_TEST(an excepted one who left does not except whoever comes next) {
  auto all = subscribers(4);
  queue("a");
  queue("b", all[3].get());
  list.run(1);
  all[3]->leave();
  while (list.pending())
    list.run(1);
  for (std::size_t i : {0, 1, 2})
    CAF_CHECK_EQUAL(all[i]->got(), (texts{"a", "b"}));
}

CAF_TEST_FIXTURE_SCOPE_END()
