#define CAF_SUITE broadcast.auth_workers

#include "broadcast/auth_workers.hpp"

#include "caf/test/dsl.hpp"

#include <atomic>
#include <chrono>
#include <future>
#include <limits>
#include <stdexcept>
#include <string>
#include <thread>

using namespace grapevine::broadcasting;
using namespace std::chrono_literals;

namespace {

constexpr auto deadline = 10s;

// What happened, in order, for a test to wait for.
class record {
public:
  void add(std::string what) {
    const std::lock_guard lock{mutex_};
    all_.push_back(std::move(what));
    changed_.notify_all();
  }
  std::function<void()> adds(std::string what) {
    return [this, what] { add(what); };
  }
  std::vector<std::string> all() const {
    const std::lock_guard lock{mutex_};
    return all_;
  }
  bool wait_for(std::size_t count) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, deadline, [&] { return all_.size() >= count; });
  }

private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> all_;
};

// A callback that takes its time: until it is let go.
struct slow_callback {
  std::promise<void> go;
  std::shared_future<void> gone = go.get_future().share();
  record began;

  std::function<void()> work(record& done, std::string name) {
    return [this, &done, name] {
      began.add(name);
      gone.wait_for(deadline);
      done.add(name);
    };
  }
};

using strings = std::vector<std::string>;

}  // namespace

CAF_TEST(one thread runs what it is given in order) {
  record done;
  auth_workers workers{1, 100};
  strings expected;
  for (int i = 0; i < 100; ++i) {
    expected.push_back(std::to_string(i));
    workers.run(done.adds(expected.back()), done.adds("refused"));
  }
  CAF_REQUIRE(done.wait_for(100));
  CAF_CHECK_EQUAL(done.all(), expected);
}

CAF_TEST(as many callbacks run at a time as there are threads) {
  record done;
  slow_callback slow;
  auth_workers workers{3, 10};
  for (auto name : {"a", "b", "c", "d"})
    workers.run(slow.work(done, name), done.adds("refused"));
  CAF_CHECK(slow.began.wait_for(3));
  CAF_CHECK_EQUAL(slow.began.all().size(), 3u);
  slow.go.set_value();
  CAF_CHECK(done.wait_for(4));
  CAF_CHECK_EQUAL(slow.began.all().back(), "d");
}

CAF_TEST(there is always a thread and no number of them is too large) {
  for (const unsigned threads : {0u, 1'000'000u}) {
    record done;
    auth_workers workers{threads, std::numeric_limits<std::size_t>::max()};
    workers.run(done.adds("ran"), done.adds("refused"));
    CAF_CHECK(done.wait_for(1));
    CAF_CHECK_EQUAL(done.all(), strings{"ran"});
  }
}

CAF_TEST(what finds no room is refused at once in the thread that asked) {
  record done;
  slow_callback slow;
  auth_workers workers{1, 2};
  workers.run(slow.work(done, "a"), done.adds("refused a"));
  CAF_REQUIRE(slow.began.wait_for(1));
  workers.run(done.adds("b"), done.adds("refused b"));
  workers.run(done.adds("c"), done.adds("refused c"));
  std::thread::id refused_in;
  workers.run(done.adds("d"), [&] {
    refused_in = std::this_thread::get_id();
    done.add("refused d");
  });
  CAF_CHECK(refused_in == std::this_thread::get_id());
  CAF_CHECK_EQUAL(done.all(), strings{"refused d"});
  slow.go.set_value();
  CAF_REQUIRE(done.wait_for(4));
  CAF_CHECK_EQUAL(done.all(), (strings{"refused d", "a", "b", "c"}));
}

CAF_TEST(there is room again once one has ended) {
  record done;
  slow_callback slow;
  auth_workers workers{1, 0};
  workers.run(slow.work(done, "a"), done.adds("refused a"));
  CAF_REQUIRE(slow.began.wait_for(1));
  workers.run(done.adds("b"), done.adds("refused b"));
  CAF_CHECK_EQUAL(done.all(), strings{"refused b"});
  slow.go.set_value();
  // Room is made a moment after the callback's last line.
  const auto end = std::chrono::steady_clock::now() + deadline;
  for (bool taken = false; !taken && std::chrono::steady_clock::now() < end;) {
    taken = true;
    workers.run(done.adds("c"), [&] { taken = false; });
    std::this_thread::yield();
  }
  CAF_CHECK(done.wait_for(3));
  CAF_CHECK_EQUAL(done.all(), (strings{"refused b", "a", "c"}));
}

CAF_TEST(a callback that throws is refused and its thread goes on) {
  record done;
  auth_workers workers{1, 10};
  workers.run([] { throw std::runtime_error{"no"}; }, done.adds("refused the first"));
  workers.run([] { throw 7; }, done.adds("refused the second"));
  workers.run(done.adds("ran"), done.adds("refused the third"));
  CAF_REQUIRE(done.wait_for(3));
  CAF_CHECK_EQUAL(done.all(), (strings{"refused the first", "refused the second", "ran"}));
}

CAF_TEST(a callback may give further work) {
  record done;
  auth_workers workers{1, 10};
  workers.run([&] { workers.run(done.adds("second"), done.adds("refused")); },
              done.adds("refused"));
  CAF_CHECK(done.wait_for(1));
  CAF_CHECK_EQUAL(done.all(), strings{"second"});
}

CAF_TEST(stopping waits for what runs and refuses what waits) {
  record done;
  slow_callback slow;
  auth_workers workers{1, 10};
  workers.run(slow.work(done, "a"), done.adds("refused a"));
  CAF_REQUIRE(slow.began.wait_for(1));
  workers.run(done.adds("b"), done.adds("refused b"));
  workers.run(done.adds("c"), done.adds("refused c"));
  auto stopped = std::async(std::launch::async, [&] { workers.stop(); });
  CAF_REQUIRE(done.wait_for(2));
  CAF_CHECK_EQUAL(done.all(), (strings{"refused b", "refused c"}));
  CAF_CHECK(stopped.wait_for(0s) == std::future_status::timeout);
  slow.go.set_value();
  CAF_CHECK(stopped.wait_for(deadline) == std::future_status::ready);
  CAF_CHECK_EQUAL(done.all(), (strings{"refused b", "refused c", "a"}));
}

CAF_TEST(after stopping everything is refused and stopping again does nothing) {
  record done;
  auth_workers workers{2, 10};
  workers.stop();
  workers.run(done.adds("ran"), done.adds("refused"));
  CAF_CHECK_EQUAL(done.all(), strings{"refused"});
  workers.stop();
}

CAF_TEST(each of many that come while it stops gets one answer) {
  for (int round = 0; round < 20; ++round) {
    std::atomic<int> answers{0};
    constexpr int threads = 4, each = 200;
    {
      auth_workers workers{2, 5};
      std::vector<std::thread> asking;
      for (int i = 0; i < threads; ++i)
        asking.emplace_back([&] {
          for (int k = 0; k < each; ++k)
            workers.run([&] { ++answers; }, [&] { ++answers; });
        });
      workers.stop();
      for (auto& one : asking)
        one.join();
    }
    CAF_CHECK_EQUAL(answers.load(), threads * each);
  }
}
