#define CAF_SUITE config.dotenv

#include "config/dotenv.hpp"

#include "caf/test/dsl.hpp"

using namespace grapevine::config;

namespace {

std::string read(std::string_view text, const std::string& name = "KEY") {
  auto file = parse_dotenv(text);
  if (!file.faults.empty())
    return "fault in line " + std::to_string(file.faults.front().line) + ": "
           + file.faults.front().message;
  auto found = file.variables.find(name);
  return found == file.variables.end() ? "absent" : found->second.text;
}

}  // namespace

CAF_TEST(plain values lose the blanks around them) {
  CAF_CHECK_EQUAL(read("KEY=value"), "value");
  CAF_CHECK_EQUAL(read("  KEY =  value with blanks \t\r\n"), "value with blanks");
  CAF_CHECK_EQUAL(read("KEY="), "");
  CAF_CHECK_EQUAL(read("KEY=a=b"), "a=b");
  CAF_CHECK_EQUAL(read("export KEY=value"), "value");
  CAF_CHECK_EQUAL(read("\xef\xbb\xbfKEY=value"), "value");
}

CAF_TEST(comments and blank lines are skipped and lines are counted) {
  auto file =
      parse_dotenv("# one\n\n  # three\nKEY=value # a comment\nOTHER=a#b\nEMPTY= # nothing\n");
  CAF_CHECK(file.faults.empty());
  CAF_CHECK_EQUAL(file.variables.size(), 3u);
  CAF_CHECK_EQUAL(file.variables["KEY"].text, "value");
  CAF_CHECK_EQUAL(file.variables["KEY"].line, 4u);
  CAF_CHECK_EQUAL(file.variables["OTHER"].text, "a#b");
  CAF_CHECK_EQUAL(file.variables["EMPTY"].text, "");
}

CAF_TEST(single quotes keep everything) {
  CAF_CHECK_EQUAL(read(R"(KEY=' a # \n "b" ')"), R"( a # \n "b" )");
}

CAF_TEST(double quotes know escapes) {
  CAF_CHECK_EQUAL(read(R"(KEY=" a # \n\t\"\\\$\x ")"), " a # \n\t\"\\$\\x ");
  CAF_CHECK_EQUAL(read(R"(KEY="value" # a comment)"), "value");
}

CAF_TEST(references are not expanded) {
  CAF_CHECK_EQUAL(read("A=1\nKEY=${A}"), "${A}");
}

CAF_TEST(of two variables with the same name the later counts) {
  CAF_CHECK_EQUAL(read("KEY=1\nKEY=2"), "2");
}

CAF_TEST(every bad line is reported with its number and without its text) {
  auto file = parse_dotenv(
      "sEcret\nGOOD=1\n1X=sEcret\n=sEcret\nA B=sEcret\nC=\"sEcret\nD='x' sEcret\nexport\n");
  CAF_REQUIRE_EQUAL(file.faults.size(), 7u);
  std::vector<unsigned> numbers;
  for (const auto& one : file.faults) {
    numbers.push_back(one.line);
    CAF_CHECK(one.message.find("sEcret") == std::string::npos);
    CAF_CHECK(one.fix.find("sEcret") == std::string::npos);
  }
  CAF_CHECK_EQUAL(numbers, std::vector<unsigned>({1, 3, 4, 5, 6, 7, 8}));
  CAF_CHECK_EQUAL(file.faults[0].message, "the line is not of the form KEY=VALUE");
  CAF_CHECK_EQUAL(file.faults[4].message, "a quoted value does not end on its line");
  CAF_CHECK_EQUAL(file.faults[5].message, "something follows the closing quote");
  CAF_CHECK_EQUAL(file.variables.size(), 1u);
}
