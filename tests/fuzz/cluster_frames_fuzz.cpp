// What a stranger sends to the cluster's listener: cut into frames, decoded, and given to both ends
// of a handshake.

#include "cluster/links/handshake.hpp"
#include "cluster/wire/frame_codec.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace grapevine::cluster;

namespace {

void expect(bool holds) {
  if (!holds)
    std::abort();
}

/// Whoever does not know the secret is told nothing but our hello, and a dialler's proof, and is
/// not admitted.
class stranger_at {
public:
  explicit stranger_at(handshake::role side) : shake_{side, settings(), {}, {}} {
    self_.name = "n1";
    self_.epoch = 1;
    self_.address = {"127.0.0.1", 7946};
  }
  void take(const frame& arrived) {
    const auto step = shake_.on_frame(arrived, self_, false);
    expect(!step.admitted && !shake_.done());
    expect(step.send.empty() || shake_.side() == handshake::role::dialler);
    proofs_ += step.send.size();
    expect(proofs_ <= 1);
  }

private:
  static handshake_settings settings() {
    return {"grapevine", {"a secret of the cluster"}};
  }

  handshake shake_;
  node_info self_;
  std::size_t proofs_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view left{reinterpret_cast<const char*>(data), size};
  stranger_at acceptor{handshake::role::acceptor};
  stranger_at dialler{handshake::role::dialler};
  while (true) {
    const auto cut = split_frame(left);
    if (cut.status != split_status::complete)
      return 0;
    expect(cut.frame.size() <= left.size());
    const auto bytes = left.substr(0, cut.frame.size());
    left.remove_prefix(bytes.size());
    const auto read = decode_frame(cut.frame);
    if (!read)
      continue;  // a link would close here; the rest is worth reading all the same
    expect(type_of(*read) == cut.frame.type);
    expect(encoded(*read) == bytes);
    acceptor.take(*read);
    dialler.take(*read);
  }
}
