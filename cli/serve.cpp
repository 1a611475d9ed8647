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
    sigaddset(&set_, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
  }
  /// The next signal, whenever it comes.
  int wait() const {
    int signal = 0;
    sigwait(&set_, &signal);
    return signal;
  }
  /// True when one that means to stop arrives within the time.
  bool stop_within(std::chrono::milliseconds timeout) const {
    timespec limit{.tv_sec = timeout.count() / 1000, .tv_nsec = timeout.count() % 1000 * 1'000'000};
    auto signal = sigtimedwait(&set_, nullptr, &limit);
    return signal == SIGTERM || signal == SIGINT;
  }

private:
  sigset_t set_{};
};

/// Waits until `done` or the deadline; true when a second signal cut it short.
template <class Predicate>
bool wait_until(Predicate done, std::chrono::milliseconds timeout, const stop_signals& signals) {
  auto deadline = std::chrono::steady_clock::now() + timeout;
  while (!done() && std::chrono::steady_clock::now() < deadline)
    if (signals.stop_within(std::chrono::milliseconds{10}))
      return true;
  return false;
}

/// Tells every client to go, in a spread, then gives the last ones a moment for the closing
/// handshake: a reset could take the Close frame away from them. A second signal ends the waiting.
void drain(actors::node& node, const config::settings& settings, const stop_signals& signals) {
  using namespace std::chrono_literals;
  node.drain();
  auto told = [&] { return node.clients() == 0; };
  if (!wait_until(told, settings.limits.drain_timeout + 1s, signals))
    wait_until([&] { return node.client_sockets() == 0; }, 2s, signals);
}

/// SIGHUP: what can change without dropping a connection. For now those are the certificates.
void reload(actors::node& node) {
  for (const auto& error : {node.reload_certificate(), node.reload_cluster_certificate()})
    if (!error.empty())
      spdlog::error("The certificate stays as it was error=\"{}\"", error);
  spdlog::info("Read the certificates again");
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
               base::to_string(node.client_address()), settings.node.tls.enabled());
  if (const auto* address = node.cluster_address())
    spdlog::info("Serving the cluster address={}", base::to_string(*address));
  spdlog::info("Serving the admin interface address={}", base::to_string(node.admin_address()));
  while (signals.wait() == SIGHUP)
    reload(node);
  spdlog::info("Draining: clients are told to reconnect elsewhere");
  drain(node, settings, signals);
  node.leave();
  node.stop();
  spdlog::info("Stopped");
  return exit_ok;
}

}  // namespace grapevine::cli
