#include "cluster/links/connection.hpp"

#include "cluster/wire/shared_frame.hpp"

#include <utility>

namespace grapevine::cluster {

void connection::say(const frame& f) {
  waiting.push_back(shared(f));
}

std::size_t connection::take_waiting(std::vector<slice>& slices) {
  std::size_t taken = 0;
  for (auto& bytes : std::exchange(waiting, {})) {
    const std::string_view view{*bytes};
    taken += view.size();
    slices.push_back({std::move(bytes), view});
  }
  return taken;
}

connection open_connection(link_id id, link_facts facts, epoch_t via,
                           const handshake_settings& settings, time_point now) {
  using role = handshake::role;
  const bool secure = !facts.tls_binding.empty();
  connection fresh{.id = id,
                   .shake = {facts.dialled ? role::dialler : role::acceptor, settings, facts.nonce,
                             std::move(facts.tls_binding)},
                   .address = std::move(facts.address),
                   .certificate_names = std::move(facts.certificate_names),
                   .secure = secure,
                   .dialled = facts.dialled,
                   .expected = facts.expected,
                   .via = via,
                   .opened = now,
                   .rest = {},
                   .waiting = {}};
  fresh.say(fresh.shake.start());
  return fresh;
}

}  // namespace grapevine::cluster
