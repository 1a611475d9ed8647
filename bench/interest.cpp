// What interest costs: the memory of the table of all peers' channels, the time of its operations,
// and the bytes that one new channel puts on the wire.

#include "cluster/interest/interest_log.hpp"
#include "cluster/interest/interest_view.hpp"
#include "cluster/wire/frame_codec.hpp"

#include <CLI/CLI.hpp>

#include <malloc.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <span>
#include <vector>

namespace grapevine::bench {
namespace {

using namespace cluster;

constexpr std::size_t batch = 100;  // keys of one apply, as of one flush

struct interest_options {
  std::size_t channels = 1'000'000;
  unsigned peers = 1;  // each wants all channels
  bool json = false;
};

struct row {
  const char* name;
  const char* unit;
  double value;
};

/// Bytes the program has from the allocator, what is mapped on its own included.
double allocated() {
  const auto info = ::mallinfo2();
  return static_cast<double>(info.uordblks + info.hblkhd);
}

double cpu_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

/// Processor time, so that a busy machine's other work is not in it (what it does to the caches
/// is).
template <class Work>
double ns_of(Work work) {
  const auto from = cpu_ns();
  work();
  return cpu_ns() - from;
}

std::vector<std::uint64_t> random_keys(std::size_t count, std::uint64_t seed) {
  random_source random{seed};
  std::vector<std::uint64_t> keys(count);
  std::generate(keys.begin(), keys.end(), [&] { return random.next(); });
  return keys;
}

void shuffle(std::vector<std::uint64_t>& keys, std::uint64_t seed) {
  random_source random{seed};
  for (auto i = keys.size(); i > 1; --i)
    std::swap(keys[i - 1], keys[static_cast<std::size_t>(random.below(i))]);
}

template <class Each>
void in_batches(std::span<const std::uint64_t> keys, Each each) {
  for (; !keys.empty(); keys = keys.subspan(std::min(batch, keys.size())))
    each(keys.first(std::min(batch, keys.size())));
}

void measure_view(const interest_options& options, std::vector<row>& rows) {
  auto keys = random_keys(options.channels, 1);
  const auto strangers = random_keys(options.channels, 2);
  const auto per_key = [&](double ns) { return ns / static_cast<double>(keys.size()); };
  const auto before = allocated();
  interest_view view;
  double apply = 0;
  for (unsigned peer = 0; peer < options.peers; ++peer) {
    const auto slot = view.open();
    apply += ns_of([&] { in_batches(keys, [&](auto some) { view.apply(slot, some, {}); }); });
    view.done(slot);
  }
  rows.push_back({"memory per wanted channel", "B", per_key(allocated() - before)});
  rows.push_back({"apply of a new key, growth included", "ns", per_key(apply) / options.peers});

  shuffle(keys, 3);
  interest_view::mask seen;
  const auto look_up = [&](const auto& wanted) {
    return per_key(ns_of([&] {
      for (const auto key : wanted)
        seen |= view.targets(key);
    }));
  };
  rows.push_back({"look-up of a wanted channel", "ns", look_up(keys)});
  rows.push_back({"look-up of another channel", "ns", look_up(strangers)});
  rows.push_back({"apply of a removal", "ns", per_key(ns_of([&] {
                    in_batches(keys, [&](auto some) { view.apply(0, {}, some); });
                  }))});
  rows.push_back({"apply into a table that has grown", "ns", per_key(ns_of([&] {
                    in_batches(keys, [&](auto some) { view.apply(0, some, {}); });
                  }))});
  // The dearest sweep: the only peer that wants anything goes, so every entry is erased.
  for (unsigned slot = 1; slot < options.peers; ++slot)
    view.close(slot);
  const auto sweep = ns_of([&] { view.close(0); });
  rows.push_back({"close of a slot with all channels, whole", "ns", sweep});
  rows.push_back({"close of a slot, per channel", "ns", per_key(sweep)});
  // The sum is used, so that no look-up is optimised away.
  if (seen.none() && options.channels > 0)
    std::fprintf(stderr, "interest: no look-up found anything\n");
}

void measure_log(const interest_options& options, std::vector<row>& rows) {
  const auto keys = random_keys(options.channels, 1);
  const auto per_key = [&](double ns) { return ns / static_cast<double>(keys.size()); };
  const auto before = allocated();
  interest_log log{std::chrono::seconds{2}, 4};
  const auto want = ns_of([&] {
    in_batches(keys, [&](auto some) {
      for (const auto key : some)
        log.want(key);
      log.flush();
    });
  });
  rows.push_back({"own log: memory per channel", "B", per_key(allocated() - before)});
  rows.push_back({"own log: want and flush", "ns", per_key(want)});
  const time_point now{};
  const auto leave = ns_of([&] {
    for (const auto key : keys)
      log.unwant(key, now);
    log.tick(now + std::chrono::seconds{3});
    while (log.flush()) {
    }
  });
  rows.push_back({"own log: unwant, linger and flush", "ns", per_key(leave)});
}

/// The encoded delta of `count` new channels, on a log that has seen some.
double delta_bytes(std::size_t count) {
  interest_log log{std::chrono::seconds{2}, 4};
  for (const auto key : random_keys(1000, 5))
    log.want(key);
  log.flush();
  for (const auto key : random_keys(count, 6))
    log.want(key);
  return static_cast<double>(encoded(log.flush().value()).size());
}

void print(const interest_options& options, const std::vector<row>& rows) {
  if (!options.json) {
    std::printf("%zu channels, %u peers\n", options.channels, options.peers);
    for (const auto& one : rows)
      std::printf("%-44s %14.1f %s\n", one.name, one.value, one.unit);
    return;
  }
  std::printf("{\"channels\": %zu, \"peers\": %u, \"results\": [", options.channels, options.peers);
  for (const auto& one : rows)
    std::printf("%s{\"name\": \"%s\", \"unit\": \"%s\", \"value\": %.1f}",
                &one == rows.data() ? "" : ", ", one.name, one.unit, one.value);
  std::printf("]}\n");
}

void run(const interest_options& options) {
  std::vector<row> rows;
  rows.reserve(32);
  measure_view(options, rows);
  measure_log(options, rows);
  const auto alone = delta_bytes(1);
  const auto together = delta_bytes(batch);
  const interest_ack_frame ack{.version = 1001};
  rows.push_back({"delta of one subscribe, alone", "B", alone});
  rows.push_back({"delta of a batch of 100", "B", together});
  rows.push_back({"delta per subscribe in a batch of 100", "B", together / batch});
  rows.push_back({"its acknowledgement", "B", static_cast<double>(encoded(ack).size())});
  print(options, rows);
}

}  // namespace
}  // namespace grapevine::bench

int main(int argc, char** argv) {
  CLI::App app{"The memory, time and bytes that interest in channels costs"};
  grapevine::bench::interest_options options;
  app.add_option("--channels", options.channels, "Channels that peers want")
      ->check(CLI::Range(1, 100'000'000))
      ->capture_default_str();
  app.add_option("--peers", options.peers, "Peers that want each of them")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.add_flag("--json", options.json, "One JSON object instead of a table");
  CLI11_PARSE(app, argc, argv);
  grapevine::bench::run(options);
}
