#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace grapevine::bench {

/// A server that this program started, and ends with itself: SIGTERM, three seconds' grace, then
/// SIGKILL. The kernel ends it as well should this program die. Its standard output is discarded,
/// its log goes where ours goes.
class child_process {
public:
  /// Starts `arguments[0]`, bound to `core` unless that is negative. Null when there is no process
  /// to be had; a program that cannot be executed shows as one that is no longer `running()`.
  static std::unique_ptr<child_process> start(const std::vector<std::string>& arguments, int core);

  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;
  ~child_process();

  pid_t pid() const noexcept {
    return pid_;
  }
  bool running();
  /// SIGKILL, and waits until the process is gone.
  void kill();

  /// Waits until something accepts on 127.0.0.1:`port`; false when the process ended or the time is
  /// over.
  bool wait_until_listening(std::uint16_t port, std::chrono::milliseconds timeout);

private:
  explicit child_process(pid_t pid) : pid_{pid} {}

  pid_t pid_;
  bool reaped_ = false;
};

/// Binds the calling thread to one core; false when the core does not exist.
bool pin_to_core(int core);

/// A port on 127.0.0.1 that was free a moment ago, or 0.
std::uint16_t free_port();

/// Raises the soft limit of descriptors, which children inherit, to the hard one, and the hard one
/// to `wanted` where that is allowed. Returns what the limit is now.
std::size_t raise_descriptor_limit(std::size_t wanted);

}  // namespace grapevine::bench
