#pragma once

#include "cluster/links/handshake.hpp"
#include "cluster/streams/segment.hpp"
#include "cluster/types.hpp"
#include "cluster/wire/frame_codec.hpp"

#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace grapevine::cluster {

/// How a connection came about and what it proves by itself.
struct link_facts {
  bool dialled = false;
  epoch_t expected = 0;                        ///< as in the `dial` effect
  std::string address;                         ///< numeric host of the other end
  std::string tls_binding;                     ///< empty without TLS
  std::vector<std::string> certificate_names;  ///< of the verified certificate, with TLS
  handshake::nonce nonce{};
};

/// A connection from its first byte on: of a socket, or a tunnel over the link to another peer.
struct connection {
  link_id id = 0;
  handshake shake;
  std::string address;                         ///< numeric host, or for people: through whom
  std::vector<std::string> certificate_names;  ///< of the verified certificate, with TLS
  bool secure = false;
  bool dialled = false;
  epoch_t expected = 0;  ///< who is to be found there, 0: anybody
  epoch_t via = 0;       ///< the peer whose link carries the tunnel; 0: none, it has a socket
  time_point opened{};
  /// 0 until the other side has proved itself, and again when another connection has taken its
  /// place.
  epoch_t peer = 0;
  bool admitted = false;             ///< it has been a peer's link
  bool closing = false;              ///< nothing that still arrives counts
  std::string rest;                  ///< an incomplete frame
  std::deque<shared_bytes> waiting;  ///< frames outside of any stream, written first

  /// Cuts what arrives into frames. Calls `on_frame(view, frame)` for each until that returns false
  /// or the connection is closing. False after a malformed one. Frames are parsed in place; only a
  /// torn one is copied.
  template <class OnFrame>
  bool read(std::string_view bytes, OnFrame on_frame) {
    std::string joined;
    if (!rest.empty()) {
      joined = std::exchange(rest, {});
      joined.append(bytes);
      bytes = joined;
    }
    while (!closing) {
      const auto split =
          split_frame(bytes, peer == 0 ? admission_frame_length_max : frame_length_max);
      if (split.status == split_status::need_more) {
        rest = bytes;
        return true;
      }
      const auto content =
          split.status == split_status::complete ? decode_frame(split.frame) : std::nullopt;
      if (!content)
        return false;
      bytes.remove_prefix(split.frame.size());
      if (!on_frame(split.frame, *content))
        return true;
    }
    return true;
  }

  void say(const frame&);
  /// Appends what waits outside of any stream. Returns how many bytes.
  std::size_t take_waiting(std::vector<slice>&);
};

/// A connection as it begins: with this node's hello. `via`: the peer whose link carries it, 0 for
/// a socket.
connection open_connection(link_id, link_facts, epoch_t via, const handshake_settings&,
                           time_point now);

}  // namespace grapevine::cluster
