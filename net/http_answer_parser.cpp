#include "net/http_answer_parser.hpp"

#include "base/ascii.hpp"
#include "net/link.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <algorithm>
#include <utility>

namespace http = boost::beast::http;

namespace grapevine::net {

namespace {

using parser = http::response_parser<http::string_body>;

constexpr std::uint32_t header_bytes_max = 32u << 10;

request_failure failure_of(const boost::system::error_code& ec) {
  if (ec == http::error::body_limit)
    return {request_failure::kind::too_large, "the answer is too large"};
  if (ec == http::error::header_limit)
    return {request_failure::kind::too_large, "the answer's header is too large"};
  return {request_failure::kind::broken, "the answer is not HTTP: " + ec.message()};
}

incoming_answer answer_of(parser& from) {
  auto message = from.release();
  incoming_answer answer;
  answer.status = message.result_int();
  for (const auto& field : message) {
    std::string name{field.name_string()};
    std::transform(name.begin(), name.end(), name.begin(), base::ascii_lower);
    answer.headers.emplace_back(std::move(name), std::string{field.value()});
  }
  answer.body = std::move(message.body());
  return answer;
}

}  // namespace

struct http_answer_parser::impl {
  explicit impl(std::size_t max) : body_bytes_max{max} {
    renew();
  }
  void renew() {
    current.emplace();
    current->eager(true);
    current->header_limit(header_bytes_max);
    current->body_limit(body_bytes_max);
  }

  std::size_t body_bytes_max;
  std::optional<parser> current;
  std::string unread;  ///< the start of a header that is not whole yet
  bool begun = false;
  bool reusable = false;
};

http_answer_parser::http_answer_parser(std::size_t body_bytes_max)
    : impl_{std::make_unique<impl>(body_bytes_max)} {}
http_answer_parser::~http_answer_parser() = default;
http_answer_parser::http_answer_parser(http_answer_parser&&) noexcept = default;
http_answer_parser& http_answer_parser::operator=(http_answer_parser&&) noexcept = default;

std::optional<request_result> http_answer_parser::feed(std::string_view bytes) {
  auto& self = *impl_;
  self.begun |= !bytes.empty();
  self.unread += bytes;
  std::string_view rest = self.unread;
  while (!rest.empty()) {
    boost::system::error_code ec;
    const auto used = self.current->put(boost::asio::buffer(rest.data(), rest.size()), ec);
    rest.remove_prefix(used);
    if (ec == http::error::need_more)
      break;
    if (ec)
      return failure_of(ec);
    if (!self.current->is_done())
      continue;
    const auto status = self.current->get().result_int();
    if (status >= 100 && status < 200) {
      self.renew();
      continue;
    }
    self.reusable = self.current->keep_alive() && rest.empty();
    self.unread.clear();
    return answer_of(*self.current);
  }
  self.unread.erase(0, self.unread.size() - rest.size());
  return std::nullopt;
}

request_result http_answer_parser::finish(std::string_view why) {
  auto& self = *impl_;
  // What was cut off may have had more to come.
  if (why == closed_by_peer && self.begun && self.current->is_header_done()) {
    boost::system::error_code ec;
    self.current->put_eof(ec);
    if (!ec)
      return answer_of(*self.current);
  }
  return request_failure{request_failure::kind::broken,
                         self.begun
                             ? "the answer ends in its middle"
                             : "the connection ended without an answer: " + std::string{why}};
}

bool http_answer_parser::begun() const noexcept {
  return impl_->begun;
}

bool http_answer_parser::reusable() const noexcept {
  return impl_->reusable;
}

}  // namespace grapevine::net
