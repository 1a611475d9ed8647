#include "protocol/interned_name.hpp"

namespace grapevine::protocol {

interned_name::interned_name(entry* e) noexcept : entry_{e} {
  if (entry_)
    ++entry_->references;
}

interned_name::interned_name(const interned_name& other) noexcept : interned_name{other.entry_} {}

interned_name::~interned_name() {
  if (entry_ && --entry_->references == 0)
    entry_->pool->release(entry_);
}

const std::string& interned_name::text() const noexcept {
  return entry_->text;
}

channel_type interned_name::type() const noexcept {
  return entry_->type;
}

interned_name name_pool::intern(std::string_view text) {
  if (auto known = entries_.find(text); known != entries_.end())
    return interned_name{*known};
  auto* made = new interned_name::entry{std::string{text}, classify(text), 0, this};
  entries_.insert(made);
  return interned_name{made};
}

interned_name name_pool::find(std::string_view text) const noexcept {
  auto known = entries_.find(text);
  return known == entries_.end() ? interned_name{} : interned_name{*known};
}

void name_pool::release(interned_name::entry* e) noexcept {
  entries_.erase(e);
  delete e;
}

}  // namespace grapevine::protocol
