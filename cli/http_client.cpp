#include "cli/http_client.hpp"

#include "cli/byte_stream.hpp"
#include "cli/version.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <utility>

namespace grapevine::cli {

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;

constexpr std::uint64_t answer_max = 64u << 20;

using wire_request = http::request<http::string_body>;
using result = std::variant<server_answer, no_answer>;

wire_request to_wire(const url& server, const server_request& request) {
  wire_request wire{request.body ? http::verb::post : http::verb::get,
                    server.prefix + request.target, 11};
  wire.set(http::field::host, base::to_string(server.server));
  wire.set(http::field::user_agent, "grapevine/" + std::string{version});
  wire.set(http::field::accept, "application/json");
  wire.keep_alive(false);
  if (request.body) {
    wire.set(http::field::content_type, "application/json");
    wire.body() = *request.body;
  }
  wire.prepare_payload();
  return wire;
}

asio::awaitable<result> converse(const url& server, const wire_request& request) {
  byte_stream stream{co_await asio::this_coro::executor};
  if (std::string failure = co_await stream.connect(server); !failure.empty())
    co_return no_answer{std::move(failure)};
  stream.expires_after(step_timeout);
  auto [write_error, written] = co_await http::async_write(stream, request, outcome);
  if (write_error)
    co_return no_answer{"cannot send to " + base::to_string(server.server) + ": "
                        + reason_of(write_error)};
  http::response_parser<http::string_body> parser;
  parser.body_limit(answer_max);
  boost::beast::flat_buffer buffer;
  stream.expires_after(step_timeout);
  auto [read_error, size] = co_await http::async_read(stream, buffer, parser, outcome);
  if (read_error)
    co_return no_answer{"no usable answer from " + base::to_string(server.server) + ": "
                        + reason_of(read_error)};
  co_return server_answer{parser.get().result_int(), std::move(parser.get().body())};
}

}  // namespace

std::variant<server_answer, no_answer> exchange(const url& server, const server_request& request) {
  asio::io_context loop{1};
  result answer = no_answer{"no answer from " + base::to_string(server.server)};
  const wire_request wire = to_wire(server, request);
  asio::co_spawn(
      loop, [&]() -> asio::awaitable<void> { answer = co_await converse(server, wire); },
      asio::detached);
  loop.run();
  return answer;
}

}  // namespace grapevine::cli
