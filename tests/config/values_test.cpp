#define CAF_SUITE config.values

#include "loading.hpp"

#include "caf/test/dsl.hpp"

using namespace grapevine::config;

CAF_TEST(values of the wrong type say which type is expected) {
  CAF_CHECK_EQUAL(
      problems_of(R"([node]
name = 5
listen = 8000
shards = "8"
trusted_proxies = "10.0.0.1"
[limits]
outbox = true
message = -5
pong_timeout = 30
close_timeout = 1.5
cache_ttl = 2020-01-01
)"),
      lines({
          "grapevine.toml:2: node.name must be text, not an integer; put it in quotes",
          "grapevine.toml:3: node.listen must be an address HOST:PORT, not an integer; write for "
          "example "
          "\"0.0.0.0:8000\" or \"[::1]:8000\"",
          "grapevine.toml:4: node.shards must be a whole number, not text; remove the quotes",
          "grapevine.toml:5: node.trusted_proxies must be a list, not text; write [\"...\", "
          "\"...\"]",
          "grapevine.toml:7: limits.outbox must be a size such as \"64KiB\", not true or false",
          "grapevine.toml:8: limits.message must be a size such as \"64KiB\", not \"-5\"; write a "
          "whole number "
          "of bytes, KiB or MiB",
          "grapevine.toml:9: limits.pong_timeout has no unit: \"30\"; write \"30s\", \"30ms\" or "
          "\"30m\"",
          "grapevine.toml:10: limits.close_timeout must be a duration such as \"10s\", not a "
          "number with a "
          "fraction",
          "grapevine.toml:11: limits.cache_ttl must be a duration such as \"10s\", not a date or "
          "time",
      }));
}

CAF_TEST(tables and lists of tables are told apart) {
  CAF_CHECK_EQUAL(
      problems_of("log = 1\n[app]\nid = 'x'\n[[node]]\n"),
      lines({
          "grapevine.toml:1: log must be a table, not an integer; write [log] on a line of its own",
          "grapevine.toml:2: app must be a list of tables; write [[app]] above each",
          "grapevine.toml:4: node must be a table, not a list; write [node] on a line of its own",
      }));
}

CAF_TEST(values out of their range are refused and the bounds belong to it) {
  CAF_CHECK_EQUAL(
      problems_of(R"([node]
shards = 1025
[limits]
request_header = 1023
json_depth = 1
presence_members = 0
activity_timeout = "999ms"
handshake_timeout = "0s"
event_name = 99999999999
[pusher]
port = 65536
)"),
      lines({
          "grapevine.toml:2: node.shards must be a whole number from 0 to 1024, not 1025",
          "grapevine.toml:4: limits.request_header must be from 1KiB to 1MiB, not 1023",
          "grapevine.toml:5: limits.json_depth must be a whole number from 2 to 512, not 1",
          "grapevine.toml:6: limits.presence_members must be a whole number from 1 to 1000000000, "
          "not 0",
          "grapevine.toml:7: limits.activity_timeout must be from 1s to 1440m, not 999ms",
          "grapevine.toml:8: limits.handshake_timeout must be from 1ms to 1440m, not 0s",
          "grapevine.toml:9: limits.event_name must be a whole number from 1 to 10000, not "
          "99999999999",
          "grapevine.toml:11: pusher.port must be a whole number from 1 to 65535, not 65536",
      }));
  CAF_CHECK_EQUAL(problems_of(R"([node]
shards = 1024
[limits]
request_header = 1024
json_depth = 2
presence_members = 1
activity_timeout = "1s"
handshake_timeout = "1ms"
drain_timeout = "0s"
[pusher]
port = 65535
)"),
                  lines());
}

