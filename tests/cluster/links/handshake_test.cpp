#define CAF_SUITE cluster.handshake

#include "cluster/links/handshake.hpp"

#include "cluster/wire/frame_codec.hpp"

#include "caf/test/dsl.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <functional>

using namespace grapevine::cluster;

namespace {

using role = handshake::role;

handshake::nonce nonce_of(std::uint8_t byte) {
  handshake::nonce result;
  result.fill(byte);
  return result;
}

node_info info_of(std::string name, epoch_t epoch) {
  node_info info;
  info.name = std::move(name);
  info.epoch = epoch;
  info.address = {"10.0.0.1", 7946};
  return info;
}

const handshake_settings shared{"grapevine", {"a secret of the cluster"}};

/// One end of a connection, and what its handshake came to.
struct end {
  handshake shake;
  node_info self;
  bool has_link = false;
  handshake::step last;  ///< of the last frame that came
  std::vector<frame> sent;

  end(role side, const handshake_settings& settings, std::string tls = {})
      : shake{side, settings, nonce_of(side == role::dialler ? 1 : 2), std::move(tls)},
        self{side == role::dialler ? info_of("n1", 7) : info_of("n2", 8)} {
    sent.push_back(shake.start());
  }
  void take(const frame& arrived) {
    last = shake.on_frame(arrived, self, has_link);
    sent.insert(sent.end(), last.send.begin(), last.send.end());
  }
};

end dialler(const handshake_settings& settings = shared, std::string tls = {}) {
  return {role::dialler, settings, std::move(tls)};
}

end acceptor(const handshake_settings& settings = shared, std::string tls = {}) {
  return {role::acceptor, settings, std::move(tls)};
}

/// Carries every frame over, the acceptor's first, until nobody has anything more to say or one
/// refuses. `wire` may change the bytes of a frame and says whether it arrives at all.
using wire = std::function<void(role from, std::size_t index, std::string& bytes)>;

void connect(end& d, end& a, const wire& change = {}) {
  const auto carry = [&](end& from, end& to, std::size_t index) {
    auto bytes = encoded(from.sent[index]);
    if (change)
      change(from.shake.side(), index, bytes);
    const auto cut = split_frame(bytes, admission_frame_length_max);
    const auto read = cut.status == split_status::complete && cut.frame.size() == bytes.size()
                          ? decode_frame(cut.frame)
                          : std::nullopt;
    if (!read) {
      to.last = {};
      to.last.refused = bye_reason::protocol;
    } else {
      to.take(*read);
    }
  };
  for (std::size_t da = 0, ad = 0; da < d.sent.size() || ad < a.sent.size();) {
    if (da < d.sent.size())
      carry(d, a, da++);
    if (ad < a.sent.size() && !a.last.refused)
      carry(a, d, ad++);
    if (d.last.refused || a.last.refused)
      return;
  }
}

bool refuses(const handshake::step& step, bye_reason reason = bye_reason::protocol) {
  return step.refused == reason && !step.admitted && step.send.empty();
}

}  // namespace

CAF_TEST(two nodes of one cluster admit each other) {
  auto d = dialler(), a = acceptor();
  d.has_link = true;
  connect(d, a);
  CAF_CHECK(d.shake.done() && a.shake.done());
  CAF_CHECK(d.last.admitted && d.last.peer == a.self && !d.last.peer_has_link);
  CAF_CHECK(a.last.admitted && a.last.peer == d.self && a.last.peer_has_link);
  CAF_CHECK_EQUAL(d.shake.protocol(), 1);
  CAF_CHECK_EQUAL(d.sent.size(), 2u);
  CAF_CHECK_EQUAL(a.sent.size(), 2u);
}

CAF_TEST(a proof is the hmac that the header describes) {
  // Computed with Python's hmac over the bytes written out by hand.
  const auto hex = [](const frame& f) {
    std::string text;
    for (const auto byte : std::get<proof_frame>(f).hmac)
      for (const auto nibble : {byte >> 4, byte & 15})
        text += "0123456789abcdef"[nibble];
    return text;
  };
  auto d = dialler(), a = acceptor();
  a.self = d.self;
  connect(d, a);
  CAF_CHECK_EQUAL(hex(d.sent[1]),
                  "ce48f869e9f7cc5121a9e65810839d2b9098b8fb4dea96bf75bd2663c3a7c302");
  CAF_CHECK_EQUAL(hex(a.sent[1]),
                  "b4111b39161c815a5c2aae1430876375354e0322fa3910506b00f462c1eebadd");
}

