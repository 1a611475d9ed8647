#define CAF_SUITE config.suggestion

#include "config/suggestion.hpp"

#include "caf/test/dsl.hpp"

using namespace grapevine::config;

CAF_TEST(the edit distance counts insertions and deletions and replacements) {
  CAF_CHECK_EQUAL(edit_distance("", ""), 0u);
  CAF_CHECK_EQUAL(edit_distance("", "abc"), 3u);
  CAF_CHECK_EQUAL(edit_distance("abc", ""), 3u);
  CAF_CHECK_EQUAL(edit_distance("listen", "listen"), 0u);
  CAF_CHECK_EQUAL(edit_distance("listn", "listen"), 1u);
  CAF_CHECK_EQUAL(edit_distance("kitten", "sitting"), 3u);
  CAF_CHECK_EQUAL(edit_distance("sitting", "kitten"), 3u);
}

CAF_TEST(the nearest candidate is suggested) {
  CAF_CHECK_EQUAL(suggest("listn", {"name", "listen", "admin_listen"}), "listen");
  CAF_CHECK_EQUAL(suggest("pat", {"bat", "path"}), "bat");
}

CAF_TEST(a candidate that takes more than a third of the word is not suggested) {
  CAF_CHECK_EQUAL(suggest("cat", {"dog", "horse"}), "");
  CAF_CHECK_EQUAL(suggest("ab", {"xy"}), "");
  CAF_CHECK_EQUAL(suggest("", {"a"}), "");
}

CAF_TEST(a word that is the last part of a candidate suggests it) {
  CAF_CHECK_EQUAL(suggest("outbox", {"limits.message", "limits.outbox"}), "limits.outbox");
  CAF_CHECK_EQUAL(suggest("LISTEN", {"NODE_SHARDS", "NODE_LISTEN"}), "NODE_LISTEN");
  CAF_CHECK_EQUAL(suggest("box", {"limits.outbox"}), "");
}

CAF_TEST(an overlong word costs nothing) {
  CAF_CHECK_EQUAL(suggest(std::string(1'000'000, 'a'), {std::string(1'000'000, 'a')}), "");
}
