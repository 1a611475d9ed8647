#include "redis_server.hpp"

#include "drivers/redis_driver.hpp"

#include <hiredis/hiredis.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <thread>

namespace grapevine::test {

namespace {

std::uint16_t free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ::bind(socket, reinterpret_cast<sockaddr*>(&address), size);
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(socket);
  return ntohs(address.sin_port);
}

std::string text_of(const redisReply& reply) {
  if (reply.type == REDIS_REPLY_INTEGER)
    return std::to_string(reply.integer);
  if (reply.type != REDIS_REPLY_ARRAY)
    return reply.str ? std::string{reply.str, reply.len} : std::string{};
  std::string result;
  for (std::size_t i = 0; i < reply.elements; ++i)
    result += (i == 0 ? "" : " ") + text_of(*reply.element[i]);
  return result;
}

}  // namespace

redis_server::redis_server(std::vector<std::string> options)
    : options_{std::move(options)}, port_{free_port()} {
  run();
}

redis_server::~redis_server() {
  redis_server::go_away();
}

void redis_server::describe(config::section_values& sections) const {
  sections.edit<drivers::redis_settings>().url = url();
}

std::string redis_server::url() const {
  return "redis://127.0.0.1:" + std::to_string(port_) + "/0";
}

void redis_server::run() {
  std::vector<std::string> words{
      "redis-server", "--port", std::to_string(port_), "--bind", "127.0.0.1",
      "--save",       "",       "--appendonly",        "no",     "--dir",
      "/tmp"};
  words.insert(words.end(), options_.begin(), options_.end());
  std::vector<char*> arguments;
  for (auto& word : words)
    arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  const int failed =
      ::posix_spawnp(&process_, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed)
    throw std::runtime_error{"cannot run redis-server"};
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{10};
  while (!answers()) {
    if (std::chrono::steady_clock::now() > end)
      throw std::runtime_error{"redis-server does not answer"};
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
}

bool redis_server::answers() {
  const std::unique_ptr<redisContext, void (*)(redisContext*)> to{redisConnect("127.0.0.1", port_),
                                                                  redisFree};
  if (!to || to->err)
    return false;
  const std::unique_ptr<void, void (*)(void*)> reply{redisCommand(to.get(), "PING"),
                                                     freeReplyObject};
  return reply != nullptr;
}

void redis_server::go_away() {
  if (process_ < 0)
    return;
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
  process_ = -1;
}

void redis_server::come_back() {
  run();
}

void redis_server::pause() {
  ::kill(process_, SIGSTOP);
}

void redis_server::resume() {
  ::kill(process_, SIGCONT);
}

std::string redis_server::command(const std::vector<std::string>& arguments) {
  const std::unique_ptr<redisContext, void (*)(redisContext*)> to{redisConnect("127.0.0.1", port_),
                                                                  redisFree};
  if (!to || to->err)
    throw std::runtime_error{"cannot reach redis-server"};
  std::vector<const char*> starts;
  std::vector<std::size_t> sizes;
  for (const auto& each : arguments) {
    starts.push_back(each.data());
    sizes.push_back(each.size());
  }
  const std::unique_ptr<void, void (*)(void*)> reply{
      redisCommandArgv(to.get(), static_cast<int>(starts.size()), starts.data(), sizes.data()),
      freeReplyObject};
  if (!reply)
    throw std::runtime_error{"redis-server gives no reply"};
  return text_of(*static_cast<redisReply*>(reply.get()));
}

std::size_t redis_server::accepted() {
  const auto info = command({"INFO", "commandstats"});
  const std::string key = "cmdstat_publish:calls=";
  const auto at = info.find(key);
  return at == std::string::npos ? 0 : std::stoul(info.substr(at + key.size()));
}

}  // namespace grapevine::test
