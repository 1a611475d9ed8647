#include "actors/refused_connection.hpp"

#include "protocol/server_message.hpp"

namespace grapevine::actors {

void refused_connection::on_open(net::websocket& socket) {
  socket.send_text(protocol::server_message::error(why_.code, why_.message));
  socket.close(static_cast<std::uint16_t>(why_.code), why_.message);
}

}  // namespace grapevine::actors
