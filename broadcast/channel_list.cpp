#include <grapevine/channel_list.hpp>

namespace grapevine {
inline namespace v1 {

channel_name public_channel(std::string_view name) {
  return name;
}

channel_name private_channel(std::string_view name) {
  return std::string{"private-"}.append(name);
}

channel_name presence_channel(std::string_view name) {
  return std::string{"presence-"}.append(name);
}

}  // namespace v1
}  // namespace grapevine
