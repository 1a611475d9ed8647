#include "cluster/membership/rumour_queue.hpp"

#include <algorithm>
#include <cmath>

namespace grapevine::cluster {

unsigned retransmit_limit(unsigned mult, std::size_t members) noexcept {
  return mult * static_cast<unsigned>(std::ceil(std::log10(static_cast<double>(members) + 1.0)));
}

void rumour_queue::push(const rumour& news) {
  std::size_t accusations = 0;
  for (const auto& [known, told] : items_) {
    if (known.name != news.name)
      continue;
    if (overrides(known, news.epoch, news.incarnation, news.state) || known == news)
      return;
    if (!overrides(news, known.epoch, known.incarnation, known.state)
        && ++accusations == accusations_max)
      return;
  }
  std::erase_if(items_, [&](const item& known) {
    const auto& about = known.content;
    if (about.name != news.name)
      return false;
    const bool confirms = news.state == member_state::suspect && about.from != news.from;
    return overrides(news, about.epoch, about.incarnation, about.state) || !confirms;
  });
  items_.insert(items_.begin(), item{news});
}

std::vector<rumour> rumour_queue::take(std::size_t count, unsigned limit) {
  std::vector<rumour> taken;
  for (std::size_t i = 0; i < std::min(count, items_.size()); ++i) {
    taken.push_back(items_[i].content);
    ++items_[i].told;
  }
  std::erase_if(items_, [&](const item& each) { return each.told >= limit; });
  std::ranges::stable_sort(items_, {}, &item::told);
  return taken;
}

void rumour_queue::forget(std::string_view name) {
  std::erase_if(items_, [&](const item& each) { return each.content.name == name; });
}

}  // namespace grapevine::cluster
