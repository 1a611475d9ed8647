#pragma once

// CAF 0.17 binds both sides of CAF_CHECK_EQUAL and its kin to references in a statement of their
// own, so that an element of a temporary (`parse(text)->name`) is gone when it is compared. Here
// both sides are arguments of one call and live until the check has been made and printed.
#include <caf/test/unit_test.hpp>

namespace grapevine::tests {

template <class Comparator>
bool check_pair(const char* file, std::size_t line, const char* expression, const auto& left,
                const auto& right) {
  Comparator comparator;
  bool passed = caf::test::detail::check(caf::test::engine::current_test(), file, line, expression,
                                         false, comparator(left, right), left, right);
  caf::test::engine::last_check_file(file);
  caf::test::engine::last_check_line(line);
  return passed;
}

}  // namespace grapevine::tests

#undef CAF_CHECK_FUNC
#define CAF_CHECK_FUNC(func, x_expr, y_expr)                                                       \
  static_cast<void>(::grapevine::tests::check_pair<func>(                                          \
      __FILE__, __LINE__, CAF_FUNC_EXPR(func, x_expr, y_expr), x_expr, y_expr))

#undef CAF_REQUIRE_FUNC
#define CAF_REQUIRE_FUNC(func, x_expr, y_expr)                                                     \
  do {                                                                                             \
    if (!::grapevine::tests::check_pair<func>(                                                     \
            __FILE__, __LINE__, CAF_FUNC_EXPR(func, x_expr, y_expr), x_expr, y_expr)) {            \
      ::caf::test::detail::requirement_failed(CAF_FUNC_EXPR(func, x_expr, y_expr));                \
    }                                                                                              \
  } while (false)
