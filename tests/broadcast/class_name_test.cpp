#define CAF_SUITE broadcast.class_name

#include "broadcast/class_name.hpp"

#include <grapevine/should_broadcast.hpp>

#include "caf/test/dsl.hpp"

using namespace grapevine;
using broadcasting::unqualified;

namespace shop::events {

struct OrderShipped : should_broadcast {
  channel_list broadcast_on() const override {
    return "x";
  }
};

template <class T>
struct Changed : should_broadcast {
  channel_list broadcast_on() const override {
    return "x";
  }
};

struct outer {
  struct OrderCancelled : OrderShipped {};
};

}  // namespace shop::events

namespace {

struct OrderLost : shop::events::OrderShipped {};

}  // namespace

CAF_TEST(an event is called as its class without namespace and enclosing classes) {
  CAF_CHECK_EQUAL(shop::events::OrderShipped{}.broadcast_as(), "OrderShipped");
  CAF_CHECK_EQUAL(shop::events::outer::OrderCancelled{}.broadcast_as(), "OrderCancelled");
  CAF_CHECK_EQUAL(OrderLost{}.broadcast_as(), "OrderLost");
}

CAF_TEST(a class inside of a function has its bare name) {
  struct OrderReturned : shop::events::OrderShipped {};
  CAF_CHECK_EQUAL(OrderReturned{}.broadcast_as(), "OrderReturned");
}

CAF_TEST(the arguments of a template stay as they are) {
  CAF_CHECK_EQUAL(shop::events::Changed<int>{}.broadcast_as(), "Changed<int>");
  CAF_CHECK_EQUAL(shop::events::Changed<shop::events::OrderShipped>{}.broadcast_as(),
                  "Changed<shop::events::OrderShipped>");
}

CAF_TEST(names of every form lose what stands in front) {
  CAF_CHECK_EQUAL(unqualified("Plain"), "Plain");
  CAF_CHECK_EQUAL(unqualified("a::b::C"), "C");
  CAF_CHECK_EQUAL(unqualified("(anonymous namespace)::C"), "C");
  CAF_CHECK_EQUAL(unqualified("f(std::string const&)::C"), "C");
  CAF_CHECK_EQUAL(unqualified("f()::{lambda(a::b)#1}::operator()() const::C"), "C");
  CAF_CHECK_EQUAL(unqualified("a::Box<b::C, d::E>"), "Box<b::C, d::E>");
  CAF_CHECK_EQUAL(unqualified(""), "");
}
