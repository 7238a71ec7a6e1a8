# `cmake --install`: headers, static libraries, the program, the built-in model, and the package
# files for find_package(clipcluster).
include(CMakePackageConfigHelpers)

get_property(rooms GLOBAL PROPERTY CLIPCLUSTER_ROOMS)
install(TARGETS ${rooms} clipcluster_all EXPORT clipcluster-targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/clipcluster DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY models/clip-mini DESTINATION ${CMAKE_INSTALL_DATADIR}/clipcluster/models
  PATTERN training EXCLUDE)
if(CLIPCLUSTER_BUILD_PROGRAM)
  install(TARGETS clipcluster_program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/clipcluster)
install(EXPORT clipcluster-targets NAMESPACE clipcluster:: DESTINATION ${package})
configure_package_config_file(cmake/clipcluster-config.cmake.in clipcluster-config.cmake
  INSTALL_DESTINATION ${package})
write_basic_package_version_file(clipcluster-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/clipcluster-config.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/clipcluster-config-version.cmake
  cmake/dependencies.cmake cmake/Finddnnl.cmake DESTINATION ${package})
