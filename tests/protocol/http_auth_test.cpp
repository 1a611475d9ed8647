#define CAF_SUITE protocol.http_auth

#include "protocol/http_auth.hpp"

#include "protocol/signature.hpp"

#include <rapidcheck.h>

#include "caf/test/dsl.hpp"

#include <algorithm>
#include <set>

using namespace grapevine::protocol;
using namespace std::chrono_literals;
using namespace std::string_literals;
using namespace std::string_view_literals;

namespace {

constexpr auto key = "gv-demo-key"sv;
constexpr auto secret = "gv-demo-secret"sv;
constexpr auto now = 1'700'000'000s;
constexpr auto common = "auth_key=gv-demo-key&auth_timestamp=1700000000&auth_version=1.0"sv;
constexpr auto event_body =
    R"({"name":"OrderShipped","channel":"private-orders.7","data":"{\"id\":7}"})"sv;

http_auth_fault verify(std::string_view method, std::string_view path, std::string_view query,
                       std::string_view body = {}, std::chrono::seconds at = now) {
  return verify_request(method, path, parse_query(query), body, key, secret, at);
}

/// Signs exactly `query`, as an SDK with its own idea of the parameters would.
std::string sign(std::string_view method, std::string_view path, std::string_view query) {
  return std::string{query} + "&auth_signature="
         + hmac_sha256_hex(secret, {string_to_sign(method, path, parse_query(query))});
}

std::string common_with(std::string_view more) {
  return std::string{common} + std::string{more};
}

}  // namespace

CAF_TEST(a query is taken apart in the order it came) {
  const query_parameters expected{{"b", "1"}, {"A", ""}, {"c", ""}, {"b", "x=y"}, {"", "v"}};
  CAF_CHECK(parse_query("b=1&A=&&c&b=x=y&=v&") == expected);
  CAF_CHECK(parse_query("").empty());
  CAF_CHECK(parse_query("&&").empty());
}

CAF_TEST(keys and values of a query are decoded) {
  const query_parameters expected{{"a b", "c d"}, {"info[]", "a,b"}, {"x", "\0\xc3\xa9"s}};
  CAF_CHECK(parse_query("a+b=c%20d&info%5B%5D=a%2cb&x=%00%c3%A9") == expected);
}

CAF_TEST(broken escapes of a query stay as they are) {
  const query_parameters expected{{"a%", "%4 %zz"}, {"b", "%A+"}};
  CAF_CHECK(parse_query("a%=%4+%zz&b=%%41%2B") == expected);
}

CAF_TEST(the last of several values is found) {
  const auto parameters = parse_query("a=1&b=2&a=3");
  CAF_CHECK_EQUAL(find_parameter(parameters, "a"), "3"sv);
  CAF_CHECK_EQUAL(find_parameter(parameters, "b"), "2"sv);
  CAF_CHECK_EQUAL(find_parameter(parameters, "A"), ""sv);
}

CAF_TEST(parameters are signed with lower case keys sorted by byte and decoded values) {
  struct {
    std::string_view query;
    std::string_view signed_text;
  } cases[] = {
      {"", ""},
      {"b=2&a=1", "a=1&b=2"},
      {"B=2&a=1&C=3", "a=1&b=2&c=3"},
      {"a_b=1&a=2&a-b=3", "a=2&a-b=3&a_b=1"},
      {"a=%2C%26+x", "a=,& x"},
      {"a", "a="},
      {"b=1&auth_signature=abc", "b=1"},
      {"b=1&AUTH_SIGNATURE=abc", "b=1"},
      {"info[]=a&info[]=b", "info=a,b"},
      {"info%5B%5D=a&info%5B%5D=b", "info=a,b"},
      {"info[0]=a&info[1]=b", "info=a,b"},
      {"info[10]=a&x=1&Info[2]=b", "info=a,b&x=1"},
      {"info[]=only", "info=only"},
      {"info[x]=a", "info[x]=a"},
      {"[]=a", "[]=a"},
      {"info[=a", "info[=a"},
      {"a=1&a=2", "a=2"},
      {"a=1&A=2", "a=2"},
      {"info[]=a&info=b", "info=b"},
      {"info=a&info[]=b", "info=a,b"},
  };
  for (const auto& c : cases) {
    CAF_MESSAGE(c.query);
    CAF_CHECK_EQUAL(string_to_sign("GET", "/p", parse_query(c.query)),
                    "GET\n/p\n" + std::string{c.signed_text});
  }
}

