#pragma once

#include <functional>
#include <memory>

namespace grapevine::net {
class loop;
}

namespace grapevine::broadcasting {

/// One background thread that runs a `net::loop`, for everything of a broadcaster that waits for
/// sockets. Ends with the object.
class loop_thread {
public:
  loop_thread();
  ~loop_thread();
  loop_thread(const loop_thread&) = delete;
  loop_thread& operator=(const loop_thread&) = delete;

  net::loop& loop() noexcept;
  /// Runs `f` on the loop, and waits until it has returned. Not from the loop's own thread.
  void run(const std::function<void()>& f);

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace grapevine::broadcasting
