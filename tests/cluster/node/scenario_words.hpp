#pragma once

#include "cluster/node/node_effects.hpp"
#include "cluster/wire/frames.hpp"

#include <map>
#include <string>
#include <string_view>

namespace grapevine::cluster {

/// What numbers stand for in a scenario. A node that is started again is called "n3 (run 2)".
class scenario_names {
public:
  void add_run(const std::string& node, epoch_t, const base::endpoint&);
  void add_channel(const std::string& channel, std::uint64_t key);

  std::string node(epoch_t) const;
  /// A peer as `link_news` names it: by its name or, before that is known, its address.
  std::string peer(const std::string& name_or_address) const;
  std::string address(const base::endpoint&) const;
  std::string channel(std::uint64_t key) const;
  /// The id of a bridge to the system of that name.
  std::uint64_t add_bridge(const std::string& system);
  std::string bridge(std::uint64_t id) const;

private:
  std::map<epoch_t, std::string> nodes_;
  std::map<std::string, unsigned> runs_;
  std::map<std::string, std::string> hosts_;
  std::map<std::uint64_t, std::string> channels_;
  std::map<std::uint64_t, std::string> bridges_;
};

/// The kind of an effect as `show` and `hide` know it: the name of its type.
std::string_view kind_of(const node_effect&);
/// An effect in words, without the node it is of.
std::string in_words(const node_effect&, const scenario_names&);

/// The name of a frame's type.
std::string_view kind_of(const frame&);
/// A frame in words: its kind and what a reader wants to know of its content.
std::string in_words(const frame&, const scenario_names&);

}  // namespace grapevine::cluster
