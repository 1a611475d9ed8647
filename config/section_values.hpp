#pragma once

#include <any>
#include <map>
#include <typeindex>

namespace grapevine::config {

/// The sections that others than this folder describe, each in the struct of the one who described
/// it; one section a struct.
class section_values {
public:
  /// As it was read, or set with `edit`; with its defaults otherwise.
  template <class Section>
  const Section& get() const {
    static const Section defaults{};
    const auto found = values_.find(typeid(Section));
    return found == values_.end() ? defaults : *std::any_cast<Section>(&found->second);
  }
  template <class Section>
  Section& edit() {
    return *std::any_cast<Section>(&values_.try_emplace(typeid(Section), Section{}).first->second);
  }

private:
  std::map<std::type_index, std::any> values_;
};

}  // namespace grapevine::config
