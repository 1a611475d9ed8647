#include "broadcast/class_name.hpp"

#include <grapevine/should_broadcast.hpp>

#include <cstdlib>
#include <cxxabi.h>
#include <memory>

namespace grapevine::broadcasting {

std::string unqualified(std::string_view readable) {
  // "::" inside of "<...>" and "(...)" belongs to arguments, and to the names of local classes.
  std::size_t begin = 0;
  int depth = 0;
  for (std::size_t i = 0; i + 1 < readable.size(); ++i) {
    const char c = readable[i];
    depth += c == '<' || c == '(' || c == '{' ? 1 : 0;
    depth -= c == '>' || c == ')' || c == '}' ? 1 : 0;
    if (depth == 0 && c == ':' && readable[i + 1] == ':')
      begin = i + 2;
  }
  return std::string{readable.substr(begin)};
}

}  // namespace grapevine::broadcasting

namespace grapevine {
inline namespace v1 {

std::string detail::class_name(const std::type_info& type) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> readable{
      abi::__cxa_demangle(type.name(), nullptr, nullptr, &status), &std::free};
  return broadcasting::unqualified(status == 0 ? readable.get() : type.name());
}

}  // namespace v1
}  // namespace grapevine