CAF_TEST(each bad item of a list is reported at its own line) {
  CAF_CHECK_EQUAL(problems_of(R"([node]
trusted_proxies = [
  "10.0.0.1",
  "10.0.0.0/40",
  7,
]
[cluster]
seeds = ["a:1", "b", "c:0"]
)"),
                  lines({
                      "grapevine.toml:4: node.trusted_proxies must hold IP addresses or networks, "
                      "not \"10.0.0.0/40\"; write "
                      "for example \"10.0.0.1\" or \"10.0.0.0/8\"",
                      "grapevine.toml:5: node.trusted_proxies must be a list of texts; one is an "
                      "integer; put it in quotes",
                      "grapevine.toml:8: cluster.seeds must hold addresses HOST:PORT, not \"b\"; "
                      "write for example "
                      "\"10.0.0.1:7946\" or \"[::1]:7946\"",
                      "grapevine.toml:8: cluster.seeds must hold addresses HOST:PORT, not \"c:0\"; "
                      "write for example "
                      "\"10.0.0.1:7946\" or \"[::1]:7946\"",
                  }));
}

CAF_TEST(malformed addresses and names and paths are refused) {
  CAF_CHECK_EQUAL(
      problems_of(R"([node]
name = "two words"
listen = "8000"
path_prefix = "ws/"
[cluster]
advertise = "here"
[redis]
url = "http://user:sEcret@host"
[pusher]
host = "https://api.example.com"
scheme = "ftp"
)"),
      lines({
          "grapevine.toml:2: node.name must be 1 to 128 visible ASCII characters, not \"two "
          "words\"; write a name "
          "such as \"n1\", or remove the key",
          "grapevine.toml:3: node.listen must be an address HOST:PORT, not \"8000\"; write for "
          "example "
          "\"0.0.0.0:8000\" or \"[::1]:8000\"",
          "grapevine.toml:4: node.path_prefix must be empty or a path such as \"/ws\", not "
          "\"ws/\"; start it with "
          "a slash and end it without one",
          "grapevine.toml:6: cluster.advertise must hold addresses HOST:PORT, not \"here\"; write "
          "for example "
          "\"10.0.0.1:7946\" or \"[::1]:7946\"",
          "grapevine.toml:8: redis.url must be a redis:// or rediss:// address; write for example "
          "\"redis://127.0.0.1:6379/0\"",
          "grapevine.toml:10: pusher.host must be a host name without scheme or path, not "
          "\"https://api.example.com\"; write for example \"example.com\"",
          "grapevine.toml:11: pusher.scheme must be https or http, not \"ftp\"",
      }));
}

CAF_TEST(keys of the cluster out of their range are refused) {
  CAF_CHECK_EQUAL(
      problems_of(R"([cluster]
name = "two words"
allowed_names = ["n?.example.com"]
probe_interval = "99ms"
probe_timeout = "9ms"
suspicion_mult = 0
subscribe_ack = "none"
subscribe_ack_timeout = "11s"
interest_linger = "61m"
leave_debounce = "61s"
moving_grace = "6m"
peer_queue = "1023KiB"
queues_total = "65537MiB"
peer_window = 1
query_timeout = "6s"
probe_intervall = "1s"
)"),
      lines({
          "grapevine.toml:2: cluster.name must be 1 to 64 letters, digits, '.', '_' and '-', not "
          "\"two words\"; write a name such as \"grapevine\", the same on all nodes",
          "grapevine.toml:3: cluster.allowed_names must hold names as certificates have them, not "
          "\"n?.example.com\"; write for example \"n1.example.com\" or \"*.nodes.example.com\"",
          "grapevine.toml:4: cluster.probe_interval must be from 100ms to 1m, not 99ms",
          "grapevine.toml:5: cluster.probe_timeout must be from 10ms to 1m, not 9ms",
          "grapevine.toml:6: cluster.suspicion_mult must be a whole number from 1 to 100, not 0",
          "grapevine.toml:7: cluster.subscribe_ack must be cluster or local, not \"none\"",
          "grapevine.toml:8: cluster.subscribe_ack_timeout must be from 1ms to 10s, not 11s",
          "grapevine.toml:9: cluster.interest_linger must be from 0s to 60m, not 61m",
          "grapevine.toml:10: cluster.leave_debounce must be from 0s to 1m, not 61s",
          "grapevine.toml:11: cluster.moving_grace must be from 0s to 5m, not 6m",
          "grapevine.toml:12: cluster.peer_queue must be from 1MiB to 1024MiB, not 1023KiB",
          "grapevine.toml:13: cluster.queues_total must be from 1MiB to 65536MiB, not 65537MiB",
          "grapevine.toml:14: cluster.peer_window must be from 1MiB to 1024MiB, not 1",
          "grapevine.toml:15: cluster.query_timeout must be from 1ms to 5s, not 6s",
          "grapevine.toml:16: \"cluster.probe_intervall\" is not a known key; did you mean "
          "probe_interval?",
      }));
}