CAF_TEST(what is read from canonical parameters is what was signed) {
  const auto parameters =
      canonical_parameters(parse_query("info=unsigned&INFO[]=x&Info=a&info[1]=b"));
  CAF_CHECK_EQUAL(parameters.size(), 1u);
  CAF_CHECK_EQUAL(find_parameter(parameters, "info"), "a,b"sv);
}

CAF_TEST(the order of equal keys is kept however many there are) {
  std::string query;
  std::string joined;
  for (int i = 0; i < 100; ++i) {
    query += "a" + std::to_string(i) + "=1&info[]=" + std::to_string(i)
             + "&last=" + std::to_string(i) + '&';
    joined += (i == 0 ? "" : ",") + std::to_string(i);
  }
  const auto parameters = canonical_parameters(parse_query(query));
  CAF_CHECK_EQUAL(find_parameter(parameters, "info"), joined);
  CAF_CHECK_EQUAL(find_parameter(parameters, "last"), "99"sv);
}

CAF_TEST(the example of the Pusher documentation verifies) {
  const auto body = R"({"name":"foo","channels":["project-3"],"data":"{\"some\":\"data\"}"})"sv;
  CAF_CHECK_EQUAL(md5_hex(body), "ec365a775a4cd0599faeb73354201b6f");
  const auto query =
      "auth_key=278d425bdf160c739803&auth_timestamp=1353088179&auth_version=1.0"
      "&body_md5=ec365a775a4cd0599faeb73354201b6f"
      "&auth_signature=da454824c97ba181a32ccc17a72625ba02771f50b50e1e7430e47a1f3f457e6c"sv;
  CAF_CHECK(verify_request("POST", "/apps/3/events", parse_query(query), body,
                           "278d425bdf160c739803", "7ad3773142a6692b25b8", 1353088179s)
            == http_auth_fault::none);
}

CAF_TEST(our own vectors have their text to sign and verify) {
  struct {
    std::string_view method;
    std::string_view path;
    std::string query;  ///< as on the wire
    std::string_view body;
    std::string signed_query;
    std::string_view signature;
  } cases[] = {
      {"POST", "/apps/1001/events", common_with("&body_md5=549a838f981b5deb56b1a94009809d4a"),
       event_body, common_with("&body_md5=549a838f981b5deb56b1a94009809d4a"),
       "cdc21b5a68fbc1ef03914d20649dfe115b726142a587faa10d2b99d442f81a30"},
      {"GET", "/apps/1001/channels",
       common_with("&filter_by_prefix=presence-&info=user_count%2Csubscription_count"), "",
       common_with("&filter_by_prefix=presence-&info=user_count,subscription_count"),
       "7bf6b58678b630067c09ebb0fb79859950afd48902ae5747376fabe272c965e2"},
      {"GET", "/apps/1001/channels", common_with(""), "", common_with(""),
       "cc0f914f838e0eeaa67b50b7e260fb90bfec34892dda021f4ddeb2627a926225"},
      {"GET", "/apps/1001/channels", common_with("&body_md5=d41d8cd98f00b204e9800998ecf8427e"), "",
       common_with("&body_md5=d41d8cd98f00b204e9800998ecf8427e"),
       "caad482df016ebc2c745d96860434324bb80f5c7845e0fd2a8572d991e3de20a"},
      {"POST", "/apps/1001/users/42/terminate_connections",
       common_with("&body_md5=99914b932bd37a50b983c5e7c90ae93b"), "{}",
       common_with("&body_md5=99914b932bd37a50b983c5e7c90ae93b"),
       "aa7a0ac1c360ce0f6cccb34d04128c65c50c128b32c17790dfd19f748d850a80"},
  };
  for (const auto& c : cases) {
    CAF_MESSAGE(c.query);
    CAF_CHECK_EQUAL(string_to_sign(c.method, c.path, parse_query(c.query)),
                    std::string{c.method} + '\n' + std::string{c.path} + '\n' + c.signed_query);
    const auto query = c.query + "&auth_signature=" + std::string{c.signature};
    CAF_CHECK(verify(c.method, c.path, query, c.body) == http_auth_fault::none);
  }
}

