#include "net/http_parser.hpp"

#include "base/ascii.hpp"
#include "net/header_lines.hpp"
#include "net/request_rules.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <algorithm>
#include <exception>
#include <limits>
#include <optional>
#include <utility>

namespace http = boost::beast::http;

namespace grapevine::net {

namespace {

/// How much of a chunk's header or of the trailers may wait for its end. Beast throws past 64 KiB.
constexpr std::size_t chunk_header_max = 32u << 10;
/// A chunked body always ends with this many bytes, "0 CRLF CRLF", and Beast asserts that it sees
/// them together: waiting for so many keeps it from seeing less, and holds up nothing.
constexpr std::size_t last_chunk_min = 5;

http_fault to_fault(boost::system::error_code ec) {
  if (ec == http::error::header_limit)
    return {431, "request header too large"};
  if (ec == http::error::body_limit || ec == http::error::buffer_overflow)
    return {413, "request body too large"};
  if (ec == http::error::bad_version)
    return {505, "only HTTP/1.0 and HTTP/1.1 are supported"};
  return {400, "malformed request"};
}

}  // namespace

struct http_parser::impl {
  using parser_type = http::request_parser<http::string_body>;

  impl(std::size_t header_limit, std::size_t body_limit)
      : header_max{header_limit}, body_max{body_limit} {}

  void reset() {
    parser.reset();
    lines = {};
    request = {};
    now = state::need_more;
  }

  state fail(http_fault f) {
    fault = f;
    pending.clear();
    return now = state::fault;
  }

  // Parses the bytes and takes what was used off their front.
  state parse(std::string_view& bytes) {
    if (!parser) {
      if (auto s = parse_header(bytes); s != state::complete)
        return s;
      if (!parser->is_done() && is_http_1_1 && !request.header("expect").empty() && bytes.empty())
        return now = state::expects_continue;
    }
    return parse_body(bytes);
  }

  // `complete` when the header is there and the body comes next.
  state parse_header(std::string_view& bytes) {
    // RFC 9112, section 2.2: empty lines before a request are ignored.
    while (bytes.starts_with("\r\n"))
      bytes.remove_prefix(2);
    if (bytes.empty() || bytes == "\r")
      return state::need_more;
    if (!base::is_ascii_alnum(bytes.front()))
      return fail({400, "malformed request"});
    const auto outcome = lines.scan(bytes.substr(0, std::min(bytes.size(), header_max)));
    if (outcome == header_lines::outcome::malformed)
      return fail({400, "malformed request"});
    if (outcome == header_lines::outcome::incomplete)
      return bytes.size() >= header_max ? fail({431, "request header too large"})
                                        : state::need_more;
    return accept_header(bytes);
  }

  state accept_header(std::string_view& bytes) {
    parser.emplace();
    parser->header_limit(std::numeric_limits<std::uint32_t>::max());
    parser->body_limit(body_max);
    boost::system::error_code ec;
    parser->put(boost::asio::buffer(bytes.data(), lines.size()), ec);
    if (ec)
      return fail(to_fault(ec));
    if (!parser->is_header_done())
      return fail({400, "malformed request"});
    bytes.remove_prefix(lines.size());
    is_http_1_1 = parser->get().version() == 11;
    keep_alive = parser->keep_alive();
    return copy_header();
  }

  // Taken now, so that trailers, which Beast adds to the same fields, cannot pose as headers.
  state copy_header() {
    const auto& message = parser->get();
    request.method = std::string{message.method_string()};
    for (const auto& field : message) {
      std::string name{field.name_string()};
      std::transform(name.begin(), name.end(), name.begin(), base::ascii_lower);
      request.headers.emplace_back(std::move(name), std::string{field.value()});
    }
    if (!split_target({message.target().data(), message.target().size()}, request))
      return fail({400, "bad request target"});
    if (auto f = check_request_header(request, is_http_1_1); f.status != 0)
      return fail(f);
    return state::complete;
  }

  state parse_body(std::string_view& bytes) {
    while (!parser->is_done()) {
      const auto window = bytes.substr(0, std::min(bytes.size(), chunk_header_max));
      if (window.size() < (parser->chunked() ? last_chunk_min : 1))
        return now = state::need_more;
      boost::system::error_code ec;
      const auto used = parser->put(boost::asio::buffer(window.data(), window.size()), ec);
      bytes.remove_prefix(used);
      if (ec == http::error::need_more) {
        if (used == 0 && window.size() == chunk_header_max)
          return fail({400, "chunk header or trailers too large"});
        if (used == 0)
          return now = state::need_more;
      } else if (ec) {
        return fail(to_fault(ec));
      }
    }
    request.body = std::move(parser->get().body());
    return now = state::complete;
  }

  const std::size_t header_max;
  const std::size_t body_max;
  std::optional<parser_type> parser;  ///< from the end of the header on
  header_lines lines;
  std::string pending;  ///< bytes not used yet
  http_request request;
  http_fault fault;
  state now = state::need_more;
  bool is_http_1_1 = true;
  bool keep_alive = true;
};

http_parser::http_parser(std::size_t header_max, std::size_t body_max)
    : impl_{std::make_unique<impl>(header_max, body_max)} {}

http_parser::~http_parser() = default;

http_parser::state http_parser::feed(std::string_view bytes) {
  auto& self = *impl_;
  const bool direct = self.pending.empty();
  if (!direct)
    self.pending.append(bytes);
  std::string_view rest = direct ? bytes : std::string_view{self.pending};
  try {
    self.parse(rest);
  } catch (const std::exception&) {
    // Beast throws where a field outgrows its containers; the limits above should come first.
    return self.fail({400, "malformed request"});
  }
  if (self.now == state::fault)
    return self.now;
  if (direct)
    self.pending.assign(rest);
  else
    self.pending.erase(0, self.pending.size() - rest.size());
  return self.now;
}

http_parser::state http_parser::resume() {
  impl_->now = state::need_more;
  return impl_->now;
}

http_parser::state http_parser::next() {
  impl_->reset();
  return feed({});
}

http_request http_parser::take() {
  return std::move(impl_->request);
}

bool http_parser::keep_alive() const noexcept {
  return impl_->keep_alive;
}

bool http_parser::is_http_1_1() const noexcept {
  return impl_->is_http_1_1;
}

http_fault http_parser::fault() const noexcept {
  return impl_->fault;
}

bool http_parser::idle() const noexcept {
  return !impl_->parser && impl_->pending.empty();
}

std::string http_parser::take_leftover() noexcept {
  return std::exchange(impl_->pending, {});
}

}  // namespace grapevine::net
