#define CAF_SUITE cluster.certificate_names

#include "cluster/links/certificate_names.hpp"

#include "caf/test/dsl.hpp"

using namespace grapevine::cluster;

CAF_TEST(a certificate vouches for the node that it names) {
  CAF_CHECK(certifies({"n1"}, "n1", {}));
  CAF_CHECK(certifies({"other", "n1"}, "n1", {}));
  CAF_CHECK(!certifies({"n2"}, "n1", {}));
  CAF_CHECK(!certifies({}, "n1", {}));
}

CAF_TEST(a name that is allowed vouches for every node) {
  CAF_CHECK(certifies({"nodes.example.com"}, "n1", {"nodes.example.com"}));
  CAF_CHECK(certifies({"a.nodes.example.com"}, "n1", {"*.nodes.example.com"}));
  CAF_CHECK(!certifies({"a.b.nodes.example.com"}, "n1", {"*.nodes.example.com"}));
  CAF_CHECK(!certifies({".nodes.example.com"}, "n1", {"*.nodes.example.com"}));
  CAF_CHECK(!certifies({"nodes.example.com"}, "n1", {"*.nodes.example.com"}));
}
