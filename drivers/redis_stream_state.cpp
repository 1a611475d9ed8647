#include "drivers/redis_stream_state.hpp"

#include <algorithm>
#include <iterator>

namespace grapevine::drivers {

namespace {

using kind = redis_reply::kind;

}  // namespace

redis_stream_state::redis_stream_state(std::string stream, std::string group, std::string consumer)
    : stream_{std::move(stream)}, group_{std::move(group)}, consumer_{std::move(consumer)} {}

void redis_stream_state::on_ready(time_point now) {
  open_.clear();
  std::move(acknowledging_.begin(), acknowledging_.end(), std::back_inserter(taken_));
  acknowledging_.clear();
  history_from_ = "0";
  claim_from_ = "0-0";
  claim_at_ = now;
}

std::optional<std::vector<std::string>> redis_stream_state::acknowledge() {
  if (taken_.empty())
    return std::nullopt;
  std::vector<std::string> command{"XACK", stream_, group_};
  command.insert(command.end(), taken_.begin(), taken_.end());
  std::move(taken_.begin(), taken_.end(), std::back_inserter(acknowledging_));
  taken_.clear();
  open_.push_back(question::acknowledgement);
  return command;
}

std::optional<std::vector<std::string>> redis_stream_state::ask(time_point now) {
  const auto asks = [](question each) { return each != question::acknowledgement; };
  if (!worked_on_.empty() || std::any_of(open_.begin(), open_.end(), asks))
    return std::nullopt;
  const auto count = std::to_string(batch_max);
  if (!history_from_.empty()) {
    open_.push_back(question::history);
    return {{"XREADGROUP", "GROUP", group_, consumer_, "COUNT", count, "STREAMS", stream_,
             history_from_}};
  }
  if (can_claim_ && claim_from_.empty() && now >= claim_at_)
    claim_from_ = "0-0";
  if (can_claim_ && !claim_from_.empty()) {
    open_.push_back(question::claim);
    claim_at_ = now + claim_interval;
    const auto idle = std::chrono::duration_cast<std::chrono::milliseconds>(claim_idle).count();
    return {{"XAUTOCLAIM", stream_, group_, consumer_, std::to_string(idle), claim_from_, "COUNT",
             count}};
  }
  open_.push_back(question::fresh);
  return {{"XREADGROUP", "GROUP", group_, consumer_, "COUNT", count, "BLOCK",
           std::to_string(block.count()), "STREAMS", stream_, ">"}};
}

bool redis_stream_state::on_reply(const redis_reply& reply,
                                  std::vector<redis_stream_entry>& entries, std::string& why) {
  if (open_.empty()) {
    why = "the server answers what it was not asked";
    return false;
  }
  const auto asked = open_.front();
  open_.erase(open_.begin());
  if (asked == question::claim && reply.is_error()
      && reply.text.starts_with("ERR unknown command")) {
    can_claim_ = false;
    claim_from_.clear();
    return true;
  }
  if (reply.is_error()) {
    why = "Redis refuses to read the stream: " + reply.text.substr(0, 200);
    return false;
  }
  if (asked == question::acknowledgement) {
    if (std::find(open_.begin(), open_.end(), question::acknowledgement) == open_.end())
      acknowledging_.clear();
    return true;
  }
  if (asked == question::claim) {
    why = "the server's answer to XAUTOCLAIM makes no sense";
    return on_claimed(reply, entries);
  }
  // [[stream, entries]], or nothing.
  why = "the server's answer to XREADGROUP makes no sense";
  const redis_reply none{kind::array, {}, 0, {}};
  const redis_reply* found = &none;
  if (reply.what != kind::nothing) {
    if (reply.items.size() != 1 || reply.items[0].items.size() != 2)
      return false;
    found = &reply.items[0].items[1];
  }
  if (asked == question::history)
    history_from_ = found->items.empty() || found->items.back().items.empty()
                        ? std::string{}
                        : found->items.back().items[0].text;
  return read_entries(*found, entries);
}

bool redis_stream_state::on_claimed(const redis_reply& reply,
                                    std::vector<redis_stream_entry>& entries) {
  if (reply.items.size() < 2)
    return false;
  claim_from_ = reply.items[0].text == "0-0" ? std::string{} : reply.items[0].text;
  return read_entries(reply.items[1], entries);
}

bool redis_stream_state::read_entries(const redis_reply& list,
                                      std::vector<redis_stream_entry>& entries) {
  for (const auto& each : list.items) {
    if (each.what == kind::nothing)
      continue;  // claimed, and deleted from the stream meanwhile
    if (each.items.size() != 2 || each.items[1].items.size() % 2 != 0)
      return false;
    const auto& id = each.items[0].text;
    // Given to us over an earlier connection, and still being worked on.
    if (!worked_on_.insert(id).second)
      continue;
    redis_stream_entry entry{id, {}};
    const auto& words = each.items[1].items;
    for (std::size_t i = 0; i + 1 < words.size(); i += 2)
      entry.fields.emplace_back(words[i].text, words[i + 1].text);
    entries.push_back(std::move(entry));
  }
  return true;
}

void redis_stream_state::on_taken(std::string_view id) {
  const auto found = worked_on_.find(id);
  if (found == worked_on_.end())
    return;
  worked_on_.erase(found);
  taken_.emplace_back(id);
}

}  // namespace grapevine::drivers
