#include "cli/listen_session.hpp"

#include "base/percent.hpp"
#include "cli/exit_status.hpp"
#include "cli/version.hpp"
#include "cli/websocket_client.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <csignal>
#include <memory>
#include <ostream>
#include <random>
#include <utility>

namespace grapevine::cli {

namespace {

using clock = std::chrono::steady_clock;

class listen_session {
public:
  listen_session(const url& server, const listen_options& options, console io)
      : io_{io}, server_{server}, target_{target_for(options.key)}, client_{options,
                                                                            std::random_device{}(),
                                                                            clock::now()} {}

  int run() {
    wait_for_signal();
    perform(client_.start());
    loop_.run();
    return status_;
  }

private:
  static std::string target_for(const std::string& key) {
    return "/app/" + base::percent_encode(key)
           + "?protocol=7&client=grapevine&version=" + std::string{version};
  }

  void wait_for_signal() {
    signals_.async_wait([this](boost::system::error_code error, int) {
      if (error)
        return;
      wait_for_signal();
      perform(client_.on_stop(clock::now()));
    });
  }

  void perform(const listen_effects& effects) {
    for (const listen_effect& effect : effects)
      std::visit([this](const auto& step) { perform(step); }, effect);
    set_timer();
  }

  void set_timer() {
    const auto due = client_.deadline();
    if (!due) {
      timer_.cancel();
      return;
    }
    timer_.expires_at(*due);
    timer_.async_wait([this](boost::system::error_code error) {
      if (!error)
        perform(client_.on_timer(clock::now()));
    });
  }

  void perform(const open_connection&) {
    connection_ = std::make_unique<websocket_client>(
        loop_, server_, target_, [this](const websocket_event& event) { on_event(event); });
  }
  void perform(const send_text& step) {
    connection_->send(step.text);
  }
  void perform(const print_line& step) {
    io_.out << step.line << std::endl;
    if (!io_.out)
      perform(finish{exit_failed, "cannot write to standard output"});
  }
  void perform(const print_note& step) {
    io_.err << "grapevine: " << step.note << std::endl;
  }
  void perform(const close_connection& step) {
    connection_->close(step.code);
  }
  void perform(const drop_connection&) {
    connection_.reset();
  }
  void perform(const finish& step) {
    if (!step.message.empty())
      perform(print_note{step.message});
    status_ = step.status;
    loop_.stop();
  }

  void on_event(const websocket_event& event) {
    std::visit([this](const auto& what) { perform(react(what)); }, event);
  }
  listen_effects react(const websocket_opened&) {
    return client_.on_open(clock::now());
  }
  listen_effects react(const websocket_text& what) {
    return client_.on_text(what.text, clock::now());
  }
  listen_effects react(const websocket_refused& what) {
    return client_.on_refused(what.status, clock::now());
  }
  listen_effects react(const websocket_closed& what) {
    return client_.on_closed(what.code, what.reason, clock::now());
  }

  console io_;
  url server_;
  std::string target_;
  listen_client client_;
  boost::asio::io_context loop_{1};
  boost::asio::signal_set signals_{loop_, SIGINT, SIGTERM};
  boost::asio::steady_timer timer_{loop_};
  std::unique_ptr<websocket_client> connection_;
  int status_ = exit_failed;
};

}  // namespace

int listen(const url& server, const listen_options& options, console io) {
  return listen_session{server, options, io}.run();
}

}  // namespace grapevine::cli
