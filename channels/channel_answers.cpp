#include "channels/channel_answers.hpp"

#include "base/json_text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <optional>

namespace grapevine::channels {

namespace {

using json = nlohmann::json;

constexpr std::uint8_t user_count_bit = 1;
constexpr std::uint8_t subscription_count_bit = 2;

json read(const std::string& text) {
  return json::parse(text, nullptr, false);
}

std::optional<std::size_t> number(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number_unsigned())
    return std::nullopt;
  return found->get<std::size_t>();
}

json to_json(const protocol::channel_info& info) {
  json object{{"occupied", info.occupied}};
  if (info.subscription_count)
    object["subscriptions"] = *info.subscription_count;
  if (info.user_count)
    object["users"] = *info.user_count;
  return object;
}

void add(protocol::channel_info& into, const json& answer, bool roster_here) {
  const auto occupied = answer.find("occupied");
  into.occupied |= occupied != answer.end() && occupied->is_boolean() && occupied->get<bool>();
  if (const auto more = number(answer, "subscriptions"))
    into.subscription_count = into.subscription_count.value_or(0) + *more;
  if (const auto users = number(answer, "users"); users && !roster_here)
    into.user_count = std::max(into.user_count.value_or(0), *users);
}

}  // namespace

std::uint8_t to_attributes(const protocol::info_request& info) noexcept {
  return static_cast<std::uint8_t>((info.user_count ? user_count_bit : 0)
                                   | (info.subscription_count ? subscription_count_bit : 0));
}

protocol::info_request from_attributes(std::uint8_t bits) noexcept {
  return {.user_count = (bits & user_count_bit) != 0,
          .subscription_count = (bits & subscription_count_bit) != 0};
}

std::string encode_local_channel(const protocol::channel_info& info) {
  return base::json_text(to_json(info));
}

std::string encode_local_channels(const protocol::named_info& channels) {
  json object = json::object();
  for (const auto& [name, info] : channels)
    object[name] = to_json(info);
  return base::json_text(object);
}

std::string encode_local_users(const std::vector<std::string>& ids) {
  return base::json_text(json(ids));
}

std::string encode_local_connections(std::size_t connections) {
  return base::json_text(json{{"connections", connections}});
}

void merge_channel(protocol::channel_info& local, const std::vector<std::string>& answers,
                   bool roster_here) {
  for (const auto& text : answers)
    if (const auto answer = read(text); answer.is_object())
      add(local, answer, roster_here);
}

void merge_channels(protocol::named_info& local, const std::vector<std::string>& answers) {
  std::map<std::string, protocol::channel_info> all;
  for (auto& [name, info] : local)
    all.emplace(std::move(name), std::move(info));
  for (const auto& text : answers) {
    const auto answer = read(text);
    if (!answer.is_object())
      continue;
    for (const auto& [name, info] : answer.items())
      if (info.is_object())
        add(all[name], info, false);
  }
  local.assign(std::make_move_iterator(all.begin()), std::make_move_iterator(all.end()));
}

void merge_users(std::vector<std::string>& local, const std::vector<std::string>& answers) {
  for (const auto& text : answers) {
    const auto answer = read(text);
    if (!answer.is_array())
      continue;
    for (const auto& id : answer)
      if (id.is_string())
        local.push_back(id.get<std::string>());
  }
  std::ranges::sort(local);
  local.erase(std::unique(local.begin(), local.end()), local.end());
}

std::size_t sum_connections(std::size_t local, const std::vector<std::string>& answers) {
  for (const auto& text : answers)
    if (const auto answer = read(text); answer.is_object())
      local += number(answer, "connections").value_or(0);
  return local;
}

}  // namespace grapevine::channels
