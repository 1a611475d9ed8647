#define CAF_SUITE cluster.scenario

#include "tests/cluster/node/scenario.hpp"

#include "tests/cluster/node/node_net.hpp"
#include "tests/cluster/node/scenario_words.hpp"

#include <charconv>
#include <map>
#include <set>
#include <sstream>

namespace grapevine::cluster {

namespace {

using words = std::vector<std::string>;

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> all;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    all.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return all;
}

words split(std::string_view line) {
  std::istringstream in{std::string{line}};
  return {std::istream_iterator<std::string>{in}, {}};
}

std::uint64_t number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    throw std::invalid_argument{"no number: " + std::string{text}};
  return value;
}

duration time_of(std::string_view text) {
  if (text.ends_with("ms"))
    return std::chrono::milliseconds{number(text.substr(0, text.size() - 2))};
  if (text.ends_with("s"))
    return std::chrono::seconds{number(text.substr(0, text.size() - 1))};
  throw std::invalid_argument{"no time: " + std::string{text}};
}

/// The nodes of one scenario and the trace of the command that is being carried out.
class stage {
public:
  stage() {
    net_.on_effect = [this](const test_node& at, const node_effect& what) { list(at, what); };
    net_.on_write = [this](const test_node& from, const test_node& to, std::string_view bytes) {
      list(from, to, bytes);
    };
  }

  /// Carries out a command; returns what it led to.
  words perform(const words& line) {
    const auto found = commands().find(line.front());
    if (found == commands().end())
      throw std::invalid_argument{"no command: " + line.front()};
    const auto& [least, most, carry_out] = found->second;
    const words arguments{line.begin() + 1, line.end()};
    if (arguments.size() < least || arguments.size() > most)
      throw std::invalid_argument{"not so many words: " + line.front()};
    (this->*carry_out)(arguments);
    net_.settle();
    return std::exchange(trace_, {});
  }

private:
  using action = void (stage::*)(const words&);
  struct command {
    std::size_t least;
    std::size_t most;
    action what;
  };
  static const std::map<std::string, command>& commands() {
    static constexpr std::size_t any = 100;
    static const std::map<std::string, command> all{
        {"start", {1, any, &stage::start}},     {"form", {1, any, &stage::form}},
        {"kill", {1, any, &stage::kill}},       {"drain", {1, 1, &stage::drain}},
        {"leave", {1, 1, &stage::leave}},       {"run", {1, 1, &stage::run}},
        {"want", {2, 2, &stage::want}},         {"unwant", {2, 2, &stage::unwant}},
        {"join", {3, 3, &stage::join}},         {"part", {3, 4, &stage::part}},
        {"publish", {3, any, &stage::publish}}, {"look_up", {2, 2, &stage::look_up}},
        {"owners", {1, 1, &stage::owners}},     {"cross", {2, 2, &stage::cross}},
        {"cut", {2, 2, &stage::cut}},           {"hold", {2, 2, &stage::hold}},
        {"heal", {0, 0, &stage::heal}},         {"queue", {1, 1, &stage::queue}},
        {"hear", {2, 2, &stage::hear}},         {"unhear", {2, 2, &stage::unhear}},
        {"send_to", {2, 2, &stage::send_to}},   {"bring_in", {4, 4, &stage::bring_in}},
        {"show", {1, any, &stage::show}},       {"hide", {1, any, &stage::hide}},
        {"status", {0, 0, &stage::status}}};
    return all;
  }

  // -- nodes

  void start(const words& names) {
    for (const auto& each : names) {
      if (const auto known = nodes_.find(each); known != nodes_.end() && known->second->alive)
        throw std::invalid_argument{each + " is there already"};
      auto settings = net_.settings(each);
      if (queue_bytes_ > 0) {
        settings.session.soft = queue_bytes_ / 2;
        settings.session.hard = queue_bytes_;
      }
      auto& n = net_.start(std::move(settings));
      names_.add_run(each, n.epoch, n.address);
      nodes_[each] = &n;
    }
  }
  void form(const words& names) {
    start(names);
    muted_ = true;
    net_.form();
    muted_ = false;
  }
  void kill(const words& names) {
    for (const auto& each : names)
      net_.kill(node(each));
  }
  void drain(const words& w) {
    node(w[0]).call(calls::begin_leaving{});
  }
  void leave(const words& w) {
    node(w[0]).call(calls::leave{});
  }
  void run(const words& w) {
    net_.run(time_of(w[0]));
  }

