# Tests that run under Node: real processes driven from outside, and the real JavaScript clients.

find_program(GRAPEVINE_NODE node REQUIRED)

# grapevine_node_test(<name> <label>): the ctest entry <label>.<name>, which runs <name>.test.mjs of the current folder. The
# file finds the program in the environment variable GRAPEVINE_BIN, and in GRAPEVINE_SANITIZED whether it carries a sanitizer
# (1 or 0), the C++ examples below GRAPEVINE_EXAMPLES; packages are those of tests/clients.
function(grapevine_node_test name label)
  add_test(NAME ${label}.${name}
    COMMAND ${GRAPEVINE_NODE} --test ${CMAKE_CURRENT_SOURCE_DIR}/${name}.test.mjs
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}/tests/clients)
  set_tests_properties(${label}.${name} PROPERTIES
    LABELS ${label}
    TIMEOUT 240
    ENVIRONMENT "GRAPEVINE_BIN=$<TARGET_FILE:grapevine>;GRAPEVINE_SANITIZED=$<BOOL:${GRAPEVINE_SANITIZE}>;GRAPEVINE_EXAMPLES=${CMAKE_BINARY_DIR}/examples")
endfunction()
