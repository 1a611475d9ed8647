#!/usr/bin/env bash
# Usage: subdirectory_test.sh SOURCE WORK
# Takes grapevine into another project by add_subdirectory and builds a publisher there, without optimisation. What was compiled
# stays in WORK, so that only the first run takes long.
set -euo pipefail
source=$1 work=$2
mkdir -p "$work/project"
cat >"$work/project/CMakeLists.txt" <<CMAKE
cmake_minimum_required(VERSION 3.25)
project(stranger LANGUAGES CXX)
add_subdirectory($source grapevine EXCLUDE_FROM_ALL)
add_executable(publisher $source/examples/cpp-publisher/main.cpp)
target_link_libraries(publisher PRIVATE grapevine::broadcast)
get_target_property(warnings grapevine::broadcast INTERFACE_COMPILE_OPTIONS)
if(warnings)
  message(FATAL_ERROR "grapevine::broadcast gives its own compile options away: \${warnings}")
endif()
CMAKE
cmake -S "$work/project" -B "$work/build" -DCMAKE_BUILD_TYPE= -DCMAKE_CXX_FLAGS=-O0 >"$work/configure.log" 2>&1 || { cat "$work/configure.log"; exit 1; }
cmake --build "$work/build" --target publisher -j "$(nproc)" >"$work/build.log" 2>&1 || { tail -30 "$work/build.log"; exit 1; }
(cd "$work" && env -i PATH="$PATH" BROADCAST_DRIVER=null build/publisher order-shipped chat model)
