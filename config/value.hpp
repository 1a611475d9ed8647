#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace grapevine::config {

/// What a configuration value was written as. `text` comes from a variable or a flag and may denote
/// any type.
enum class value_kind { text, string, integer, real, boolean, array, table, date };

struct table_entry;

/// One value of any source, with its line where the source is a file.
struct value {
  value_kind kind = value_kind::text;
  std::string string;  ///< of `text` and `string`
  std::int64_t integer = 0;
  bool boolean = false;
  std::vector<value> items;          ///< of an array
  std::vector<table_entry> entries;  ///< of a table, in the order of their lines
  unsigned line = 0;                 ///< of the key, or of an array's item; 0: no file

  bool is_text() const {
    return kind == value_kind::text || kind == value_kind::string;
  }
};

/// A table's key and its value.
struct table_entry {
  std::string name;
  value content;
};

/// The text of a variable or a flag.
value text_value(std::string text);

/// "text", "an integer", "a list", ... for sentences.
std::string_view describe(value_kind);

}  // namespace grapevine::config
