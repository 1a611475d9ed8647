#include "cluster/wire/frame_codec.hpp"

#include "cluster/wire/wire.hpp"

#include <array>
#include <cassert>
#include <concepts>
#include <type_traits>

namespace grapevine::cluster {

namespace {

// One description of each body for both directions: `f` is const when writing. Keys, epochs, nonces
// and hashes are fixed u64, other integers LEB128 (cluster.md 7).

template <class F, class Frame>
concept a = std::same_as<std::remove_const_t<F>, Frame>;

template <class Archive>
void fields(Archive& io, a<base::endpoint> auto& f) {
  io.text(f.host);
  io.varint(f.port);
}

template <class Archive>
void fields(Archive& io, a<node_info> auto& f) {
  io.text(f.name);
  io.u64(f.epoch);
  io.varint(f.incarnation);
  fields(io, f.address);
  io.varint(f.proto_min);
  io.varint(f.proto_max);
  io.u64(f.features);
  io.u64(f.apps_hash);
  io.u8(f.flags);
}

constexpr std::size_t rumour_bytes_min = 25;

template <class Archive>
void fields(Archive& io, a<rumour> auto& f) {
  io.text(f.name);
  io.u64(f.epoch);
  io.varint(f.incarnation);
  io.choice(f.state, member_state::left);
  io.u64(f.from);
  fields(io, f.address);
  io.u8(f.flags);
  io.varint(f.proto_min);
  io.varint(f.proto_max);
  io.varint(f.features);
}

template <class Archive>
void fields(Archive& io, a<std::vector<rumour>> auto& f) {
  io.list(f, rumour_bytes_min, [](auto& each, auto& item) { fields(each, item); });
}

template <class Archive>
void fields(Archive& io, a<hello_frame> auto& f) {
  io.literal("GVNE");
  io.varint(f.proto_min);
  io.varint(f.proto_max);
  io.raw(f.nonce);
}

template <class Archive>
void fields(Archive& io, a<proof_frame> auto& f) {
  io.raw(f.hmac);
  fields(io, f.info);
  io.flag(f.has_link);
}

template <class Archive>
void fields(Archive& io, a<resume_frame> auto& f) {
  io.u64(f.session);
  io.u64(f.peer_session);
  io.varint(f.received);
  io.flag(f.resync);
}

template <class Archive>
void fields(Archive& io, a<bye_frame> auto& f) {
  io.choice(f.reason, bye_reason::slow_consumer);
  io.u64(f.seen);
}

template <class Archive>
void fields(Archive& io, a<probe_frame> auto& f) {
  io.u64(f.nonce);
  io.u64(f.view);
  fields(io, f.rumours);
}

template <class Archive>
void fields(Archive& io, a<probe_ack_frame> auto& f) {
  io.u64(f.nonce);
  io.u64(f.view);
  fields(io, f.rumours);
}

template <class Archive>
void fields(Archive& io, a<probe_req_frame> auto& f) {
  io.u64(f.nonce);
  io.u64(f.target);
  fields(io, f.rumours);
}

template <class Archive>
void fields(Archive& io, a<probe_nack_frame> auto& f) {
  io.u64(f.nonce);
}

template <class Archive>
void fields(Archive& io, a<gossip_frame> auto& f) {
  fields(io, f.rumours);
}

template <class Archive>
void fields(Archive& io, a<members_frame> auto& f) {
  io.flag(f.answer);
  fields(io, f.rumours);
}

template <class Archive>
void fields(Archive& io, a<ack_frame> auto& f) {
  io.varint(f.received);
  io.varint(f.consumed);
}

template <class Archive>
void fields(Archive& io, a<relay_frame> auto& f) {
  io.u64(f.origin);
  io.u64(f.target);
  io.varint(f.path);
  io.text(f.bytes);
}

template <class Archive>
void fields(Archive& io, a<relay_end_frame> auto& f) {
  io.u64(f.origin);
  io.u64(f.target);
  io.varint(f.path);
  io.choice(f.reason, relay_end_reason::overflow);
}

template <class Archive>
void fields(Archive& io, a<app_def_frame> auto& f) {
  io.varint(f.app);
  io.text(f.id);
}

template <class Archive>
void fields(Archive& io, a<event_frame> auto& f) {
  io.varint(f.app);
  io.u64(f.key);
  io.bits(f.flags, event_flag::known);
  io.text(f.channel);
  io.text(f.event);
  if (f.flags & event_flag::has_except)
    io.text(f.except);
  if (f.flags & event_flag::has_user_id)
    io.text(f.user_id);
  io.u64(f.hlc);
  io.text(f.data);
}

template <class Archive>
void fields(Archive& io, a<gap_frame> auto& f) {
  io.varint(f.events);
  io.flag(f.state);
}

template <class Archive>
void fields(Archive& io, a<std::vector<std::uint64_t>> auto& keys) {
  io.list(keys, 8, [](auto& each, auto& key) { each.u64(key); });
}

template <class Archive>
void fields(Archive& io, a<interest_delta_frame> auto& f) {
  io.varint(f.from_version);
  io.varint(f.version);
  fields(io, f.adds);
  fields(io, f.removes);
}

template <class Archive>
void fields(Archive& io, a<interest_ack_frame> auto& f) {
  io.varint(f.version);
}

template <class Archive>
void fields(Archive& io, a<digest_frame> auto& f) {
  io.varint(f.version);
  io.varint(f.count);
  io.u64(f.hash);
  io.varint(f.answers);
  io.u64(f.roster_hash);
}

template <class Archive>
void fields(Archive&, a<interest_begin_frame> auto&) {}

template <class Archive>
void fields(Archive& io, a<roster_element> auto& f) {
  io.text(f.user_id);
  io.text(f.user_info);
  io.varint(f.hlc);
}

template <class Archive>
void fields(Archive& io, a<std::vector<roster_element>> auto& f) {
  io.list(f, 3, [](auto& each, auto& item) { fields(each, item); });
}

template <class Archive>
void fields(Archive& io, a<roster_delta_frame> auto& f) {
  io.u64(f.key);
  io.varint(f.app);
  io.text(f.channel);
  io.varint(f.from);
  io.varint(f.to);
  fields(io, f.joins);
  io.list(f.leaves, 2, [](auto& each, auto& item) {
    each.text(item.user_id);
    each.flag(item.moving);
  });
}

template <class Archive>
void fields(Archive& io, a<roster_snapshot_frame> auto& f) {
  io.u64(f.key);
  io.varint(f.app);
  io.text(f.channel);
  io.varint(f.version);
  io.varint(f.answers);
  fields(io, f.elements);
  io.flag(f.last);
}

template <class Archive>
void fields(Archive& io, a<roster_done_frame> auto& f) {
  io.varint(f.answers);
}

template <class Archive>
void fields(Archive& io, a<cache_get_frame> auto& f) {
  io.u64(f.key);
  io.varint(f.app);
  io.text(f.channel);
}

template <class Archive>
void fields(Archive& io, a<cache_item_frame> auto& f) {
  io.u64(f.key);
  io.varint(f.app);
  io.text(f.channel);
  io.flag(f.found);
  io.text(f.event);
  io.text(f.data);
  io.varint(f.hlc);
  io.u64(f.publisher);
  io.varint(f.ttl_ms);
}

template <class Archive>
void fields(Archive& io, a<query_frame> auto& f) {
  io.u64(f.id);
  io.u8(f.kind);
  io.varint(f.app);
  io.u8(f.attributes);
  io.text(f.text);
}

template <class Archive>
void fields(Archive& io, a<interest_chunk_frame> auto& f) {
  io.varint(f.version);
  fields(io, f.keys);
}

template <class Archive>
void fields(Archive& io, a<interest_done_frame> auto& f) {
  io.varint(f.version);
  io.varint(f.count);
  io.u64(f.hash);
}

template <class Archive>
void fields(Archive&, a<interest_request_frame> auto&) {}

template <class Archive>
void fields(Archive&, a<roster_request_frame> auto&) {}

template <class Archive>
void fields(Archive& io, a<bridges_frame> auto& f) {
  io.list(f.bridges, 9, [](auto& each, auto& bridge) {
    each.u64(bridge.id);
    each.bits(bridge.roles, bridge_role::known);
  });
}

template <class Archive>
void fields(Archive& io, a<answer_frame> auto& f) {
  io.u64(f.id);
  io.flag(f.last);
  io.text(f.payload);
}

/// The type of each alternative of `frame`, in the variant's order.
constexpr std::array types{
    frame_type::hello,
    frame_type::proof,
    frame_type::resume,
    frame_type::bye,
    frame_type::probe,
    frame_type::probe_ack,
    frame_type::probe_req,
    frame_type::probe_nack,
    frame_type::gossip,
    frame_type::members,
    frame_type::ack,
    frame_type::relay,
    frame_type::relay_end,
    frame_type::app_def,
    frame_type::event,
    frame_type::gap,
    frame_type::interest_delta,
    frame_type::interest_ack,
    frame_type::digest,
    frame_type::interest_begin,
    frame_type::roster_delta,
    frame_type::roster_snapshot,
    frame_type::roster_done,
    frame_type::cache_get,
    frame_type::cache_item,
    frame_type::query,
    frame_type::interest_chunk,
    frame_type::interest_done,
    frame_type::interest_request,
    frame_type::roster_request,
    frame_type::bridges,
    frame_type::answer,
};
static_assert(types.size() == std::variant_size_v<frame>);

template <std::size_t Index = 0>
std::optional<frame> decode_as(std::size_t index, std::string_view body) {
  if constexpr (Index < types.size()) {
    if (index != Index)
      return decode_as<Index + 1>(index, body);
    std::variant_alternative_t<Index, frame> decoded;
    wire_reader reader{body};
    fields(reader, decoded);
    if (!reader.done())
      return std::nullopt;
    return decoded;
  } else {
    return std::nullopt;
  }
}

std::size_t index_of(frame_type type) noexcept {
  std::size_t index = 0;
  while (index < types.size() && types[index] != type)
    ++index;
  return index;
}

}  // namespace

lane lane_of(frame_type type) noexcept {
  const auto number = static_cast<std::uint8_t>(type);
  return number < 32 ? lane::control : number < 64 ? lane::live : lane::bulk;
}

frame_type type_of(const frame& f) noexcept {
  return types[f.index()];
}

split_result split_frame(std::string_view bytes, std::size_t length_max) noexcept {
  if (bytes.size() < 4)
    return {};
  std::size_t length = 0;
  for (std::size_t i = 0; i < 4; ++i)
    length |= std::size_t{static_cast<std::uint8_t>(bytes[i])} << (8 * i);
  if (length == 0 || length > length_max)
    return {split_status::malformed, {}};
  if (bytes.size() < frame_head_bytes)
    return {};
  const auto type = static_cast<frame_type>(bytes[4]);
  if (index_of(type) == types.size())
    return {split_status::malformed, {}};
  if (bytes.size() < 4 + length)
    return {};
  return {split_status::complete, {type, bytes.substr(frame_head_bytes, length - 1)}};
}

std::optional<frame> decode_frame(const frame_view& view) {
  return decode_as(index_of(view.type), view.body);
}

void encode_frame(std::string& out, const frame& f) {
  const auto head = out.size();
  out.append(4, '\0');
  out.push_back(static_cast<char>(type_of(f)));
  wire_writer writer{out};
  std::visit([&](const auto& alternative) { fields(writer, alternative); }, f);
  const auto length = out.size() - head - 4;
  assert(length <= frame_length_max);
  for (std::size_t i = 0; i < 4; ++i)
    out[head + i] = static_cast<char>(length >> (8 * i));
}

std::string encoded(const frame& f) {
  std::string out;
  encode_frame(out, f);
  return out;
}

}  // namespace grapevine::cluster
