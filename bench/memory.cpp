// What an idle subscribed connection costs in user memory: the growth of the server's anonymous
// resident memory over many connections, each upgraded, greeted and subscribed to a public channel,
// then silent. Kernel socket buffers are not the process's memory and not counted.

#include "bench/child_process.hpp"
#include "bench/process_meter.hpp"
#include "bench/subscriber_swarm.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <filesystem>
#include <iostream>
#include <thread>

namespace grapevine::bench {
namespace {

using namespace std::chrono_literals;

struct memory_options {
  std::string server;
  std::size_t connections = 15'000;
  std::size_t channels = 100;
  unsigned shards = 1;
  bool json = false;
};

/// The memory once two readings half a second apart agree, or after ten seconds.
std::size_t settled_memory(pid_t pid) {
  auto last = anonymous_memory(pid);
  for (int reading = 0; reading < 20; ++reading) {
    std::this_thread::sleep_for(500ms);
    const auto now = anonymous_memory(pid);
    if (now == last)
      break;
    last = now;
  }
  return last;
}

int fail(const std::string& why) {
  std::cerr << "memory: " << why << '\n';
  return 1;
}

void report(const memory_options& options, std::size_t limit, std::size_t before,
            std::size_t after) {
  const auto per_connection = (static_cast<double>(after) - static_cast<double>(before))
                              / static_cast<double>(options.connections);
  std::printf(
      options.json ? "{\"connections\": %zu, \"channels\": %zu, \"shards\": %u, "
                     "\"descriptor_limit\": %zu, \"before_bytes\": %zu, \"after_bytes\": %zu, "
                     "\"bytes_per_connection\": %.0f}\n"
                   : "connections %zu, channels %zu, shards %u, descriptor limit %zu\n"
                     "anonymous memory before %zu, after %zu bytes\n"
                     "%.0f bytes per idle subscribed connection\n",
      options.connections, options.channels, options.shards, limit, before, after, per_connection);
}

int run(const memory_options& options) {
  const auto needed = options.connections + 256;
  const auto limit = raise_descriptor_limit(needed);
  if (limit < needed)
    return fail(std::to_string(needed) + " descriptors are needed, " + std::to_string(limit)
                + " allowed");
  const auto port = free_port();
  const std::string host = "127.0.0.1:";
  const auto server = child_process::start({options.server, "serve", "--dev", "--shards",
                                            std::to_string(options.shards), "--log-level", "warn",
                                            "--listen", host + std::to_string(port),
                                            "--admin-listen", host + std::to_string(free_port())},
                                           -1);
  if (!server || !server->wait_until_listening(port, 10s))
    return fail("the server does not accept connections: " + options.server);
  // One connection first, so that what is made once per process is in the figure before.
  subscriber_swarm first{{.ports = {port}, .connections = 1}};
  if (const auto why = first.open(10s); !why.empty())
    return fail(why);
  const auto before = settled_memory(server->pid());
  subscriber_swarm swarm{
      {.ports = {port}, .connections = options.connections, .channels = options.channels}};
  if (const auto why = swarm.open(100s); !why.empty())
    return fail(why);
  const auto after = settled_memory(server->pid());
  swarm.poll(0ns, nullptr);
  if (swarm.lost() > 0)
    return fail(std::to_string(swarm.lost()) + " connections were lost");
  report(options, limit, before, after);
  return 0;
}

}  // namespace
}  // namespace grapevine::bench

int main(int argc, char** argv) {
  CLI::App app{"User memory of grapevine per idle subscribed connection"};
  grapevine::bench::memory_options options;
  const auto here = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  options.server = here.parent_path() / "grapevine";
  app.option_defaults()->always_capture_default();
  app.add_option("--server", options.server, "The grapevine program")->check(CLI::ExistingFile);
  app.add_option("--connections", options.connections, "Idle connections")
      ->check(CLI::Range(1, 28'000));
  app.add_option("--channels", options.channels, "Channels they are spread over")
      ->check(CLI::Range(1, 28'000));
  app.add_option("--shards", options.shards, "Shards of the server")->check(CLI::Range(1, 64));
  app.add_flag("--json", options.json, "Print one JSON object");
  CLI11_PARSE(app, argc, argv);
  return grapevine::bench::run(options);
}
