#pragma once

#include "cluster/wire/frame_codec.hpp"
#include "cluster/wire/frame_sink.hpp"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace grapevine::cluster {

/// Takes the frames of an exchange for peers that are all linked, unless said otherwise.
struct fake_sink final : frame_sink {
  void push(epoch_t to, const frame& f) override {
    pushed.emplace_back(to, f);
  }
  void push_all(std::span<const epoch_t> to, const frame& f) override {
    for (const auto epoch : to)
      push(epoch, f);
  }
  void push_event(epoch_t to, std::string_view encoded) override {
    events.emplace_back(to, encoded);
  }
  void push_bulk(epoch_t to, const frame& f) override {
    push(to, f);
  }
  void seal(epoch_t) override {}
  std::size_t queued_bytes(epoch_t) const override {
    return queued;
  }
  std::size_t state_room(epoch_t) const override {
    return room;
  }
  bool linked(epoch_t peer) const override {
    return !unlinked.contains(peer);
  }

  /// What was pushed of one kind since the last time, in order; everything else is forgotten.
  template <class Frame>
  std::vector<std::pair<epoch_t, Frame>> take() {
    std::vector<std::pair<epoch_t, Frame>> found;
    for (const auto& [to, f] : std::exchange(pushed, {}))
      if (const auto* one = std::get_if<Frame>(&f))
        found.emplace_back(to, *one);
    return found;
  }

  std::vector<std::pair<epoch_t, frame>> pushed;
  std::vector<std::pair<epoch_t, std::string>> events;
  std::set<epoch_t> unlinked;
  std::size_t queued = 0;
  std::size_t room = 1u << 20;
};

}  // namespace grapevine::cluster
