# The installed CMake package `grapevine`: headers, two archives, package files for CMake and pkg-config. The folders' archives
# are merged, so that what is behind the public headers stays out of sight.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# grapevine_archives_behind(<library> <out>): our own static libraries that a library links, itself included.
function(grapevine_archives_behind library out)
  set(found ${library})
  set(unseen ${library})
  while(unseen)
    list(POP_FRONT unseen next)
    get_target_property(linked ${next} LINK_LIBRARIES)
    foreach(one IN LISTS linked)
      if(one MATCHES "^grapevine_" AND NOT one STREQUAL grapevine_options AND NOT one IN_LIST found)
        list(APPEND found ${one})
        list(APPEND unseen ${one})
      endif()
    endforeach()
  endwhile()
  set(${out} ${found} PARENT_SCOPE)
endfunction()

# grapevine_merge(<library> <archive>...): the archive lib<library>.a of all these libraries, as target <library>_archive. Built
# with everything else where grapevine is the top-level project.
function(grapevine_merge library)
  set(archive ${CMAKE_CURRENT_BINARY_DIR}/package/lib${library}.a)
  set(script ${CMAKE_CURRENT_BINARY_DIR}/package/${library}.mri)
  set(lines "create ${archive}\n")
  foreach(one IN LISTS ARGN)
    string(APPEND lines "addlib $<TARGET_FILE:${one}>\n")
  endforeach()
  file(GENERATE OUTPUT ${script} CONTENT "${lines}save\nend\n")
  add_custom_command(OUTPUT ${archive}
    COMMAND ${CMAKE_COMMAND} -E rm -f ${archive}
    COMMAND ${CMAKE_AR} -M < ${script}
    COMMAND ${CMAKE_RANLIB} ${archive}
    DEPENDS ${ARGN} ${script}
    COMMENT "Merging lib${library}.a"
    VERBATIM)
  if(PROJECT_IS_TOP_LEVEL)
    add_custom_target(${library}_archive ALL DEPENDS ${archive})
  else()
    add_custom_target(${library}_archive DEPENDS ${archive})
  endif()
endfunction()

# grapevine_install_library(<library> <component>): installs the merged archive of grapevine_merge.
function(grapevine_install_library library component)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/package/lib${library}.a
    DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT ${component})
endfunction()

# grapevine_install_package(): headers and package files.
function(grapevine_install_package)
  set(templates ${PROJECT_SOURCE_DIR}/cmake/package)
  set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/grapevine)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/broadcast/include/grapevine
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT broadcast FILES_MATCHING PATTERN "*.hpp")
  # Code built with the sanitizers needs them wherever it is linked.
  set(GRAPEVINE_PACKAGE_LINK_OPTIONS "")
  if(GRAPEVINE_SANITIZE)
    set(GRAPEVINE_PACKAGE_LINK_OPTIONS "-fsanitize=address,undefined")
  endif()
  configure_package_config_file(${templates}/grapevine-config.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/grapevine-config.cmake
    INSTALL_DESTINATION ${package_dir} PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_LIBDIR)
  write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/grapevine-config-version.cmake COMPATIBILITY SameMinorVersion)
  install(FILES
      ${CMAKE_CURRENT_BINARY_DIR}/${PROJECT_NAME}-config.cmake
      ${CMAKE_CURRENT_BINARY_DIR}/${PROJECT_NAME}-config-version.cmake
      ${PROJECT_SOURCE_DIR}/cmake/FindCAF.cmake
    DESTINATION ${package_dir} COMPONENT broadcast)
  file(RELATIVE_PATH GRAPEVINE_PC_TO_PREFIX /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
  set(GRAPEVINE_PC_SODIUM "")
  if(sodium_FOUND)
    set(GRAPEVINE_PC_SODIUM ", libsodium")
  endif()
  configure_file(${templates}/grapevine.pc.in grapevine.pc @ONLY)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/grapevine.pc
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT broadcast)
endfunction()

# grapevine_package(): all of it; the last of the project's CMakeLists.txt, when every library is known.
function(grapevine_package)
  grapevine_archives_behind(grapevine_broadcast publish)
  grapevine_archives_behind(grapevine_node all)
  list(REMOVE_ITEM all ${publish})
  grapevine_merge(grapevine_broadcast ${publish})
  grapevine_merge(grapevine_node ${all})
  grapevine_install_library(grapevine_broadcast broadcast)
  grapevine_install_library(grapevine_node node)
  grapevine_install_package()
endfunction()
