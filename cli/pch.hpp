#pragma once

// What most commands include and what takes longest to parse.
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>
