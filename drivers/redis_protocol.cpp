#include "drivers/redis_protocol.hpp"

#include <hiredis/hiredis.h>
#include <hiredis/read.h>

#include <new>
#include <utility>

namespace grapevine::drivers {

namespace {

// The reader's table of functions differs between the two that this was seen with: 0.14.1, which
// Debian 12 has, and 1.2 (Debian 13) to 1.4.
static_assert(
    (HIREDIS_MAJOR == 0 && HIREDIS_MINOR == 14) || HIREDIS_MAJOR == 1,
    "look at redisReplyObjectFunctions in hiredis/read.h before allowing another hiredis");
#if HIREDIS_MAJOR >= 1
using element_count = std::size_t;
#else
using element_count = int;
#endif

constexpr element_count elements_max = 65'536;

// hiredis calls these from C: they answer null where they would throw, which it reports as lack of
// memory.

/// Where an object of the reader goes: into its place in the array around it, or into one of its
/// own.
redis_reply* place_of(const redisReadTask* task) noexcept {
  if (!task->parent)
    return new (std::nothrow) redis_reply;
  return &static_cast<redis_reply*>(task->parent->obj)->items[static_cast<std::size_t>(task->idx)];
}

void* create_string(const redisReadTask* task, char* bytes, std::size_t size) noexcept {
  auto* into = place_of(task);
  if (!into)
    return nullptr;
  try {
    into->text.assign(bytes, size);
  } catch (const std::bad_alloc&) {
    if (!task->parent)
      delete into;
    return nullptr;
  }
  into->what = task->type == REDIS_REPLY_ERROR    ? redis_reply::kind::error
               : task->type == REDIS_REPLY_STATUS ? redis_reply::kind::status
                                                  : redis_reply::kind::text;
  return into;
}

void* create_array(const redisReadTask* task, element_count elements) noexcept {
  if (elements > elements_max)
    return nullptr;
  auto* into = place_of(task);
  if (!into)
    return nullptr;
  try {
    into->items.resize(static_cast<std::size_t>(elements));
  } catch (const std::bad_alloc&) {
    if (!task->parent)
      delete into;
    return nullptr;
  }
  into->what = redis_reply::kind::array;
  return into;
}

void* create_integer(const redisReadTask* task, long long value) noexcept {
  auto* into = place_of(task);
  if (!into)
    return nullptr;
  into->what = redis_reply::kind::integer;
  into->integer = value;
  return into;
}

void* create_nil(const redisReadTask* task) noexcept {
  return place_of(task);
}

void free_object(void* object) noexcept {
  delete static_cast<redis_reply*>(object);
}

#if HIREDIS_MAJOR >= 1
// Of RESP 3, which nobody has asked for. Without functions the reader would make pointers of them.
void* refuse_double(const redisReadTask*, double, char*, std::size_t) noexcept {
  return nullptr;
}

void* refuse_bool(const redisReadTask*, int) noexcept {
  return nullptr;
}

redisReplyObjectFunctions functions{create_string, create_array, create_integer, refuse_double,
                                    create_nil,    refuse_bool,  free_object};
#else
redisReplyObjectFunctions functions{create_string, create_array, create_integer, create_nil,
                                    free_object};
#endif

}  // namespace

std::string redis_command(const std::vector<std::string_view>& arguments) {
  std::vector<const char*> starts;
  std::vector<std::size_t> sizes;
  for (const auto& each : arguments) {
    starts.push_back(each.data());
    sizes.push_back(each.size());
  }
  char* text = nullptr;
  const auto size =
      redisFormatCommandArgv(&text, static_cast<int>(starts.size()), starts.data(), sizes.data());
  if (size < 0)
    throw std::bad_alloc{};
  const std::unique_ptr<char, void (*)(char*)> owner{text, redisFreeCommand};
  return {text, static_cast<std::size_t>(size)};
}

void redis_parser::freed::operator()(redisReader* reader) const noexcept {
  redisReaderFree(reader);
}

redis_parser::redis_parser(std::size_t reply_bytes_max)
    : reader_{redisReaderCreateWithFunctions(&functions)}, reply_bytes_max_{reply_bytes_max} {
  if (!reader_)
    throw std::bad_alloc{};
}

redis_parser::~redis_parser() = default;

void redis_parser::feed(std::string_view bytes) {
  if (!fault_.empty())
    return;
  if (redisReaderFeed(reader_.get(), bytes.data(), bytes.size()) != REDIS_OK)
    fault_ = reader_->errstr;
}

std::optional<redis_reply> redis_parser::next() {
  if (!fault_.empty())
    return std::nullopt;
  void* object = nullptr;
  if (redisReaderGetReply(reader_.get(), &object) != REDIS_OK) {
    fault_ = reader_->err == REDIS_ERR_OOM ? "it sent a reply with too many elements"
                                           : "it does not speak Redis' protocol";
    return std::nullopt;
  }
  if (!object) {
    if (reader_->len - reader_->pos > reply_bytes_max_)
      fault_ = "it sent a reply of more than " + std::to_string(reply_bytes_max_) + " bytes";
    return std::nullopt;
  }
  const std::unique_ptr<redis_reply> owner{static_cast<redis_reply*>(object)};
  return std::move(*owner);
}

}  // namespace grapevine::drivers
