#include "protocol/http_answer.hpp"

#include "base/json_text.hpp"

namespace grapevine::protocol {

namespace {

/// Writes the members of one object with the commas between them.
class member_writer {
public:
  explicit member_writer(std::string& out) : out_(out) {}

  /// Begins a member, whose value the caller appends to what is returned.
  std::string& operator()(std::string_view quoted_key) {
    if (!first_)
      out_ += ',';
    first_ = false;
    return out_.append(quoted_key).append(1, ':');
  }

private:
  std::string& out_;
  bool first_ = true;
};

std::string cached_text(const std::optional<cached_data>& cached) {
  if (!cached)
    return "null";
  return R"({"data":)" + base::json_quoted(cached->data) + R"(,"ttl":)"
         + std::to_string(cached->ttl_seconds) + '}';
}

void append_attributes(member_writer& member, const channel_info& info) {
  if (info.user_count)
    member(R"("user_count")") += std::to_string(*info.user_count);
  if (info.subscription_count)
    member(R"("subscription_count")") += std::to_string(*info.subscription_count);
  if (info.cache_asked)
    member(R"("cache")") += cached_text(info.cache);
}

void append_attributes_object(std::string& out, const channel_info& info) {
  out += '{';
  member_writer member{out};
  append_attributes(member, info);
  out += '}';
}

}  // namespace

std::string encode_channels(const named_info& channels) {
  std::string out = R"({"channels":{)";
  member_writer member{out};
  for (const auto& [name, info] : channels)
    append_attributes_object(member(base::json_quoted(name)), info);
  return out += "}}";
}

std::string encode_channel(const channel_info& info) {
  std::string out = "{";
  member_writer member{out};
  member(R"("occupied")") += info.occupied ? "true" : "false";
  append_attributes(member, info);
  return out += '}';
}

std::string encode_users(const std::vector<std::string>& ids) {
  std::string out = R"({"users":[)";
  for (const auto& id : ids)
    out.append(out.back() == '[' ? R"({"id":)" : R"(,{"id":)")
        .append(base::json_quoted(id))
        .append(1, '}');
  return out += "]}";
}

std::string encode_batch(const std::vector<channel_info>& entries) {
  std::string out = R"({"batch":[)";
  for (const auto& entry : entries) {
    if (out.back() != '[')
      out += ',';
    append_attributes_object(out, entry);
  }
  return out += "]}";
}

std::string encode_error(unsigned status, std::string_view message) {
  return R"({"error":)" + base::json_quoted(message) + R"(,"code":)" + std::to_string(status) + '}';
}

}  // namespace grapevine::protocol
