// What a stranger sends to the cluster's listener: cut into frames, decoded, and given to both ends
// of a handshake.

#include "cluster/links/handshake.hpp"
#include "cluster/wire/frame_codec.hpp"
#include "expect.hpp"

using namespace grapevine::cluster;
using grapevine::fuzz::expect;

namespace {

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
    expect(!step.admitted && !shake_.done(), "nobody guesses the secret");
    expect(step.send.empty() || shake_.side() == handshake::role::dialler,
           "an acceptor tells a stranger nothing");
    proofs_ += step.send.size();
    expect(proofs_ <= 1, "a dialler proves itself once");
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
  auto left = grapevine::fuzz::as_text(data, size);
  stranger_at acceptor{handshake::role::acceptor};
  stranger_at dialler{handshake::role::dialler};
  while (true) {
    const auto cut = split_frame(left);
    if (cut.status != split_status::complete)
      return 0;
    expect(cut.frame.size() <= left.size(), "a frame lies in what has come");
    const auto bytes = left.substr(0, cut.frame.size());
    left.remove_prefix(bytes.size());
    const auto read = decode_frame(cut.frame);
    if (!read)
      continue;  // a link would close here; the rest is worth reading all the same
    expect(type_of(*read) == cut.frame.type, "a body is of its type");
    expect(encoded(*read) == bytes, "a frame is written in one way only");
    acceptor.take(*read);
    dialler.take(*read);
  }
}