CAF_TEST(a path prefix is a path without a slash at its end) {
  for (const auto* good : {"", "/ws", "/a/b-c"})
    CAF_CHECK_EQUAL(problems_of("[node]\npath_prefix = '" + std::string{good} + "'"), lines());
  for (const auto* bad : {"/", "ws", "/ws/", "/a//b", "/a b", "/a?b"})
    CAF_CHECK_EQUAL(problems_of("[node]\npath_prefix = '" + std::string{bad} + "'").size(), 1u);
}

CAF_TEST(webhooks need an address and known events) {
  sources from;
  from.toml = R"([[app]]
id = "a"
key = "b"
secret = "c"
[[app.webhook]]
events = ["member_joined"]
[[app.webhook]]
url = "example.com/sEcret"
headers = { "Bad Name" = "sEcret", Number = 1, Broken = "sEcret\n" }
)";
  CAF_CHECK_EQUAL(
      problems_of(from),
      lines({
          "grapevine.toml:6: app.webhook.events must be channel_occupied, channel_vacated, "
          "member_added, member_removed, "
          "client_event, cache_miss or subscription_count, not \"member_joined\"",
          "grapevine.toml:5: app.webhook has no url; add url = \"...\"",
          "grapevine.toml:8: app.webhook.url must be an http:// or https:// address; write for "
          "example "
          "\"https://example.com/hook\"",
          "grapevine.toml:9: app.webhook.headers has a name that HTTP does not allow: \"Bad Name\"",
          "grapevine.toml:9: app.webhook.headers must not hold control characters; \"Broken\" "
          "does; write it on one line",
          "grapevine.toml:9: app.webhook.headers must hold texts; \"Number\" is an integer; put it "
          "in quotes",
      }));
}

CAF_TEST(a channel rule decides in exactly one way) {
  CAF_CHECK_EQUAL(
      problems_of(R"([[channel]]
pattern = "a"
[[channel]]
pattern = "b"
allow = "anyone"
claims = [{ sub = "x" }]
[[channel]]
allow = "everyone"
[[channel]]
pattern = "private-{id"
authorize_url = "ftp://x"
[[channel]]
pattern = "private-{id}"
claims = [{ sub = "{ids}" }]
[[channel]]
pattern = "x"
claims = [{}]
)"),
      lines({
          "grapevine.toml:1: channel says nothing about who may join; keep exactly one of claims, "
          "authorize_url and allow",
          "grapevine.toml:3: channel says in more than one way who may join; keep exactly one of "
          "claims, "
          "authorize_url and allow",
          "grapevine.toml:8: channel.allow must be anyone, authenticated or nobody, not "
          "\"everyone\"",
          "grapevine.toml:7: channel has no pattern; add pattern = \"...\"",
          "grapevine.toml:10: channel.pattern must close each brace and name what is inside: "
          "\"private-{id\"; "
          "write for example \"private-user.{id}\"",
          "grapevine.toml:11: channel.authorize_url must be an http:// or https:// address; write "
          "for example "
          "\"https://example.com/hook\"",
          "grapevine.toml:12: channel.claims names {ids}, which its pattern does not; did you mean "
          "id?",
          "grapevine.toml:17: channel.claims must be a list of tables that are not empty; write [{ "
          "sub = "
          "\"{id}\" }]",
      }));
}
