#!/usr/bin/env bash
# Usage: package_test.sh SOURCE BUILD WORK
# Installs grapevine from BUILD into an empty prefix below WORK and uses it as a stranger would: every header alone, with GCC and
# clang; the examples by find_package; a program by pkg-config; the snippets of docs/cpp.md; add_subdirectory.
set -euo pipefail
source=$1 build=$2 work=$3
prefix=$work/prefix
rm -rf "$work/prefix" "$work"/{publisher,node,snippets,pkg}
mkdir -p "$work"/{snippets,pkg}

fail() {
  printf 'package_test: %s\n' "$1" >&2
  exit 1
}

# -- installing

DESTDIR='' cmake --install "$build" --prefix "$prefix" >"$work/install.log" || fail "cannot install: $(tail -3 "$work/install.log")"
library=$(find "$prefix" -name libgrapevine_broadcast.a)
[[ -n $library ]] || fail "no library was installed"

# -- every header alone, seeing nothing but what was installed

if grep -rnE '#include ["<](caf|boost|spdlog|openssl|config|net|actors|protocol|drivers|base|broadcast)/' "$prefix/include"; then
  fail "an installed header includes what is not installed"
fi
headers=("$prefix"/include/grapevine/*.hpp)
for compiler in g++ clang++; do
  if ! command -v "$compiler" >/dev/null; then
    printf 'package_test: no %s here, its half is left out\n' "$compiler"
    continue
  fi
  for header in "${headers[@]}"; do
    printf '#include <grapevine/%s>\n' "${header##*/}" >"$work/alone.cpp"
    "$compiler" -std=c++20 -fsyntax-only -Wall -Wextra -Wpedantic -Wconversion -Werror -I "$prefix/include" "$work/alone.cpp" \
      || fail "${header##*/} does not compile alone with $compiler"
  done
done

# -- the guide's snippets

python3 "$source/tests/broadcast/snippets.py" "$source/docs/cpp.md" >"$work/snippets/main.cpp"
cat >"$work/snippets/CMakeLists.txt" <<'CMAKE'
cmake_minimum_required(VERSION 3.25)
project(snippets LANGUAGES CXX)
find_package(grapevine CONFIG REQUIRED COMPONENTS node)
add_library(snippets OBJECT main.cpp)
target_link_libraries(snippets PRIVATE grapevine::node)
target_compile_options(snippets PRIVATE -Wall -Wextra -Werror -Wno-unused -Wno-missing-field-initializers)
CMAKE

# -- find_package, from outside of the tree

for project in publisher:"$source/examples/cpp-publisher" node:"$source/examples/embedded-node" snippets:"$work/snippets"; do
  name=${project%%:*}
  cmake -S "${project#*:}" -B "$work/$name/build" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_BUILD_TYPE= >"$work/$name.log" 2>&1 \
    && cmake --build "$work/$name/build" >>"$work/$name.log" 2>&1 || fail "$name: $(tail -20 "$work/$name.log")"
done
(cd "$work/pkg" && env -i PATH="$PATH" "$work/publisher/build/cpp_publisher" order-shipped) >"$work/publisher.out" && fail "published without an app"
grep -q 'needs app_id, key and secret' "$work/publisher.out" || fail "cpp_publisher said: $(cat "$work/publisher.out")"

# -- pkg-config

if command -v pkg-config >/dev/null; then
  read -ra flags < <(PKG_CONFIG_PATH=$(dirname "$library")/pkgconfig pkg-config --cflags --libs grapevine)
  g++ -std=c++20 -O0 -o "$work/pkg/publisher" "$source/examples/cpp-publisher/main.cpp" "${flags[@]}" || fail "pkg-config's flags do not do"
fi
printf 'package_test: ok\n'
