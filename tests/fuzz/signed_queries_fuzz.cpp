// A query string of the HTTP API (the first line) and a body. What this program signs it accepts,
// and nothing that was changed afterwards.

#include "expect.hpp"
#include "protocol/http_auth.hpp"
#include "protocol/signature.hpp"

#include <algorithm>
#include <string>

using namespace grapevine::protocol;
using namespace std::chrono_literals;
using grapevine::fuzz::expect;

namespace {

constexpr auto now = 1'700'000'000s;
constexpr std::string_view path = "/apps/1001/events";

http_auth_fault verify(std::string_view query, std::string_view body, std::string_view at = path,
                       std::chrono::seconds when = now) {
  return verify_request("POST", at, parse_query(query), body, "key", "secret", when);
}

void check_canonical(const query_parameters& received) {
  const auto canonical = canonical_parameters(received);
  expect(canonical_parameters(canonical) == canonical, "canonical parameters stay so");
  expect(
      std::ranges::is_sorted(canonical, std::ranges::less{}, &query_parameters::value_type::first),
      "keys are sorted");
  expect(std::ranges::adjacent_find(canonical, {}, &query_parameters::value_type::first)
             == canonical.end(),
         "keys are distinct");
}

/// A query of the same parameters, but for those that a signature brings.
query_parameters unsigned_parameters(const query_parameters& received) {
  auto others = canonical_parameters(received);
  std::erase_if(others, [](const auto& each) {
    return each.first.starts_with("auth_") || each.first == "body_md5";
  });
  return others;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto body = grapevine::fuzz::as_text(data, size);
  const auto query = grapevine::fuzz::take_line(body);
  const auto received = parse_query(query);
  check_canonical(received);
  expect(verify(query, body) != http_auth_fault::none, "nobody guesses a signature");

  const auto made =
      signed_query("POST", path, unsigned_parameters(received), body, "key", "secret", now);
  expect(verify(made, body) == http_auth_fault::none, "what is signed here is accepted");
  expect(verify(made, body, path, now + 600s) == http_auth_fault::none, "for 600 s");
  expect(verify(made, body, path, now + 601s) == http_auth_fault::expired, "and no longer");
  expect(verify(made, std::string{body} + '.', path) == http_auth_fault::bad_md5,
         "the body cannot be changed");
  expect(verify(made + "&x=1", body) == http_auth_fault::bad_signature
             || find_parameter(canonical_parameters(received), "x") == "1",
         "nothing can be added");
  expect(verify(made, body, "/apps/1001/batch_events") == http_auth_fault::bad_signature,
         "the path cannot be changed");

  const std::string text{query};
  const auto auth = channel_auth("key", "secret", "1.2", text, body);
  expect(verify_channel_auth(auth, "key", "secret", "1.2", text, body), "an auth of ours fits");
  expect(!verify_channel_auth(auth, "key", "secret", "1.3", text, body), "for one socket");
  expect(!verify_channel_auth(query, "key", "secret", "1.2", text, body), "nobody guesses an auth");
  return 0;
}