CAF_TEST(any byte changed in any frame is refused) {
  CAF_CHECK(rc::check("one byte changed", [] {
    auto d = dialler(), a = acceptor();
    const auto from = *rc::gen::element(role::dialler, role::acceptor);
    const auto index = *rc::gen::element<std::size_t>(0, 1);
    const auto flip = *rc::gen::inRange(1, 256);
    const auto place = *rc::gen::inRange<std::size_t>(0, 1 << 20);
    auto hit = false;
    connect(d, a, [&](role side, std::size_t n, std::string& bytes) {
      if (side != from || n != index)
        return;
      auto& byte = bytes[place % bytes.size()];
      byte = static_cast<char>(byte ^ flip);
      hit = true;
    });
    RC_ASSERT(hit);
    RC_ASSERT(!d.shake.done());
    // The acceptor has sent its last word before the dialler refuses what it said.
    RC_ASSERT(from == role::acceptor || !a.shake.done());
  }));
}

CAF_TEST(every byte of the frames counts in both directions) {
  for (const auto from : {role::dialler, role::acceptor})
    for (std::size_t index = 0; index < 2; ++index) {
      auto probe_d = dialler(), probe_a = acceptor();
      connect(probe_d, probe_a);
      const auto size = encoded((from == role::dialler ? probe_d : probe_a).sent[index]).size();
      std::size_t admitted = 0;
      for (std::size_t place = 0; place < size; ++place) {
        auto d = dialler(), a = acceptor();
        connect(d, a, [&](role side, std::size_t n, std::string& bytes) {
          if (side == from && n == index)
            bytes[place] = static_cast<char>(bytes[place] ^ 1);
        });
        admitted += d.shake.done() ? 1 : 0;
      }
      CAF_CHECK_EQUAL(admitted, 0u);
    }
}

CAF_TEST(an acceptor says nothing but hello before a right proof) {
  auto stranger = dialler({"grapevine", {"some other secret"}});
  auto a = acceptor();
  connect(stranger, a);
  CAF_CHECK(refuses(a.last));
  CAF_CHECK_EQUAL(a.sent.size(), 1u);
  CAF_CHECK(!stranger.shake.done());
}

CAF_TEST(a dialler admits nobody who knows another secret or cluster or channel) {
  struct other {
    handshake_settings settings;
    std::string tls;
  };
  for (const auto& [settings, tls] :
       {other{{"grapevine", {"some other secret"}}, ""}, other{{"grapevine", {}}, ""},
        other{{"elsewhere", shared.secrets}, ""}, other{shared, "other keying material"}}) {
    auto d = dialler(), a = acceptor(settings, tls);
    connect(d, a);
    CAF_CHECK(!d.shake.done() && !a.shake.done());
    auto d2 = dialler(settings, tls), a2 = acceptor();
    connect(d2, a2);
    CAF_CHECK(!d2.shake.done() && !a2.shake.done());
  }
  auto d = dialler(shared, "keying material"), a = acceptor(shared, "keying material");
  connect(d, a);
  CAF_CHECK(d.shake.done() && a.shake.done());
}

CAF_TEST(nodes without a secret admit each other) {
  auto d = dialler({"grapevine", {}}), a = acceptor({"grapevine", {}});
  connect(d, a);
  CAF_CHECK(d.shake.done() && a.shake.done());
}

CAF_TEST(a secret is changed node by node in both directions) {
  const std::vector<std::vector<std::string>> steps{
      {"the old secret xx"},
      {"the old secret xx", "the new secret xx"},
      {"the new secret xx", "the old secret xx"},
      {"the new secret xx"},
  };
  for (std::size_t i = 0; i < steps.size(); ++i)
    for (std::size_t j = 0; j < steps.size(); ++j) {
      auto d = dialler({"grapevine", steps[i]}), a = acceptor({"grapevine", steps[j]});
      connect(d, a);
      // Nodes are at most one step apart.
      const auto near = i <= j + 1 && j <= i + 1;
      if (near)
        CAF_CHECK(d.shake.done() && a.shake.done());
    }
  auto d = dialler({"grapevine", steps[0]}), a = acceptor({"grapevine", steps[3]});
  connect(d, a);
  CAF_CHECK(!d.shake.done() && !a.shake.done());
}

CAF_TEST(the highest protocol that both speak is chosen) {
  struct range {
    std::uint16_t min, max;
  };
  const auto outcome = [](range ours, range theirs) {
    auto settings = shared;
    settings.proto_min = ours.min;
    settings.proto_max = ours.max;
    auto d = dialler(settings);
    settings.proto_min = theirs.min;
    settings.proto_max = theirs.max;
    auto a = acceptor(settings);
    connect(d, a);
    if (d.shake.done() && a.shake.done() && d.shake.protocol() == a.shake.protocol())
      return int{d.shake.protocol()};
    return refuses(a.last, bye_reason::version) ? -1 : -2;
  };
  CAF_CHECK_EQUAL(outcome({1, 1}, {1, 2}), 1);
  CAF_CHECK_EQUAL(outcome({2, 3}, {1, 2}), 2);
  CAF_CHECK_EQUAL(outcome({2, 4}, {3, 4}), 4);
  CAF_CHECK_EQUAL(outcome({2, 2}, {1, 1}), -1);
  CAF_CHECK_EQUAL(outcome({1, 2}, {3, 4}), -1);
}

