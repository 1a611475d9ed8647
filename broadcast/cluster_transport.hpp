#pragma once

#include "broadcast/loop_thread.hpp"
#include "broadcast/transport.hpp"

namespace grapevine::broadcasting {

/// Events to a cluster over its HTTP API. Of several nodes the one that answered last is asked;
/// when it is away, overloaded or silent, the next, within the time there is. The API cannot
/// recognise a repetition: an event whose answer was lost may arrive twice.
std::unique_ptr<transport> make_cluster_transport(std::shared_ptr<loop_thread> on,
                                                  const broadcast_settings&,
                                                  broadcast_result& error);

}  // namespace grapevine::broadcasting
