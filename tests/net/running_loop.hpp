#pragma once

#include "event_log.hpp"
#include "net/loop.hpp"

#include <chrono>
#include <exception>
#include <functional>
#include <future>
#include <thread>

namespace grapevine::test {

/// A loop on a thread of its own, from `start` to `stop` or its end.
class running_loop {
public:
  ~running_loop() {
    stop();
  }

  void start() {
    thread_ = std::thread{[this] { loop.run(); }};
  }

  void stop() {
    loop.stop();
    if (thread_.joinable())
      thread_.join();
  }

  /// Runs `f` on the loop and waits for it.
  void run(std::function<void()> f) {
    std::promise<void> done;
    loop.post([&] {
      f();
      done.set_value();
    });
    if (done.get_future().wait_for(deadline) != std::future_status::ready)
      std::terminate();  // `f` may still run and refers to this frame
  }

  /// Looks again and again, in turns of the loop, until it holds or the deadline passes.
  bool eventually(const std::function<bool()>& holds) {
    const auto end = std::chrono::steady_clock::now() + deadline;
    bool seen = false;
    for (;;) {
      run([&] { seen = holds(); });
      if (seen || std::chrono::steady_clock::now() >= end)
        return seen;
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
  }

  net::loop loop;

private:
  std::thread thread_;
};

}  // namespace grapevine::test
