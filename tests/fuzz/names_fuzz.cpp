// Names that strangers give: socket ids, channels, origins, and text that goes into JSON. The input
// is one name; for origins the first line is the header and the others are the app's patterns.

#include "base/json_text.hpp"
#include "expect.hpp"
#include "protocol/admission.hpp"
#include "protocol/channel_name.hpp"
#include "protocol/json.hpp"
#include "protocol/signature.hpp"
#include "protocol/socket_id.hpp"
#include "protocol/utf8.hpp"

#include <string>
#include <vector>

using namespace grapevine::protocol;
using grapevine::fuzz::expect;

namespace {

void check_socket_id(std::string_view text) {
  const auto id = parse_socket_id(text);
  expect(id.has_value() == is_socket_id(text), "a socket id reads if it is one");
  if (id)
    expect(parse_socket_id(to_string(*id)) == id, "a socket id that is written reads the same");
}

void check_channel(std::string_view text) {
  const auto fault = check_channel_name(text, 200, true);
  const auto type = classify(text);
  expect((type.access == channel_access::user) == text.starts_with("#server-to-user-"),
         "a user's channel is called so");
  if (fault != name_fault::none)
    return;
  expect(!text.empty() && text.size() <= 200 && is_valid_utf8(text), "a valid name is short text");
  expect(text.find_first_of("\"\\/ \n") == std::string_view::npos, "a valid name needs no escape");
  const auto user = user_of_channel(text);
  expect(text.starts_with('#') == !user.empty(), "only users' channels start with #");
  expect(check_channel_name(text, 200, false)
             == (user.empty() ? name_fault::none : name_fault::reserved),
         "users' channels are reserved");
  expect(!type.encrypted || type.access == channel_access::signed_, "encrypted is private");
}

void check_text(std::string_view text) {
  utf8_validator validator;
  bool fed = true;
  for (std::size_t at = 0; at < text.size(); ++at)
    fed = validator.feed(text.substr(at, 1)) && fed;
  const bool valid = is_valid_utf8(text);
  expect(valid == (fed && validator.complete()), "the cut of text changes nothing");
  const auto quoted = parse_json(grapevine::base::json_quoted(text), 0);
  expect(quoted && quoted->is_string(), "any bytes can be quoted");
  if (!valid)
    return;
  expect(quoted->get<std::string>() == text, "quoted text reads the same");
  expect(count_characters(text) <= text.size(), "a character is a byte or more");
  const auto cut = cut_utf8(text, text.size() / 2);
  expect(is_valid_utf8(cut) && text.starts_with(cut) && cut.size() + 4 > text.size() / 2,
         "text is cut at a character");
}

void check_json(std::string_view text) {
  const auto json = parse_json(text, 16);
  if (!json)
    return;
  expect(is_valid_utf8(text), "JSON is UTF-8");
  const auto again = parse_json(grapevine::base::json_text(*json), 16);
  expect(again && *again == *json, "JSON that is written reads the same");
}

void check_origin(std::string_view text) {
  const auto origin = grapevine::fuzz::take_line(text);
  std::vector<std::string> patterns;
  while (!text.empty())
    patterns.emplace_back(grapevine::fuzz::take_line(text));
  const bool allowed = origin_allowed(origin, patterns);
  expect(allowed || !origin.empty(), "who is no browser has no origin");
  patterns.emplace_back("*");
  expect(origin_allowed(origin, patterns), "* is any origin");
  // A host that ends in somebody else's domain is on that domain, whatever comes before.
  const std::vector<std::string> ours{"*.example.com", "example.com"};
  expect(!origin_allowed("https://" + std::string{origin} + ".evil.test", ours),
         "nobody else's domain is ours");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = grapevine::fuzz::as_text(data, size);
  check_socket_id(text);
  check_channel(text);
  check_text(text);
  check_json(text);
  check_origin(text);
  if (is_websocket_key(text))
    expect(text.size() == 24 && websocket_accept(text).size() == 28, "a key has its accept");
  return 0;
}