CAF_TEST(the three ways of SDKs to write a list have one signature) {
  const auto signature =
      "&auth_signature=7bf6b58678b630067c09ebb0fb79859950afd48902ae5747376fabe272c965e2"s;
  for (auto info : {"&info=user_count,subscription_count", "&info=user_count%2csubscription_count",
                    "&info[]=user_count&info[]=subscription_count",
                    "&info%5B0%5D=user_count&info%5B1%5D=subscription_count"}) {
    const auto query = common_with("&filter_by_prefix=presence-") + info + signature;
    CAF_CHECK(verify("GET", "/apps/1001/channels", query) == http_auth_fault::none);
  }
}

CAF_TEST(the path is signed as it was written) {
  const auto encoded = "/apps/1001/channels/presence-a%40b"sv;
  const auto query = sign("GET", encoded, common);
  CAF_CHECK(verify("GET", encoded, query) == http_auth_fault::none);
  CAF_CHECK(verify("GET", "/apps/1001/channels/presence-a@b", query)
            == http_auth_fault::bad_signature);
}

CAF_TEST(keys in capitals are the same keys) {
  const auto query =
      sign("GET", "/p", "AUTH_KEY=gv-demo-key&Auth_Timestamp=1700000000&auth_version=1.0");
  CAF_CHECK(verify("GET", "/p", query) == http_auth_fault::none);
}

CAF_TEST(a changed request is refused) {
  const auto query = sign("GET", "/p", common_with("&filter_by_prefix=a"));
  CAF_REQUIRE(verify("GET", "/p", query) == http_auth_fault::none);
  CAF_CHECK(verify("POST", "/p", query) == http_auth_fault::bad_signature);
  CAF_CHECK(verify("GET", "/q", query) == http_auth_fault::bad_signature);
  CAF_CHECK(verify("GET", "/p", query + "&x=1") == http_auth_fault::bad_signature);
  CAF_CHECK(verify("GET", "/p", query + "&filter_by_prefix=b") == http_auth_fault::bad_signature);
  CAF_CHECK(verify("GET", "/p", query + "&FILTER_BY_PREFIX=b") == http_auth_fault::bad_signature);
  CAF_CHECK(verify("GET", "/p", query + "0") == http_auth_fault::bad_signature);
  CAF_CHECK(verify_request("GET", "/p", parse_query(query), "", key, "other", now)
            == http_auth_fault::bad_signature);
}

CAF_TEST(each of the four parameters is required) {
  for (auto left_out : {"auth_key", "auth_timestamp", "auth_version", "auth_signature"}) {
    for (bool empty : {false, true}) {
      auto parameters = parse_query(sign("GET", "/p", common));
      std::erase_if(parameters, [&](const auto& p) { return p.first == left_out; });
      if (empty)
        parameters.emplace_back(left_out, "");
      CAF_CHECK(verify_request("GET", "/p", parameters, "", key, secret, now)
                == http_auth_fault::missing_parameter);
    }
  }
  CAF_CHECK(verify("GET", "/p", "") == http_auth_fault::missing_parameter);
}

CAF_TEST(only version 1 is understood) {
  for (auto version : {"1", "1.1", "2.0", "1.0 "}) {
    const auto query = "auth_key=gv-demo-key&auth_timestamp=1700000000&auth_version="s + version;
    CAF_CHECK(verify("GET", "/p", sign("GET", "/p", query)) == http_auth_fault::bad_version);
  }
}

CAF_TEST(the key of another app is refused even with our secret) {
  const auto query =
      sign("GET", "/p", "auth_key=gv-other&auth_timestamp=1700000000&auth_version=1.0");
  CAF_CHECK(verify("GET", "/p", query) == http_auth_fault::unknown_key);
}

CAF_TEST(a request lives for 600 seconds in both directions) {
  const auto query = sign("GET", "/p", common);
  for (auto at : {now, now - 600s, now + 600s})
    CAF_CHECK(verify("GET", "/p", query, "", at) == http_auth_fault::none);
  for (auto at : {now - 601s, now + 601s, 0s})
    CAF_CHECK(verify("GET", "/p", query, "", at) == http_auth_fault::expired);
}