  // -- channels

  void want(const words& w) {
    const auto ticket = tickets_[w[0] + " " + w[1]] = ++last_ticket_;
    node(w[0]).want(ticket, channel(w[1]), w[1].starts_with("presence-"), is_cache(w[1]));
  }
  void unwant(const words& w) {
    node(w[0]).unwant(tickets_[w[0] + " " + w[1]], channel(w[1]));
  }
  void join(const words& w) {
    node(w[0]).join(channel(w[1]), w[2]);
  }
  void part(const words& w) {
    if (w.size() == 4 && w[3] != "moving")
      throw std::invalid_argument{"moving or nothing: " + w[3]};
    node(w[0]).part(channel(w[1]), w[2], w.size() == 4);
  }
  void publish(const words& w) {
    auto& from = node(w[0]);
    const auto& to = channel(w[1]);
    for (std::size_t i = 2; i < w.size(); ++i)
      from.publish({.flags = is_cache(to) ? event_flag::cache : std::uint8_t{0},
                    .channel = to,
                    .event = "ev",
                    .hlc = ++events_,
                    .data = w[i]});
  }
  void look_up(const words& w) {
    node(w[0]).call(calls::look_up_cache{++last_ticket_, {0, w[1]}, key_of(channel(w[1]))});
  }
  void owners(const words& w) {
    for (const auto& [name, each] : nodes_)
      if (each->alive)
        say(*each, "owners are " + names_.node(each->core.owner_of(key_of(w[0]), 0)) + " and "
                       + names_.node(each->core.owner_of(key_of(w[0]), 1)));
  }

  // -- bridges

  void hear(const words& w) {
    set_role(w[0], w[1], bridge_role::hears, true);
  }
  void unhear(const words& w) {
    set_role(w[0], w[1], bridge_role::hears, false);
  }
  void send_to(const words& w) {
    set_role(w[0], w[1], bridge_role::sends, true);
  }
  void set_role(const std::string& name, const std::string& system, std::uint8_t role, bool on) {
    auto& n = node(name);
    auto& all = bridges_[n.epoch];
    const auto id = names_.add_bridge(system);
    auto found = std::ranges::find(all, id, &bridge_report::id);
    if (found == all.end())
      found = all.insert(all.end(), {id, 0});
    found->roles = static_cast<std::uint8_t>(on ? found->roles | role : found->roles & ~role);
    n.call(calls::report_bridges{all});
  }
  /// What the node has heard there, and takes to others if it has to.
  void bring_in(const words& w) {
    const auto& to = channel(w[2]);
    node(w[0]).publish({.flags = is_cache(to) ? event_flag::cache : std::uint8_t{0},
                        .channel = to,
                        .event = "ev",
                        .hlc = ++events_,
                        .data = w[3]},
                       names_.add_bridge(w[1]));
  }

  // -- the network

  void cross(const words& w) {
    net_.cross(node(w[0]), node(w[1]));
  }
  void cut(const words& w) {
    net_.cut(node(w[0]), node(w[1]));
  }
  void hold(const words& w) {
    net_.hold(node(w[0]), node(w[1]));
  }
  void heal(const words&) {
    net_.heal();
  }
  void queue(const words& w) {
    queue_bytes_ = number(w[0]);
  }

  // -- the trace

  void show(const words& kinds) {
    for (const auto& each : kinds) {
      hidden_.erase(each);
      shown_.insert(each);
    }
  }
  void hide(const words& kinds) {
    for (const auto& each : kinds) {
      shown_.erase(each);
      hidden_.insert(each);
    }
  }
  void status(const words&) {
    for (const auto& [name, n] : nodes_) {
      if (!n->alive)
        continue;
      std::string text;
      for (const auto& [other, m] : n->core.members().members().all())
        text += (text.empty() ? "" : "; ") + names_.node(m.info.epoch) + " "
                + std::string{to_string(m.state)}
                + (m.serving() && m.info.flags & node_flag::leaving ? " and leaving" : "")
                + link_of(*n, other);
      say(*n, text.empty() ? "alone" : text);
    }
  }
  static std::string link_of(const test_node& n, const std::string& other) {
    for (const auto& each : n.core.peers())
      if (each.name == other && each.linked)
        return each.relay.empty() ? ", linked" : ", linked through " + each.relay;
    return ", not linked";
  }

