#pragma once

#include "config/draft.hpp"

#include <string>

namespace grapevine::config {

/// One bridge, for its driver's check: what the bridge and the section say, and a place for what is
/// wrong. Keys are named as inside of the section.
class bridge_check {
public:
  bridge_check(const located<bridge_settings>& bridge, const driver_section& driver, draft& into)
      : bridge_(bridge), driver_(driver), into_(into) {}

  const bridge_settings& bridge() const {
    return bridge_.content;
  }
  template <class Section>
  const Section& section() const {
    return into_.merged.sections.get<Section>();
  }
  /// Everything else.
  const settings& all() const {
    return into_.merged;
  }

  /// Complains when `text`, which `key` holds, is empty; not again of one that was wrong.
  void require(const std::string& key, const std::string& text);
  /// Complains of the bridge: the message goes on after "the bridge to x".
  void complain(const fault&);
  /// Complains of a key of the section, where it was set.
  void complain(const std::string& key, const fault&);

private:
  const located<bridge_settings>& bridge_;
  const driver_section& driver_;
  draft& into_;
};

}  // namespace grapevine::config
