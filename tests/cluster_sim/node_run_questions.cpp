// The part of `node_run` that carries questions, and its change of epoch.

#include "node_answers.hpp"
#include "node_run.hpp"
#include "nodes_oracle.hpp"

#include <utility>

namespace grapevine::cluster::sim {

namespace {

using namespace std::chrono_literals;

}  // namespace

void node_run::notice_epoch() {
  if (const auto before = std::exchange(epoch_, epoch()); before != epoch_)
    oracle_.renewed(*this, before);
}

/// Its shards are asked, and answer when they come to it.
void node_run::take(const question& asked) {
  oracle_.asked(*this, asked);
  const auto late = clock_.now() + random_.between(10us, 600us + setting_.answer_late);
  post(late, [this, asked] {
    oracle_.answers(*this, asked);
    call(calls::answer{asked.from, asked.id, local_answer(*this, asked)});
  });
}

void node_run::ask(std::uint64_t id, audience who, std::size_t place, std::uint8_t kind,
                   std::uint8_t attributes, const std::string& text, duration deadline) {
  call(calls::ask{id, who, channel(place).key, kind, ref(place).app, attributes, text, deadline});
}

}  // namespace grapevine::cluster::sim