  void say(const test_node& who, const std::string& what) {
    if (!muted_)
      trace_.push_back(names_.node(who.epoch) + ": " + what);
  }
  void list(const test_node& at, const node_effect& what) {
    const std::string kind{kind_of(what)};
    const bool for_sockets =
        std::holds_alternative<dial>(what) || std::holds_alternative<close_link>(what);
    if (for_sockets ? shown_.contains(kind) : !hidden_.contains(kind))
      say(at, in_words(what, names_));
  }
  void list(const test_node& from, const test_node& to, std::string_view bytes) {
    each_frame(bytes, [&](const frame& content) {
      if (shown_.contains(std::string{kind_of(content)}))
        say(from, "tells " + names_.node(to.epoch) + ": " + in_words(content, names_));
      // What is in a tunnel is listed as far as it would be outside.
      if (const auto* piece = std::get_if<relay_frame>(&content))
        each_frame(piece->bytes, [&](const frame& inner) {
          if (shown_.contains(std::string{kind_of(inner)}))
            say(from, "tells " + names_.node(to.epoch) + ", through the tunnel of "
                          + names_.node(piece->origin) + " to " + names_.node(piece->target) + ": "
                          + in_words(inner, names_));
        });
    });
  }
  template <class Use>
  static void each_frame(std::string_view bytes, Use use) {
    for (auto cut = split_frame(bytes); cut.status == split_status::complete;
         cut = split_frame(bytes)) {
      if (const auto content = decode_frame(cut.frame))
        use(*content);
      bytes.remove_prefix(cut.frame.size());
    }
  }

  // -- names

  test_node& node(const std::string& name) const {
    const auto found = nodes_.find(name);
    if (found == nodes_.end() || !found->second->alive)
      throw std::invalid_argument{"no node: " + name};
    return *found->second;
  }
  const std::string& channel(const std::string& name) {
    names_.add_channel(name, key_of(name));
    return name;
  }
  static bool is_cache(const std::string& name) {
    return name.starts_with("cache-");
  }

  node_net net_;
  scenario_names names_;
  std::map<std::string, test_node*> nodes_;
  std::map<std::string, std::uint64_t> tickets_;
  std::map<epoch_t, std::vector<bridge_report>> bridges_;
  std::uint64_t last_ticket_ = 0;
  std::uint64_t events_ = 0;
  std::size_t queue_bytes_ = 0;
  std::set<std::string> shown_;
  std::set<std::string> hidden_;
  bool muted_ = false;
  words trace_;
};

}  // namespace

scenario_error::scenario_error(std::size_t line, const std::string& what)
    : std::runtime_error{"line " + std::to_string(line) + ": " + what} {}

std::string replay(std::string_view scenario) {
  stage nodes;
  std::string text;
  std::size_t line = 0;
  for (const auto each : lines_of(scenario)) {
    ++line;
    if (each.starts_with("  "))
      continue;  // the trace of before
    text.append(each).append("\n");
    if (!each.starts_with(">"))
      continue;
    const auto command = split(each.substr(1));
    if (command.empty())
      throw scenario_error{line, "no command"};
    try {
      for (const auto& happened : nodes.perform(command))
        text.append("  ").append(happened).append("\n");
    } catch (const std::invalid_argument& e) {
      throw scenario_error{line, e.what()};
    }
  }
  return text;
}

std::optional<difference> first_difference(std::string_view expected, std::string_view found) {
  const auto left = lines_of(expected);
  const auto right = lines_of(found);
  for (std::size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
    const auto a = i < left.size() ? left[i] : "(the end)";
    const auto b = i < right.size() ? right[i] : "(the end)";
    if (a != b)
      return difference{i + 1, std::string{a}, std::string{b}};
  }
  return std::nullopt;
}

}  // namespace grapevine::cluster
