#pragma once

#include "net/client_session_settings.hpp"
#include "net/loop.hpp"
#include "net/service.hpp"
#include "net/socket_stats.hpp"
#include "net/tls.hpp"
#include "net/trusted_proxies.hpp"

#include <boost/intrusive/list.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

namespace grapevine::net {

class client_session;

using client_session_hook =
    boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::normal_link>>;

/// What all sessions of one listener share. `sessions` holds one reference to each open one.
struct client_session_context
    : boost::intrusive_ref_counter<client_session_context, boost::thread_unsafe_counter> {
  client_session_context(loop& l, service& s, const client_session_settings& st,
                         const tls_context* t, socket_stats& counters)
      : on{l}, serves{s}, settings{st}, proxies{st.trusted_proxies}, tls{t}, stats{counters} {}

  /// Past it an outbox counts as slow: early enough to be seen in the statistics, and to hold back
  /// pongs, before the bound costs the connection.
  std::size_t outbox_soft_max() const noexcept {
    return settings.outbox_max / 4;
  }

  loop& on;
  service& serves;
  const client_session_settings settings;
  const trusted_proxies proxies;
  const tls_context* tls;  ///< null: plain
  socket_stats& stats;
  boost::intrusive::list<client_session, boost::intrusive::base_hook<client_session_hook>> sessions;
};

}  // namespace grapevine::net
