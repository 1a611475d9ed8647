#include "cluster/wire/frames.hpp"

namespace grapevine::cluster {

std::string_view explain(bye_reason why) noexcept {
  switch (why) {
  case bye_reason::leaving:
    return "it leaves the cluster";
  case bye_reason::version:
    return "the protocol versions have nothing in common";
  case bye_reason::protocol:
    return "the handshake failed: another cluster.secret or cluster.name, or no node";
  case bye_reason::duplicate:
    return "there is another connection";
  case bye_reason::name_conflict:
    return "the name is already in use by another node";
  case bye_reason::stale_epoch:
    return "a newer run of that node is known";
  case bye_reason::dead:
    return "it was declared dead";
  case bye_reason::slow_consumer:
    return "it does not work off what it receives";
  }
  return "unknown";
}

}  // namespace grapevine::cluster
