#pragma once

#include <string>

namespace grapevine::test {

/// A fresh self-signed certificate for localhost and its key, as PEM files that go with it.
class temporary_certificate {
public:
  temporary_certificate();
  ~temporary_certificate();
  temporary_certificate(const temporary_certificate&) = delete;
  temporary_certificate& operator=(const temporary_certificate&) = delete;

  const std::string& certificate() const noexcept {
    return certificate_;
  }
  const std::string& key() const noexcept {
    return key_;
  }

private:
  std::string directory_;
  std::string certificate_;
  std::string key_;
};

}  // namespace grapevine::test
