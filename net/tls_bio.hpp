#pragma once

typedef struct bio_st BIO;

namespace grapevine::net {

/// A BIO over a non-blocking socket that it does not own. OpenSSL's own writes with write(2), and
/// so raises SIGPIPE when the peer is gone; this one does not. Null when out of memory.
BIO* make_socket_bio(int socket);

}  // namespace grapevine::net
