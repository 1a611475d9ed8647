#pragma once

#include "other_side.hpp"

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace grapevine::test {

/// A real redis-server on a port of its own, without persistence.
class redis_server final : public other_side {
public:
  /// `options` are added to its command line.
  explicit redis_server(std::vector<std::string> options = {});
  ~redis_server() override;

  void describe(config::section_values&) const override;
  /// Kills the server.
  void go_away() override;
  /// Starts it again, empty.
  void come_back() override;
  std::size_t accepted() override;

  /// Stops it in its tracks, as a machine that hangs: its connections stay open.
  void pause();
  void resume();
  /// Runs a command and returns its reply as text: arrays joined by blanks.
  std::string command(const std::vector<std::string>& arguments);
  std::string url() const;

private:
  void run();
  bool answers();

  std::vector<std::string> options_;
  std::uint16_t port_ = 0;
  pid_t process_ = -1;
};

}  // namespace grapevine::test
