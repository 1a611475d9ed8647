#define CAF_SUITE actors.gathering

#include "actors/gathering.hpp"

#include "caf/test/dsl.hpp"

#include <string>

using grapevine::actors::gathering;

namespace {

struct outcome {
  int calls = 0;
  std::string result;
  bool whole = false;
};

gathering<std::string> gather(std::size_t questions, outcome& out) {
  return {questions, "", [&out](std::string& result, bool whole) {
            ++out.calls;
            out.result = result;
            out.whole = whole;
          }};
}

}  // namespace

CAF_TEST(the last answer goes on with all of them) {
  outcome out;
  const auto first = gather(2, out);
  const auto second = first;
  second.result() += "b";
  second.answered();
  CAF_CHECK_EQUAL(out.calls, 0);
  first.result() += "a";
  first.answered();
  CAF_CHECK_EQUAL(out.calls, 1);
  CAF_CHECK_EQUAL(out.result, "ba");
  CAF_CHECK(out.whole);
}

CAF_TEST(a failure counts and leaves the result not whole) {
  outcome out;
  const auto all = gather(2, out);
  all.failed();
  all.result() += "a";
  all.answered();
  CAF_CHECK_EQUAL(out.calls, 1);
  CAF_CHECK_EQUAL(out.result, "a");
  CAF_CHECK(!out.whole);
}

CAF_TEST(without questions nothing is waited for) {
  outcome out;
  gather(0, out);
  CAF_CHECK_EQUAL(out.calls, 1);
  CAF_CHECK(out.whole);
}
