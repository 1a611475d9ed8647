#pragma once

#include "cluster/links/link_table.hpp"
#include "cluster/membership/membership.hpp"

#include <optional>
#include <string>
#include <vector>

namespace grapevine::cluster {

/// What becomes of a connection whose other side has proved who it is.
struct link_admission {
  enum class kind : std::uint8_t {
    attach,
    replace,  ///< the same, in the place of the link there is
    refuse,
  };
  kind what = kind::attach;
  bye_reason why = bye_reason::protocol;  ///< of a refusal
  epoch_t seen = 0;                       ///< for `bye_reason::stale_epoch`
  std::vector<std::string> news;          ///< for the log, about a refusal
};

/// One link per peer, and only for those that membership lets in. `who` has proved itself on `c`;
/// `peer_has_link`: it says that it still holds another connection to this node. `leaving`: this
/// node has said goodbye.
link_admission judge(const connection& c, const node_info& who, bool peer_has_link,
                     const link_table&, const membership&,
                     const std::vector<std::string>& allowed_names, bool leaving, time_point now);

}  // namespace grapevine::cluster
