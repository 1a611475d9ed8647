#include "net/loop.hpp"

#include "net/log.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <csignal>

#include <array>
#include <cerrno>
#include <ctime>
#include <exception>
#include <utility>
#include <vector>

namespace asio = boost::asio;

namespace grapevine::net {

namespace {

/// What one turn reads from a link: 256 KiB keep a peer's batches whole, and there are few peers.
using link_bytes = std::array<char, 256u << 10>;

/// Keeps SIGPIPE from this thread while it lives. Where the program does not ignore it, it would
/// end with the first peer that vanishes under TLS.
class broken_pipe_guard {
public:
  broken_pipe_guard() noexcept {
    sigemptyset(&signal_);
    sigaddset(&signal_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &signal_, &before_);
  }
  ~broken_pipe_guard() {
    if (sigismember(&before_, SIGPIPE) == 1)
      return;
    // One that was raised meanwhile would strike as soon as it is let through.
    const timespec at_once{};
    while (sigtimedwait(&signal_, nullptr, &at_once) < 0 && errno == EINTR)
      continue;
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  broken_pipe_guard(const broken_pipe_guard&) = delete;
  broken_pipe_guard& operator=(const broken_pipe_guard&) = delete;

private:
  sigset_t signal_{};
  sigset_t before_{};
};

}  // namespace

struct loop::impl {
  using tick_timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                                asio::wait_traits<std::chrono::steady_clock>,
                                                asio::io_context::executor_type>;

  impl() {
    wheel.when_needed([this] { start_ticking(); });
  }

  void start_ticking() {
    if (ticking)
      return;
    ticking = true;
    now = std::chrono::steady_clock::now();
    tick();
  }

  void tick() {
    ticker.expires_after(wheel.tick());
    ticker.async_wait([this](boost::system::error_code ec) {
      if (ec)
        return;
      // Armed again before the timers run, so that one of them may throw.
      tick();
      now = std::chrono::steady_clock::now();
      wheel.advance(now);
      if (wheel.size() == 0) {
        ticking = false;
        ticker.cancel();
      }
    });
  }

  void flush_dirty() {
    flush_posted = false;
    flushing.swap(dirty);
    for (std::size_t i = 0; i < flushing.size(); ++i) {
      auto* f = std::exchange(flushing[i], nullptr);
      if (!f)
        continue;
      f->place_ = 0;
      try {
        f->flush();
      } catch (const std::exception& e) {
        log().error("flushing an outbox failed error=\"{}\"", e.what());
      }
    }
    flushing.clear();
  }

  // The order matters: sessions that pending handlers keep alive end with `io`, and need the rest.
  // A client's largest usual burst; more comes with the next turn.
  std::array<char, 64u << 10> read_buffer;
  // A TLS record's worth: OpenSSL takes no more at a time.
  std::array<char, 16u << 10> write_buffer;
  std::unique_ptr<link_bytes> link_buffer;
  timer_wheel wheel{std::chrono::steady_clock::now()};
  time_point now = std::chrono::steady_clock::now();
  std::vector<flushable*> dirty;
  std::vector<flushable*> flushing;
  bool flush_posted = false;
  bool ticking = false;
  asio::io_context io{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};
  tick_timer ticker{io};
};

loop::loop() : impl_{std::make_unique<impl>()} {}
loop::~loop() = default;

void loop::run() {
  const broken_pipe_guard guard;
  for (;;) {
    try {
      impl_->io.run();
      return;
    } catch (const std::exception& e) {
      log().error("a handler failed error=\"{}\"", e.what());
    } catch (...) {
      log().error("a handler failed");
    }
  }
}

void loop::stop() noexcept {
  impl_->io.stop();
}

void loop::post(std::function<void()> f) {
  asio::post(impl_->io, std::move(f));
}

asio::io_context& loop::io() noexcept {
  return impl_->io;
}

timer_wheel& loop::timers() noexcept {
  return impl_->wheel;
}

time_point loop::now() const noexcept {
  return impl_->ticking ? impl_->now : std::chrono::steady_clock::now();
}

time_point loop::refresh_now() noexcept {
  return impl_->now = std::chrono::steady_clock::now();
}

std::span<char> loop::read_buffer() noexcept {
  return impl_->read_buffer;
}

std::span<char> loop::link_buffer() {
  if (!impl_->link_buffer)
    impl_->link_buffer = std::make_unique<link_bytes>();
  return *impl_->link_buffer;
}

std::span<char> loop::write_buffer() noexcept {
  return impl_->write_buffer;
}

void loop::mark_dirty(flushable& f) {
  if (f.place_ != 0)
    return;
  auto& dirty = impl_->dirty;
  dirty.push_back(&f);
  f.place_ = dirty.size();
  if (impl_->flush_posted)
    return;
  impl_->flush_posted = true;
  // Goes behind every handler that is ready now: they all fill outboxes first.
  asio::post(impl_->io, [this] { impl_->flush_dirty(); });
}

void loop::forget(flushable& f) noexcept {
  if (f.place_ == 0)
    return;
  const auto place = std::exchange(f.place_, 0) - 1;
  // It waits in one of the two lists, and only its own place there holds it.
  if (place < impl_->dirty.size() && impl_->dirty[place] == &f)
    impl_->dirty[place] = nullptr;
  else if (place < impl_->flushing.size() && impl_->flushing[place] == &f)
    impl_->flushing[place] = nullptr;
}

}  // namespace grapevine::net
