#include "config/variable_layer.hpp"

#include "config/guide_variables.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>

namespace grapevine::config {

namespace {

constexpr std::string_view prefix = "GRAPEVINE_";

void unknown(const std::string& name, const std::string& where, draft& into) {
  auto rest = name.substr(prefix.size());
  for (std::string_view list : {"APP", "CHANNEL", "BRIDGE"}) {
    if (rest != list && !rest.starts_with(std::string{list} + "_"))
      continue;
    auto lower = std::string{list == "APP" ? "app" : list == "CHANNEL" ? "channel" : "bridge"};
    into.complain(where,
                  quoted(name) + " cannot be set: the keys of [[" + lower
                      + "]] have no environment names",
                  list == "APP" ? "set PUSHER_APP_ID, PUSHER_APP_KEY and PUSHER_APP_SECRET, use "
                                  "--app, or write [[app]] in the configuration file"
                                : "write [[" + lower + "]] in the configuration file");
    return;
  }
  std::vector<std::string> known;
  for (const auto& one : into.fields)
    known.push_back(environment_name(one.name).substr(prefix.size()));
  auto near = did_you_mean(rest, known, "");
  if (near.empty())
    near = "grapevine.example.toml lists every key; GRAPEVINE_NODE_LISTEN is node.listen";
  else
    near.insert(near.find_last_of(' ') + 1, prefix);
  into.complain(where, quoted(name) + " is not a known variable", near);
}

}  // namespace

std::string environment_name(const std::string& key) {
  std::string result{prefix};
  for (char c : key)
    result += c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return result;
}

void apply_variables(const variables& layer, draft& into) {
  variable_reader reader{layer, into};
  apply_guide_variables(reader, into);
  std::map<std::string, std::string> keys;
  for (const auto& one : into.fields)
    keys.emplace(environment_name(one.name), one.name);
  for (const auto& [name, one] : layer) {
    if (!name.starts_with(prefix))
      continue;
    auto found = keys.find(name);
    if (found == keys.end()) {
      unknown(name, one.where, into);
      continue;
    }
    reader.assign(found->second, reader.find(name)->text, one);
    into.sections.insert(found->second.substr(0, found->second.find('.')));
  }
}

}  // namespace grapevine::config
