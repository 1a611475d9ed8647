#pragma once

// What every suite includes and what takes longest to parse.
#include <caf/test/dsl.hpp>

#include <rapidcheck.h>

// dsl.hpp gives it a default; each suite names itself.
#undef CAF_SUITE
