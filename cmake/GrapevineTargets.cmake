# What every target of ours shares: language, warnings, and how a folder's library and its tests are declared.

add_library(grapevine_options INTERFACE)
target_compile_features(grapevine_options INTERFACE cxx_std_20)
target_compile_options(grapevine_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Werror
  # GCC 12 also reports designated initialisers, whose whole point is to leave members at their defaults.
  -Wno-missing-field-initializers
  # GCC 12 sees uninitialised members in moves of a std::variant, and in CAF's test runner, that are none.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
target_include_directories(grapevine_options INTERFACE ${PROJECT_SOURCE_DIR})

if(GRAPEVINE_SANITIZE)
  # CAF's own templates form null references: that one check would only report the packaged headers. The check of virtual
  # tables opens a pipe to look at memory, so it reports falsely where a test has used up the descriptors.
  target_compile_options(grapevine_options INTERFACE
    -fsanitize=address,undefined -fno-sanitize=null,vptr -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(grapevine_options INTERFACE -fsanitize=address,undefined)
endif()

if(GRAPEVINE_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "GRAPEVINE_FUZZ needs clang: set CMAKE_CXX_COMPILER to clang++")
  endif()
  target_compile_options(grapevine_options INTERFACE
    -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(grapevine_options INTERFACE -fsanitize=address,undefined)
endif()

find_program(GRAPEVINE_MOLD mold)
if(GRAPEVINE_MOLD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_link_options(grapevine_options INTERFACE -fuse-ld=mold)
endif()

find_program(GRAPEVINE_CCACHE ccache)
if(GRAPEVINE_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER
    ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${GRAPEVINE_CCACHE})
endif()

# grapevine_library(<folder> SOURCES ... LINK ...): the static library grapevine_<folder>.
function(grapevine_library folder)
  cmake_parse_arguments(arg "" "" "SOURCES;LINK" ${ARGN})
  add_library(grapevine_${folder} STATIC ${arg_SOURCES})
  target_link_libraries(grapevine_${folder} PUBLIC grapevine_options ${arg_LINK})
endfunction()

# grapevine_tests(<folder> LABEL <ctest label> SUITES <name>... LINK ...): one binary of CAF suites, one ctest entry per
# suite. Suite <name>, or <room>/<name> where the folder has rooms, is in <name>_test.cpp, which defines CAF_SUITE as
# <folder>.<name>. The runner and the precompiled header are those of grapevine_test_runner (tests/CMakeLists.txt).
function(grapevine_tests folder)
  cmake_parse_arguments(arg "" "LABEL" "SUITES;LINK" ${ARGN})
  list(TRANSFORM arg_SUITES APPEND _test.cpp OUTPUT_VARIABLE sources)
  add_executable(${folder}_tests ${sources})
  target_link_libraries(${folder}_tests PRIVATE grapevine_test_runner ${arg_LINK})
  target_precompile_headers(${folder}_tests REUSE_FROM grapevine_test_runner)
  if(arg_LABEL MATCHES "^(unit|actor)$")
    add_dependencies(quick_tests ${folder}_tests)
  endif()
  foreach(path IN LISTS arg_SUITES)
    get_filename_component(suite ${path} NAME)
    add_test(NAME ${folder}.${suite} COMMAND ${folder}_tests -n -r 60 -s "^${folder}\\.${suite}$")
    set_tests_properties(${folder}.${suite} PROPERTIES LABELS ${arg_LABEL} TIMEOUT 90)
  endforeach()
endfunction()
