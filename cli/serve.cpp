#include "cli/serve.hpp"

#include "actors/node.hpp"
#include "cli/exit_status.hpp"
#include "cli/logging.hpp"

#include <spdlog/spdlog.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <ctime>

namespace grapevine::cli {

namespace {

/// Blocks the stop signals in this thread and all that it starts, so that `wait` alone receives
/// them.
class stop_signals {
public:
  stop_signals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGTERM);
    sigaddset(&set_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
  }
  void wait() const {
    int signal = 0;
    sigwait(&set_, &signal);
  }
  /// True when one arrives within the time.
  bool wait_for(std::chrono::milliseconds timeout) const {
    timespec limit{.tv_sec = timeout.count() / 1000, .tv_nsec = timeout.count() % 1000 * 1'000'000};
    return sigtimedwait(&set_, nullptr, &limit) > 0;
  }

private:
  sigset_t set_{};
};

/// Gives clients the time to be told and to go; a second signal ends the waiting.
void drain(actors::node& node, const config::settings& settings, const stop_signals& signals) {
  using namespace std::chrono;
  auto deadline =
      steady_clock::now() + settings.limits.drain_timeout + settings.limits.close_timeout;
  node.drain();
  while (!node.drained() && steady_clock::now() < deadline)
    if (signals.wait_for(20ms))
      return;
}

}  // namespace

int serve(const config::settings& settings, const std::vector<std::string>& warnings) {
  set_up_log(settings.log);
  for (const auto& warning : warnings)
    spdlog::warn("{}", warning);
  stop_signals signals;
  actors::node node{settings, GRAPEVINE_VERSION};
  if (auto error = node.start(); !error.empty()) {
    std::fprintf(stderr, "grapevine: %s\n", error.c_str());
    return exit_failed;
  }
  spdlog::info("Serving clients name={} address={} tls={}", settings.node.name,
               config::to_string(node.client_address()), settings.node.tls.enabled());
  spdlog::info("Serving the admin interface address={}", config::to_string(node.admin_address()));
  signals.wait();
  spdlog::info("Draining: clients are told to reconnect elsewhere");
  drain(node, settings, signals);
  node.stop();
  spdlog::info("Stopped");
  return exit_ok;
}

}  // namespace grapevine::cli
