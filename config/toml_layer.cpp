#include "config/toml_layer.hpp"

#include "config/field.hpp"
#include "config/text_checks.hpp"
#include "config/toml_file.hpp"

#include <algorithm>

namespace grapevine::config {

namespace {

const std::vector<std::string> lists{"app", "channel", "bridge"};

constexpr auto see_example = "grapevine.example.toml lists every key";

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// Every table outside the lists: "node", "node.tls", ...
std::vector<std::string> section_names(const std::vector<field<settings>>& fields) {
  std::vector<std::string> result;
  for (const auto& one : fields) {
    auto section = one.name.substr(0, one.name.rfind('.'));
    if (!contains(result, section))
      result.push_back(section);
  }
  return result;
}

/// What may stand in the table `prefix` ("node."), without the prefix.
std::vector<std::string> known_inside(const std::string& prefix,
                                      const std::vector<field<settings>>& fields) {
  std::vector<std::string> result;
  for (const auto& one : fields) {
    if (!one.name.starts_with(prefix))
      continue;
    auto rest = one.name.substr(prefix.size());
    auto next = rest.substr(0, rest.find('.'));
    if (!contains(result, next))
      result.push_back(next);
  }
  if (prefix.empty())
    result.insert(result.end(), lists.begin(), lists.end());
  return result;
}

/// Reads one file; the walk needs its name and the draft everywhere.
class toml_reader {
public:
  toml_reader(const std::string& name, draft& into)
      : name_(name), into_(into), sections_(section_names(into.fields)) {}

  void read_sections(const value& table, const std::string& prefix) {
    for (const auto& [name, entry] : table.entries) {
      auto path = prefix + name;
      if (contains(sections_, path))
        read_section(entry, path);
      else if (prefix.empty() && contains(lists, name))
        read_list(entry, name);
      else if (into_.assign(path, entry, at(entry.line), name_))
        into_.sections.insert(path.substr(0, path.find('.')));
      else
        unknown(path, entry.line, name, prefix);
    }
  }

private:
  std::string at(unsigned line) const {
    return at_line(name_, line);
  }

  void unknown(const std::string& path, unsigned line, const std::string& name,
               const std::string& prefix) {
    // A near name in the same table first, then a key of that name in any table: a forgotten
    // header.
    auto fix = did_you_mean(name, known_inside(prefix, into_.fields), "");
    if (fix.empty())
      fix = did_you_mean(path, names_of(into_.fields), "");
    if (fix.empty())
      fix = did_you_mean(name, names_of(into_.fields), see_example);
    into_.complain(at(line), quoted(path) + " is not a known key", fix);
  }

  void read_section(const value& entry, const std::string& path) {
    if (entry.kind != value_kind::table) {
      into_.complain(at(entry.line),
                     path + " must be a table, not " + std::string{describe(entry.kind)},
                     "write [" + path + "] on a line of its own");
      return;
    }
    into_.sections.insert(path.substr(0, path.find('.')));
    if (path == "cluster")
      into_.merged.cluster.enabled = true;
    read_sections(entry, path + ".");
  }

  void read_list(const value& entry, const std::string& name) {
    each_table(entry, name, [&](const value& table) {
      if (name == "app")
        read_app(table);
      else if (name == "channel")
        read_channel(table);
      else
        read_bridge(table);
    });
  }

  template <class Function>
  void each_table(const value& entry, const std::string& path, Function function) {
    auto is_table = [](const value& item) { return item.kind == value_kind::table; };
    if (entry.kind != value_kind::array
        || !std::all_of(entry.items.begin(), entry.items.end(), is_table)) {
      into_.complain(at(entry.line), path + " must be a list of tables",
                     "write [[" + path + "]] above each");
      return;
    }
    for (const auto& item : entry.items)
      function(item);
  }

  /// Reads the keys of `table`; `nested` may stand in it too and is left to the caller.
  template <class Table>
  located<Table> read_table(const value& table, const std::string& path,
                            const std::vector<field<Table>>& fields,
                            const std::string& nested = {}) {
    located<Table> result{{}, at(table.line), {}, {}};
    for (const auto& [name, entry] : table.entries) {
      if (name == nested)
        continue;
      auto full = path;
      full.append(".").append(name);
      auto is_named = [&, &wanted = name](const auto& one) { return one.name == wanted; };
      auto found = std::find_if(fields.begin(), fields.end(), is_named);
      if (found == fields.end()) {
        auto known = names_of(fields);
        if (!nested.empty())
          known.push_back(nested);
        into_.complain(at(entry.line), quoted(full) + " is not a known key",
                       did_you_mean(name, known, see_example));
        continue;
      }
      auto faults = found->read(entry, result.content);
      into_.complain(at(entry.line), name_, full, faults);
      result.given.insert(name);
      if (!faults.empty())
        result.wrong.insert(name);
    }
    return result;
  }

  template <class Table>
  void require(const located<Table>& table, const std::string& path, const std::string& name) {
    if (!table.given.contains(name))
      into_.complain(table.where, path + " has no " + name, "add " + name + " = \"...\"");
  }

  void read_app(const value& table) {
    auto app = read_table(table, "app", app_fields(), "webhook");
    for (const auto* name : {"id", "key", "secret"})
      require(app, "app", name);
    for (const auto& [name, entry] : table.entries)
      if (name == "webhook")
        each_table(entry, "app.webhook", [&](const value& item) {
          auto webhook = read_table(item, "app.webhook", webhook_fields());
          require(webhook, "app.webhook", "url");
          app.content.webhooks.push_back(std::move(webhook.content));
        });
    into_.apps.push_back(std::move(app));
  }

  void read_channel(const value& table) {
    auto rule = read_table(table, "channel", channel_rule_fields());
    require(rule, "channel", "pattern");
    auto deciding =
        rule.given.count("claims") + rule.given.count("authorize_url") + rule.given.count("allow");
    if (deciding != 1)
      into_.complain(rule.where,
                     deciding == 0 ? "channel says nothing about who may join"
                                   : "channel says in more than one way who may join",
                     "keep exactly one of claims, authorize_url and allow");
    check_claims(rule);
    into_.channels.push_back(std::move(rule));
  }

  void check_claims(const located<channel_rule_settings>& rule) {
    auto known = placeholders(rule.content.pattern).value_or(std::vector<std::string>{});
    for (const auto& set : rule.content.claims)
      for (const auto& [claim, text] : set)
        for (const auto& used : placeholders(text).value_or(std::vector<std::string>{}))
          if (!rule.content.pattern.empty() && !contains(known, used))
            into_.complain(rule.where,
                           "channel.claims names {" + used + "}, which its pattern does not",
                           did_you_mean(used, known, "write {" + used + "} in the pattern too"));
  }

  void read_bridge(const value& table) {
    auto bridge = read_table(table, "bridge", bridge_fields(into_.drivers));
    require(bridge, "bridge", "driver");
    into_.bridges.push_back(std::move(bridge));
  }

  const std::string& name_;
  draft& into_;
  std::vector<std::string> sections_;
};

}  // namespace

void apply_toml(const std::string& text, const std::string& name, draft& into) {
  auto file = parse_toml(text);
  if (file.syntax_error) {
    into.toml_unreadable = true;
    into.complain(at_line(name, file.syntax_error->line), file.syntax_error->message,
                  file.syntax_error->fix);
    return;
  }
  toml_reader{name, into}.read_sections(file.root, {});
}

}  // namespace grapevine::config
