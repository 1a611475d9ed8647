#define CAF_SUITE protocol.admission

#include "protocol/admission.hpp"

#include "caf/test/dsl.hpp"

#include <vector>

using namespace grapevine::protocol;

namespace {

admission_request known_app() {
  admission_request request;
  request.app_known = true;
  request.origin_allowed = true;
  return request;
}

/// The code of the refusal; 0 when the connection may begin.
int code_of(const admission_request& request) {
  const auto refused = refuse(request);
  if (refused)
    CAF_CHECK(!refused->message.empty());
  return refused ? refused->code : 0;
}

int code_of_protocol(std::optional<std::string_view> parameter) {
  auto request = known_app();
  request.protocol_parameter = parameter;
  return code_of(request);
}

bool allowed(std::string_view origin, std::vector<std::string> patterns) {
  return origin_allowed(origin, patterns);
}

}  // namespace

CAF_TEST(a known app lets a connection begin) {
  CAF_CHECK_EQUAL(code_of(known_app()), 0);
}

CAF_TEST(each reason has its code) {
  auto code_with = [](bool admission_request::*field, bool value, int code) {
    auto request = known_app();
    request.*field = value;
    CAF_CHECK_EQUAL(code_of(request), code);
  };
  code_with(&admission_request::app_known, false, 4001);
  code_with(&admission_request::app_enabled, false, 4003);
  code_with(&admission_request::origin_allowed, false, 4009);
  code_with(&admission_request::over_app_quota, true, 4004);
  code_with(&admission_request::over_node_quota, true, 4100);
  code_with(&admission_request::draining, true, 4200);
}

CAF_TEST(of several reasons the first is told that a client can do least about) {
  admission_request request{.app_known = false,
                            .app_enabled = false,
                            .origin_allowed = false,
                            .over_app_quota = true,
                            .over_node_quota = true,
                            .draining = true,
                            .protocol_parameter = "3"};
  CAF_CHECK_EQUAL(code_of(request), 4001);
  request.app_known = true;
  CAF_CHECK_EQUAL(code_of(request), 4003);
  request.app_enabled = true;
  CAF_CHECK_EQUAL(code_of(request), 4007);
  request.protocol_parameter = "7";
  CAF_CHECK_EQUAL(code_of(request), 4009);
  request.origin_allowed = true;
  CAF_CHECK_EQUAL(code_of(request), 4200);
  request.draining = false;
  CAF_CHECK_EQUAL(code_of(request), 4004);
  request.over_app_quota = false;
  CAF_CHECK_EQUAL(code_of(request), 4100);
  request.over_node_quota = false;
  CAF_CHECK_EQUAL(code_of(request), 0);
}

CAF_TEST(protocol versions 5 to 7 and none at all are served) {
  CAF_CHECK_EQUAL(code_of_protocol(std::nullopt), 0);
  for (auto version : {"5", "6", "7"})
    CAF_CHECK_EQUAL(code_of_protocol(version), 0);
}

CAF_TEST(other numbers are unsupported versions) {
  for (auto version : {"4", "8", "0", "-7", "70", "99999999999999999999"})
    CAF_CHECK_EQUAL(code_of_protocol(version), 4007);
}

CAF_TEST(a version that is no number is a bad version) {
  for (auto version : {"", "seven", "7.0", "-", " 7", "7 ", "0x7", "+7"})
    CAF_CHECK_EQUAL(code_of_protocol(version), 4006);
}

CAF_TEST(a client without origin is no browser and always allowed) {
  CAF_CHECK(allowed("", {}));
  CAF_CHECK(allowed("", {"https://example.com"}));
}

CAF_TEST(origins fit their patterns) {
  struct {
    std::string_view origin;
    std::string pattern;
  } cases[] = {
      {"https://example.com", "*"},
      {"null", "*"},
      {"https://example.com", "example.com"},
      {"http://EXAMPLE.com:81", "Example.COM"},
      {"https://a.example.com", "*.example.com"},
      {"https://a.b.example.com:8443", "*.example.com"},
      {"http://localhost:3000", "localhost:3000"},
      {"http://[::1]:3000", "[::1]"},
      {"http://[::1]", "[::1]"},
      {"http://[::1]:3000", "[::1]:3000"},
      {"https://example.com:8443", "https://example.com:8443"},
      {"https://a.example.com", "https://*.example.com"},
      {"capacitor://localhost", "capacitor://localhost"},
  };
  for (const auto& c : cases) {
    CAF_MESSAGE(c.origin << " and " << c.pattern);
    CAF_CHECK(allowed(c.origin, {c.pattern}));
  }
}

CAF_TEST(other origins are refused) {
  struct {
    std::string_view origin;
    std::string pattern;
  } cases[] = {
      {"null", "example.com"},
      {"null", "null.example"},
      {"https://example.com", ""},
      {"https://example.com", "*.example.com"},
      {"https://evilexample.com", "*.example.com"},
      {"https://evilexample.com", "example.com"},
      {"https://example.com.evil.test", "example.com"},
      {"https://.example.com/x", "*.example.com"},
      {"https://evil.test/.example.com", "*.example.com"},
      {"https://evil.test#.example.com", "*.example.com"},
      {"https://user@example.com", "example.com"},
      {"https://example.com:443.evil.test", "example.com"},
      {"http://localhost:3001", "localhost:3000"},
      {"http://localhost", "localhost:3000"},
      {"http://example.com", "https://example.com"},
      {"https://example.com:8443", "https://example.com"},
      {"https://example.com", "https://example.com:8443"},
      {"https://example.com", "https://*.example.com"},
      {"example.com", "example.com"},
  };
  for (const auto& c : cases) {
    CAF_MESSAGE(c.origin << " and " << c.pattern);
    CAF_CHECK(!allowed(c.origin, {c.pattern}));
  }
  CAF_CHECK(!allowed("https://example.com", {}));
}

CAF_TEST(one fitting pattern of several is enough) {
  CAF_CHECK(allowed("https://b.test", {"a.test", "b.test"}));
  CAF_CHECK(!allowed("https://c.test", {"a.test", "b.test"}));
}
