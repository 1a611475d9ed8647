#include "actors/shard.hpp"

#include <caf/ref_counted.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

namespace grapevine::actors {

namespace {

constexpr std::size_t messages_per_resume = 512;
/// How many rounds over the ready actors one turn may take. What a turn read from sockets is mostly
/// worked off before the next read, so mailboxes stay as short as the reads are bounded.
constexpr int rounds_per_turn = 16;

}  // namespace

shard::shard(caf::actor_system& system, std::uint32_t index)
    : caf::execution_unit{&system}, index_{index} {}

shard::~shard() {
  stop();
}

void shard::start() {
  thread_ = std::thread{[this] {
    thread_id_ = std::this_thread::get_id();
    loop_.run();
  }};
}

void shard::stop() {
  if (!thread_.joinable())
    return;
  loop_.stop();
  thread_.join();
}

void shard::exec_later(caf::resumable* job) {
  if (std::this_thread::get_id() == thread_id_.load(std::memory_order_relaxed)) {
    ready_.push_back(job);
    schedule_drain();
  } else {
    boost::asio::post(loop_.io(), [this, job] { resume(job); });
  }
}

void shard::schedule_drain() {
  if (drain_posted_)
    return;
  drain_posted_ = true;
  boost::asio::post(loop_.io(), [this] { drain(); });
}

void shard::drain() {
  for (int round = 0; round < rounds_per_turn && !ready_.empty(); ++round) {
    for (auto n = ready_.size(); n > 0; --n) {
      auto* job = ready_.front();
      ready_.pop_front();
      resume(job);
    }
  }
  drain_posted_ = false;
  if (!ready_.empty())
    schedule_drain();
}

void shard::resume(caf::resumable* job) {
  switch (job->resume(this, messages_per_resume)) {
  case caf::resumable::resume_later:
    ready_.push_back(job);
    schedule_drain();
    break;
  case caf::resumable::done:
  case caf::resumable::awaiting_message:
    caf::intrusive_ptr_release(job);
    break;
  case caf::resumable::shutdown_execution_unit:
    break;
  }
}

}  // namespace grapevine::actors
