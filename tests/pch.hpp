#pragma once

// What every suite includes and what takes longest to parse.
#include "checks.hpp"

#include <caf/test/dsl.hpp>

#include <rapidcheck.h>

// CAF's header gives it a default; each suite names itself.
#undef CAF_SUITE
