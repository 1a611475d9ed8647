#include "broadcast/loop_thread.hpp"

#include "net/loop.hpp"

#include <future>
#include <thread>

namespace grapevine::broadcasting {

struct loop_thread::impl {
  net::loop loop;
  std::thread thread{[this] { loop.run(); }};
};

loop_thread::loop_thread() : impl_{std::make_unique<impl>()} {}

loop_thread::~loop_thread() {
  impl_->loop.stop();
  impl_->thread.join();
}

net::loop& loop_thread::loop() noexcept {
  return impl_->loop;
}

void loop_thread::run(const std::function<void()>& f) {
  std::promise<void> done;
  impl_->loop.post([&] {
    f();
    done.set_value();
  });
  done.get_future().wait();
}

}  // namespace grapevine::broadcasting
