#pragma once

#include "broadcast/broadcast_item.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace grapevine::broadcasting {

/// One request of the HTTP API that carries items, or a part of one.
struct cluster_request {
  std::string path;  ///< "/apps/{id}/events" or "/apps/{id}/batch_events"
  std::string body;
  std::vector<std::size_t> places;  ///< of its items in the list that was planned, ascending
};

/// Packs items into as few requests as the API allows, in their order (protocol.md 9.2): at most
/// 100 channels an event, 10 events a batch, about 512 KiB a batch. `singly` makes no batches: when
/// one was refused, to learn which event was the reason.
std::vector<cluster_request> plan_requests(const std::vector<broadcast_item>&,
                                           std::string_view app_id, bool singly = false);

/// What follows from the answer to a request.
struct cluster_verdict {
  broadcast_result result;
  bool other_node = false;  ///< this node is of no use now, another may be
};
/// Reads an answer of the API (protocol.md 9.3); a refusal is quoted.
cluster_verdict read_answer(unsigned status, std::string_view body);

}  // namespace grapevine::broadcasting
