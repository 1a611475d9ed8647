// What a node is sent: by a stranger, and by a peer that has proved itself and then goes mad. The
// first byte chooses. A third node is there, so that what is said of tunnels may be for this node
// or for another. Nothing may crash the node or make it hold much.

#include "cluster/node/node_core.hpp"
#include "expect.hpp"

#include <string>

using namespace grapevine::cluster;
using namespace std::chrono_literals;
using grapevine::fuzz::expect;

namespace {

const time_point start{1000s};

core_settings settings(const std::string& name, epoch_t epoch) {
  core_settings s;
  s.self.name = name;
  s.self.epoch = epoch;
  s.self.address = {"10.0.0.1", static_cast<std::uint16_t>(epoch)};
  s.self.flags = node_flag::ready;
  s.admission.secrets = {"a secret of the cluster"};
  s.apps = {"a"};
  return s;
}

std::string written(node_core& n, link_id link, time_point now) {
  std::string bytes;
  for (const auto& each : n.next_write(link, 1u << 20, now))
    bytes += each.bytes;
  return bytes;
}

void link(node_core& node, node_core& peer, link_id id, time_point now) {
  node.on_open(id, {.dialled = false, .address = "10.0.0.2", .nonce = {1}}, now);
  peer.on_open(
      id, {.dialled = true, .address = "10.0.0.1", .nonce = {static_cast<std::uint8_t>(1 + id)}},
      now);
  for (int turn = 0; turn < 8; ++turn) {
    node.on_bytes(id, written(peer, id, now), now);
    node.end_turn(id, 0);
    peer.on_bytes(id, written(node, id, now), now);
    peer.end_turn(id, 0);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1)
    return 0;
  const bool admitted = (data[0] & 1) != 0;
  const auto input = grapevine::fuzz::as_text(data + 1, size - 1);
  auto now = start;
  node_core node{settings("n1", 11), 11, now};
  const channel_ref room{0, "presence-room"};
  node.on_call(calls::want{room, 7, 1, true, true}, now);
  node.on_call(calls::roster_join{room, 7, {"ada", "{}", 1}}, now);
  node.flush(now);
  if (admitted) {
    node_core peer{settings("n2", 22), 22, now};
    node_core third{settings("n3", 33), 33, now};
    link(node, peer, 1, now);
    link(node, third, 2, now);
    expect(node.peers().size() == 2 && node.peers()[0].linked && node.peers()[1].linked,
           "two members are linked");
    expect(node.settled(), "a cluster of three is settled");
  } else {
    node.on_open(1, {.dialled = false, .address = "10.0.0.2", .nonce = {1}}, now);
  }
  // In two pieces, and time goes on between them.
  const auto half = input.size() / 2;
  for (const auto piece : {input.substr(0, half), input.substr(half)}) {
    node.on_bytes(1, piece, now);
    node.end_turn(1, 0);
    const auto answer = written(node, 1, now);
    if (admitted)
      written(node, 2, now);
    if (!admitted)
      expect(answer.find("n1") == std::string::npos && node.peers().empty(),
             "a stranger learns no name and is nobody's peer");
    now += 700ms;
    node.tick(now);
  }
  if (node.has_link(1))
    node.on_closed(1, now);
  node.tick(now + 5s);
  return 0;
}
