#define CAF_SUITE cluster.wire

#include "cluster/wire/wire.hpp"

#include "caf/test/dsl.hpp"

#include <limits>

using namespace grapevine::cluster;
using namespace std::literals;

namespace {

std::string varint(std::uint64_t value) {
  std::string out;
  wire_writer{out}.varint(value);
  return out;
}

template <class Unsigned>
bool reads_as(std::string_view bytes, Unsigned expected) {
  wire_reader reader{bytes};
  Unsigned value{};
  reader.varint(value);
  return reader.done() && value == expected;
}

}  // namespace

CAF_TEST(fixed integers are little endian) {
  std::string out;
  wire_writer{out}.u64(0x0102030405060708u);
  CAF_CHECK_EQUAL(out, "\x08\x07\x06\x05\x04\x03\x02\x01"s);
}

CAF_TEST(numbers take as many bytes as they need) {
  CAF_CHECK_EQUAL(varint(0), "\0"s);
  CAF_CHECK_EQUAL(varint(127), "\x7f"s);
  CAF_CHECK_EQUAL(varint(128), "\x80\x01"s);
  for (const auto value :
       {std::uint64_t{0}, std::uint64_t{300}, std::numeric_limits<std::uint64_t>::max()})
    CAF_CHECK(reads_as(varint(value), value));
}

CAF_TEST(a number is refused when it is longer than it need be or does not fit) {
  CAF_CHECK(!reads_as("\x80\x00"sv, std::uint64_t{0}));
  CAF_CHECK(!reads_as(varint(65'536), std::uint16_t{0}));
  CAF_CHECK(!reads_as("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"sv, std::uint64_t{0}));
  CAF_CHECK(!reads_as("\x80"sv, std::uint64_t{0}));
}

CAF_TEST(flags and choices are what they may be) {
  enum class colour : std::uint8_t { red, green };
  const auto read = [](std::string_view bytes, auto step) {
    wire_reader reader{bytes};
    step(reader);
    return reader.done();
  };
  bool flag = false;
  CAF_CHECK(read("\x01"sv, [&](wire_reader& r) { r.flag(flag); }));
  CAF_CHECK(!read("\x02"sv, [&](wire_reader& r) { r.flag(flag); }));
  auto value = colour::red;
  CAF_CHECK(read("\x01"sv, [&](wire_reader& r) { r.choice(value, colour::green); }));
  CAF_CHECK(value == colour::green);
  CAF_CHECK(!read("\x02"sv, [&](wire_reader& r) { r.choice(value, colour::green); }));
  std::uint8_t bits = 0;
  CAF_CHECK(!read("\x04"sv, [&](wire_reader& r) { r.bits(bits, 3); }));
}

CAF_TEST(a list longer than its bytes is refused before anything is allocated for it) {
  std::string bytes = varint(std::uint64_t{1} << 40);
  wire_reader reader{bytes};
  std::vector<std::uint64_t> items;
  reader.list(items, 8, [](wire_reader& r, std::uint64_t& each) { r.u64(each); });
  CAF_CHECK(!reader.done());
  CAF_CHECK_EQUAL(items.capacity(), 0u);
}

CAF_TEST(the first fault stays) {
  wire_reader reader{"\x05"
                     "ab"};
  std::string text;
  reader.text(text);
  std::uint8_t byte = 9;
  reader.u8(byte);
  CAF_CHECK(!reader.done());
  CAF_CHECK(text.empty());
}

CAF_TEST(bytes that are left over are a fault) {
  wire_reader reader{"\x01\x02"};
  std::uint8_t byte = 0;
  reader.u8(byte);
  CAF_CHECK(!reader.done());
}