CAF_TEST(nobody between them can talk two nodes down to an older protocol) {
  auto settings = shared;
  settings.proto_max = 3;
  auto d = dialler(settings), a = acceptor(settings);
  connect(d, a, [](role, std::size_t index, std::string& bytes) {
    if (index == 0)
      bytes[frame_head_bytes + 5] = 2;  // proto_max of the hello
  });
  CAF_CHECK(refuses(a.last));
  CAF_CHECK(!d.shake.done() && !a.shake.done());
}

CAF_TEST(an empty range of protocols is refused) {
  auto a = acceptor();
  a.take(hello_frame{2, 1, nonce_of(1)});
  CAF_CHECK(refuses(a.last));
}

CAF_TEST(frames of an earlier connection are refused) {
  auto d = dialler(), a = acceptor();
  connect(d, a);
  handshake again{role::acceptor, shared, nonce_of(3), {}};
  CAF_CHECK(!again.on_frame(d.sent[0], a.self, false).refused);
  CAF_CHECK(refuses(again.on_frame(d.sent[1], a.self, false)));
  handshake dials_again{role::dialler, shared, nonce_of(4), {}};
  CAF_CHECK_EQUAL(dials_again.on_frame(a.sent[0], d.self, false).send.size(), 1u);
  CAF_CHECK(refuses(dials_again.on_frame(a.sent[1], d.self, false)));
}

CAF_TEST(who echoes our own frames is refused) {
  auto d = dialler();
  d.take(d.sent[0]);
  CAF_CHECK(refuses(d.last));
  // With a hello of its own the echo gets our proof, which proves nothing in the other direction.
  auto other = dialler();
  other.take(hello_frame{1, 1, nonce_of(9)});
  CAF_REQUIRE_EQUAL(other.sent.size(), 2u);
  other.take(other.sent[1]);
  CAF_CHECK(refuses(other.last));
}

CAF_TEST(a frame out of order is refused) {
  auto d = dialler(), a = acceptor();
  connect(d, a);
  {
    auto early = acceptor();
    early.take(d.sent[1]);
    CAF_CHECK(refuses(early.last));
  }
  {
    auto twice = acceptor();
    twice.take(d.sent[0]);
    twice.take(d.sent[0]);
    CAF_CHECK(refuses(twice.last));
  }
  for (const frame& other : {frame{gossip_frame{}}, frame{resume_frame{}}, frame{answer_frame{}}}) {
    auto waiting = acceptor();
    waiting.take(other);
    CAF_CHECK(refuses(waiting.last));
  }
  a.take(d.sent[1]);
  CAF_CHECK(refuses(a.last));
  CAF_CHECK(!a.shake.done());
}

CAF_TEST(nothing is accepted after a refusal) {
  auto d = dialler(), a = acceptor();
  connect(d, a);
  auto refusing = acceptor();
  refusing.take(gossip_frame{});
  for (const auto& each : d.sent) {
    refusing.take(each);
    CAF_CHECK(refuses(refusing.last));
  }
}

CAF_TEST(a bye ends it with its reason) {
  auto d = dialler();
  d.take(bye_frame{bye_reason::version, 0});
  CAF_CHECK(refuses(d.last, bye_reason::version));
}

CAF_TEST(a peer that cannot be a member is refused though it knows the secret) {
  const auto admits = [](auto change) {
    auto d = dialler(), a = acceptor();
    change(d.self);
    connect(d, a);
    if (!a.shake.done())
      CAF_CHECK(refuses(a.last) && a.sent.size() == 1);
    auto d2 = dialler(), a2 = acceptor();
    change(a2.self);
    connect(d2, a2);
    CAF_CHECK_EQUAL(d2.shake.done(), a.shake.done());
    return a.shake.done();
  };
  CAF_CHECK(admits([](node_info&) {}));
  CAF_CHECK(!admits([](node_info& info) { info.name = ""; }));
  CAF_CHECK(!admits([](node_info& info) { info.name = "a b"; }));
  CAF_CHECK(!admits([](node_info& info) { info.epoch = 0; }));
  CAF_CHECK(!admits([](node_info& info) { info.address.port = 0; }));
  CAF_CHECK(!admits([](node_info& info) { info.address.host = ""; }));
  CAF_CHECK(!admits([](node_info& info) { info.address.host = "a\nb"; }));
  CAF_CHECK(admits([](node_info& info) { info.address.host = std::string(255, 'h'); }));
  CAF_CHECK(!admits([](node_info& info) { info.address.host = std::string(256, 'h'); }));
}

CAF_TEST(the largest proof fits into the bound before admission) {
  auto d = dialler(), a = acceptor();
  d.self.name = std::string(64, 'n');
  d.self.address.host = std::string(255, 'h');
  connect(d, a);
  CAF_CHECK(a.shake.done());
  CAF_CHECK(encoded(d.sent[1]).size() <= admission_frame_length_max);
}