CAF_TEST(a time that is no number is expired) {
  for (auto time :
       {"x", "1700000000.5", "1700000000x", "+1700000000", "%201700000000", "-1700000000",
        "9223372036854775807", "-9223372036854775808", "99999999999999999999"}) {
    const auto query = "auth_key=gv-demo-key&auth_version=1.0&auth_timestamp="s + time;
    CAF_CHECK(verify("GET", "/p", sign("GET", "/p", query)) == http_auth_fault::expired);
  }
}

CAF_TEST(a body needs its check sum) {
  const auto right = sign("POST", "/p", common_with("&body_md5=" + md5_hex("{}")));
  CAF_CHECK(verify("POST", "/p", right, "{}") == http_auth_fault::none);
  CAF_CHECK(verify("POST", "/p", right, "{ }") == http_auth_fault::bad_md5);
  CAF_CHECK(verify("POST", "/p", right, "") == http_auth_fault::bad_md5);
  CAF_CHECK(verify("POST", "/p", sign("POST", "/p", common), "{}") == http_auth_fault::bad_md5);
  CAF_CHECK(verify("POST", "/p", sign("POST", "/p", common_with("&body_md5=")), "{}")
            == http_auth_fault::bad_md5);
}

CAF_TEST(a check sum may come with an empty body and is then signed too) {
  const auto query = sign("GET", "/p", common_with("&body_md5=d41d8cd98f00b204e9800998ecf8427e"));
  CAF_CHECK(verify("GET", "/p", query) == http_auth_fault::none);
  auto without = parse_query(query);
  std::erase_if(without, [](const auto& p) { return p.first == "body_md5"; });
  CAF_CHECK(verify_request("GET", "/p", without, "", key, secret, now)
            == http_auth_fault::bad_signature);
}

CAF_TEST(a signed query is the known one) {
  CAF_CHECK_EQUAL(
      signed_query("POST", "/apps/1001/events", {}, event_body, key, secret, now),
      common_with(
          "&body_md5=549a838f981b5deb56b1a94009809d4a"
          "&auth_signature=cdc21b5a68fbc1ef03914d20649dfe115b726142a587faa10d2b99d442f81a30"));
  CAF_CHECK_EQUAL(
      signed_query("GET", "/apps/1001/channels",
                   {{"info", "user_count,subscription_count"}, {"filter_by_prefix", "presence-"}},
                   "", key, secret, now),
      common_with(
          "&filter_by_prefix=presence-&info=user_count%2Csubscription_count"
          "&auth_signature=7bf6b58678b630067c09ebb0fb79859950afd48902ae5747376fabe272c965e2"));
}

CAF_TEST(whatever is signed verifies) {
  auto holds = rc::check([](const query_parameters& extra, const std::string& body) {
    const auto reserved = std::ranges::any_of(extra, [](const auto& p) {
      return canonical_parameters({p}).front().first.starts_with("auth_")
             || canonical_parameters({p}).front().first == "body_md5";
    });
    RC_PRE(!reserved);
    const auto query = signed_query("POST", "/p", extra, body, key, secret, now);
    RC_ASSERT(verify("POST", "/p", query, body) == http_auth_fault::none);
  });
  CAF_CHECK(holds);
}

CAF_TEST(any bytes can be a query) {
  auto holds = rc::check([](const std::string& query) {
    const auto fault = verify("GET", "/p", query);
    RC_ASSERT(fault == http_auth_fault::missing_parameter);
  });
  CAF_CHECK(holds);
}

CAF_TEST(every fault has its own sentence) {
  std::set<std::string_view> sentences;
  for (auto fault :
       {http_auth_fault::none, http_auth_fault::missing_parameter, http_auth_fault::unknown_key,
        http_auth_fault::bad_version, http_auth_fault::expired, http_auth_fault::bad_md5,
        http_auth_fault::bad_signature})
    sentences.insert(explain(fault));
  CAF_CHECK_EQUAL(sentences.size(), 7u);
  CAF_CHECK(!sentences.contains(""));
}
