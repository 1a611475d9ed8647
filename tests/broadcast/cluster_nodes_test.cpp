#define CAF_SUITE broadcast.cluster_nodes

#include "broadcast/cluster_nodes.hpp"

#include "caf/test/dsl.hpp"

using namespace grapevine::broadcasting;

namespace {

std::string read(std::string_view text) {
  const auto url = parse_node_url(text);
  return url ? to_string(*url) : "no";
}

using places = std::vector<std::size_t>;

}  // namespace

CAF_TEST(a node is named by its URL) {
  CAF_CHECK_EQUAL(read("http://127.0.0.1:8000"), "http://127.0.0.1:8000");
  CAF_CHECK_EQUAL(read("https://node.example.com"), "https://node.example.com:443");
  CAF_CHECK_EQUAL(read("http://node"), "http://node:80");
  CAF_CHECK_EQUAL(read("http://[::1]:8000/"), "http://[::1]:8000");
  CAF_CHECK_EQUAL(read("http://[::1]"), "http://[::1]:80");
  CAF_CHECK_EQUAL(read("http://node:1/a/b//"), "http://node:1/a/b");
}

CAF_TEST(what is no such URL is refused) {
  for (auto wrong :
       {"", "node:8000", "ws://node", "http://", "http://:80", "http://node:", "http://node:0",
        "http://node:99999", "http://user@node", "http://node/?a=b", "http://node/#x",
        "http://no de", "http://node/a b", "http://[::1", "http:///x"})
    CAF_CHECK_EQUAL(read(wrong), "no");
}

CAF_TEST(a list has its nodes between commas) {
  std::string error;
  const auto nodes = cluster_nodes::parse(" http://a:1 ,http://b:2,", error);
  CAF_CHECK_EQUAL(error, "");
  CAF_REQUIRE_EQUAL(nodes.size(), 2u);
  CAF_CHECK_EQUAL(nodes[1].host, "b");
  CAF_CHECK(cluster_nodes::parse("http://a:1,b", error).empty());
  CAF_CHECK(error.starts_with("url: a node is"));
  error.clear();
  CAF_CHECK(cluster_nodes::parse(" , ", error).empty());
  CAF_CHECK_EQUAL(error, "url: no node is named");
}

CAF_TEST(the node that answered last is tried first) {
  std::string error;
  auto nodes = cluster_nodes::parse("http://a,http://b,http://c", error);
  CAF_CHECK((nodes.order() == places{0, 1, 2}));
  nodes.answered(1);
  CAF_CHECK((nodes.order() == places{1, 2, 0}));
}
