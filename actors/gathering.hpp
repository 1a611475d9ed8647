#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

namespace grapevine::actors {

/// The answers to several questions, put together: goes on with them once, when the last has come.
/// Copies are one and the same, so that each question's handlers can hold one. Belongs to the actor
/// that asks.
///
/// Every question counts exactly once, with `answered` or with `failed`; a question whose handlers
/// do neither leaves whoever waits without an answer.
template <class Result>
class gathering {
public:
  /// `whole` is false when a question has failed.
  using completion = std::function<void(Result&, bool whole)>;

  /// Goes on at once where there are no questions.
  gathering(std::size_t questions, Result begun, completion then)
      : state_{std::make_shared<state>(std::move(begun), questions, std::move(then))} {
    if (questions == 0)
      state_->then(state_->result, true);
  }

  /// Where an answer goes before it is counted.
  Result& result() const noexcept {
    return state_->result;
  }
  void answered() const {
    if (--state_->missing == 0)
      state_->then(state_->result, state_->whole);
  }
  void failed() const {
    state_->whole = false;
    answered();
  }

private:
  struct state {
    state(Result begun, std::size_t questions, completion go_on)
        : result(std::move(begun)), missing{questions}, then{std::move(go_on)} {}
    Result result;
    std::size_t missing;
    bool whole = true;
    completion then;
  };
  std::shared_ptr<state> state_;
};

}  // namespace grapevine::actors
