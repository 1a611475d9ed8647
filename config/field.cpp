#include "config/field.hpp"

#include "config/driver_section.hpp"
#include "config/rules.hpp"

namespace grapevine::config {

namespace {

using namespace std::chrono_literals;

std::vector<field<settings>> node_fields(const std::vector<std::string>& drivers) {
  using s = settings;
  constexpr size_rule queue{1u << 20,
                            std::uint64_t{1} << 30};  // a frame between nodes is up to 1 MiB
  // clang-format off
  return {
    key("node.name", text_rule{node_name}, &s::node, &node_settings::name),
    key("node.listen", address_rule{}, &s::node, &node_settings::listen),
    key("node.admin_listen", address_rule{}, &s::node, &node_settings::admin_listen),
    key("node.shards", number_rule{0, 1024}, &s::node, &node_settings::shards),
    key("node.path_prefix", text_rule{path_prefix}, &s::node, &node_settings::path_prefix),
    key("node.trusted_proxies", text_list_rule{network}, &s::node, &node_settings::trusted_proxies),
    key("node.tls.certificate", text_rule{}, &s::node, &node_settings::tls, &tls_settings::certificate),
    key("node.tls.key", text_rule{}, &s::node, &node_settings::tls, &tls_settings::key),
    key("cluster.name", text_rule{cluster_name}, &s::cluster, &cluster_settings::name),
    key("cluster.listen", address_rule{}, &s::cluster, &cluster_settings::listen),
    key("cluster.advertise", text_rule{optional_dialled_address}, &s::cluster, &cluster_settings::advertise),
    key("cluster.seeds", text_list_rule{dialled_address}, &s::cluster, &cluster_settings::seeds),
    key("cluster.secret", secret_list_rule{}, &s::cluster, &cluster_settings::secrets),
    key("cluster.allowed_names", text_list_rule{name_pattern}, &s::cluster, &cluster_settings::allowed_names),
    key("cluster.probe_interval", duration_rule{100ms, 1min}, &s::cluster, &cluster_settings::probe_interval),
    key("cluster.probe_timeout", duration_rule{10ms, 1min}, &s::cluster, &cluster_settings::probe_timeout),
    key("cluster.suspicion_mult", number_rule{1, 100}, &s::cluster, &cluster_settings::suspicion_mult),
    key("cluster.subscribe_ack", text_rule{one_of({"cluster", "local"})}, &s::cluster, &cluster_settings::subscribe_ack),
    key("cluster.subscribe_ack_timeout", duration_rule{1ms, 10s}, &s::cluster, &cluster_settings::subscribe_ack_timeout),
    key("cluster.interest_linger", duration_rule{0ms, 1h}, &s::cluster, &cluster_settings::interest_linger),
    key("cluster.leave_debounce", duration_rule{0ms, 1min}, &s::cluster, &cluster_settings::leave_debounce),
    key("cluster.moving_grace", duration_rule{0ms, 5min}, &s::cluster, &cluster_settings::moving_grace),
    key("cluster.peer_queue", queue, &s::cluster, &cluster_settings::peer_queue),
    key("cluster.queues_total", size_rule{1u << 20, std::uint64_t{1} << 36}, &s::cluster, &cluster_settings::queues_total),
    key("cluster.peer_window", queue, &s::cluster, &cluster_settings::peer_window),
    key("cluster.query_timeout", duration_rule{1ms, 5s}, &s::cluster, &cluster_settings::query_timeout),
    key("cluster.tls.certificate", text_rule{}, &s::cluster, &cluster_settings::tls, &tls_settings::certificate),
    key("cluster.tls.key", text_rule{}, &s::cluster, &cluster_settings::tls, &tls_settings::key),
    key("cluster.tls.ca", text_rule{}, &s::cluster, &cluster_settings::tls, &tls_settings::ca),
    key("auth.app", text_rule{}, &s::auth, &auth_settings::app),
    key("auth.jwt_algorithm", text_rule{one_of({"HS256", "RS256", "ES256"})}, &s::auth, &auth_settings::jwt_algorithm),
    key("auth.jwt_secret", text_rule{}, &s::auth, &auth_settings::jwt_secret),
    key("auth.jwt_public_key_file", text_rule{}, &s::auth, &auth_settings::jwt_public_key_file),
    key("auth.issuer", text_rule{}, &s::auth, &auth_settings::issuer),
    key("auth.audience", text_rule{}, &s::auth, &auth_settings::audience),
    key("auth.user_id_claim", text_rule{some_text}, &s::auth, &auth_settings::user_id_claim),
    key("auth.user_info_claims", text_list_rule{}, &s::auth, &auth_settings::user_info_claims),
    key("broadcast.driver", text_rule{one_of_or_empty(drivers)}, &s::broadcast, &broadcast_settings::driver),
    key("broadcast.url", text_rule{}, &s::broadcast, &broadcast_settings::url),
    key("broadcast.encryption_master_key", text_rule{}, &s::broadcast, &broadcast_settings::encryption_master_key),
  };
  // clang-format on
}

std::vector<field<settings>> limit_fields() {
  using s = settings;
  using limits = limit_settings;
  constexpr size_rule bytes{1, std::uint64_t{1} << 30};
  constexpr number_rule some{1, 1'000'000'000};
  constexpr number_rule any{0, 1'000'000'000};
  constexpr duration_rule wait{1ms, 24h};
  // clang-format off
  return {
    key("limits.event_data", bytes, &s::limits, &limits::event_data),
    key("limits.event_name", number_rule{1, 10'000}, &s::limits, &limits::event_name),
    key("limits.channel_name", number_rule{1, 10'000}, &s::limits, &limits::channel_name),
    key("limits.request_header", size_rule{1u << 10, 1u << 20}, &s::limits, &limits::request_header),
    key("limits.request_body", bytes, &s::limits, &limits::request_body),
    key("limits.message", bytes, &s::limits, &limits::message),
    key("limits.outbox", bytes, &s::limits, &limits::outbox),
    key("limits.json_depth", number_rule{2, 512}, &s::limits, &limits::json_depth),
    key("limits.connections", any, &s::limits, &limits::connections),
    key("limits.subscriptions_per_connection", some, &s::limits, &limits::subscriptions_per_connection),
    key("limits.client_events_per_second", some, &s::limits, &limits::client_events_per_second),
    key("limits.channels_per_event", some, &s::limits, &limits::channels_per_event),
    key("limits.batch_events", some, &s::limits, &limits::batch_events),
    key("limits.presence_members", some, &s::limits, &limits::presence_members),
    key("limits.presence_user_info", bytes, &s::limits, &limits::presence_user_info),
    key("limits.presence_user_id", some, &s::limits, &limits::presence_user_id),
    key("limits.handshake_timeout", wait, &s::limits, &limits::handshake_timeout),
    key("limits.keep_alive_timeout", wait, &s::limits, &limits::keep_alive_timeout),
    key("limits.close_timeout", wait, &s::limits, &limits::close_timeout),
    key("limits.activity_timeout", duration_rule{1s, 24h}, &s::limits, &limits::activity_timeout),
    key("limits.pong_timeout", wait, &s::limits, &limits::pong_timeout),
    key("limits.cache_ttl", wait, &s::limits, &limits::cache_ttl),
    key("limits.drain_timeout", duration_rule{0ms, 24h}, &s::limits, &limits::drain_timeout),
    key("log.level", text_rule{one_of({"trace", "debug", "info", "warn", "error", "off"})}, &s::log, &log_settings::level),
    key("log.format", text_rule{one_of({"text", "json"})}, &s::log, &log_settings::format),
  };
  // clang-format on
}

std::vector<std::string> driver_names(const std::vector<driver_section>& drivers) {
  std::vector<std::string> names;
  names.reserve(drivers.size());
  for (const auto& one : drivers)
    names.push_back(one.name);
  return names;
}

}  // namespace

std::vector<field<settings>> setting_fields(const std::vector<driver_section>& drivers) {
  // In the order of the example file: of two names that are equally near a misspelt one, the first
  // is suggested.
  auto fields = node_fields(driver_names(drivers));
  const auto append = [&fields](const std::vector<field<settings>>& more) {
    fields.insert(fields.end(), more.begin(), more.end());
  };
  for (const auto& one : drivers)
    append(one.fields);
  append(limit_fields());
  return fields;
}

const std::vector<field<app_settings>>& app_fields() {
  using app = app_settings;
  static const std::vector<field<app>> fields{
      key("id", text_rule{identifier}, &app::id),
      key("key", text_rule{identifier}, &app::key),
      key("secret", text_rule{some_text}, &app::secret),
      key("enabled", boolean_rule{}, &app::enabled),
      key("client_events", boolean_rule{}, &app::client_events),
      key("subscription_count", boolean_rule{}, &app::subscription_count),
      key("watchlist", boolean_rule{}, &app::watchlist),
      key("allowed_origins", text_list_rule{}, &app::allowed_origins),
      key("max_connections", number_rule{0, 1'000'000'000}, &app::max_connections),
  };
  return fields;
}

const std::vector<field<webhook_settings>>& webhook_fields() {
  using webhook = webhook_settings;
  const text_list_rule events{
      one_of({"channel_occupied", "channel_vacated", "member_added", "member_removed",
              "client_event", "cache_miss", "subscription_count"})};
  static const std::vector<field<webhook>> fields{
      key("url", text_rule{http_url}, &webhook::url),
      key("events", events, &webhook::events),
      key("channels", text_list_rule{}, &webhook::channels),
      key("headers", header_fields_rule{}, &webhook::headers),
  };
  return fields;
}

const std::vector<field<channel_rule_settings>>& channel_rule_fields() {
  using rule = channel_rule_settings;
  const text_rule allow{one_of({"anyone", "authenticated", "nobody"})};
  static const std::vector<field<rule>> fields{
      key("pattern", text_rule{channel_pattern}, &rule::pattern),
      key("claims", claim_sets_rule{}, &rule::claims),
      key("authorize_url", text_rule{http_url}, &rule::authorize_url),
      key("allow", allow, &rule::allow),
  };
  return fields;
}

std::vector<field<bridge_settings>> bridge_fields(const std::vector<driver_section>& drivers) {
  using bridge = bridge_settings;
  return {
      key("driver", text_rule{one_of(driver_names(drivers))}, &bridge::driver),
      key("direction", text_rule{one_of({"in", "out", "both"})}, &bridge::direction),
      key("app", text_rule{}, &bridge::app),
      key("channels", text_list_rule{}, &bridge::channels),
      key("mode", text_rule{one_of({"local", "leader"})}, &bridge::mode),
      key("queue", size_rule{1u << 10, std::uint64_t{1} << 40}, &bridge::queue_bytes),
  };
}

}  // namespace grapevine::config
