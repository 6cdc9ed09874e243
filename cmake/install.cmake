# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
#
# What is installed, in three components: `library` (the shared one), `development` (headers, the
# static one, CMake and pkg-config files) and `tools` (the program). CPack makes Debian packages.
include(CMakePackageConfigHelpers)

install(TARGETS faltung_shared EXPORT faltung
        LIBRARY COMPONENT library NAMELINK_COMPONENT development)
install(TARGETS faltung EXPORT faltung ARCHIVE COMPONENT development)
install(DIRECTORY include/faltung TYPE INCLUDE COMPONENT development)

set(config_folder ${CMAKE_INSTALL_LIBDIR}/cmake/faltung)
install(EXPORT faltung NAMESPACE faltung:: FILE faltung-targets.cmake
        DESTINATION ${config_folder} COMPONENT development)
configure_package_config_file(cmake/faltung-config.cmake.in faltung-config.cmake
                              INSTALL_DESTINATION ${config_folder})
write_basic_package_version_file(faltung-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/faltung-config.cmake
              ${PROJECT_BINARY_DIR}/faltung-config-version.cmake
        DESTINATION ${config_folder} COMPONENT development)

set(private_libs -lhwy)
if(FALTUNG_EXECUTOR STREQUAL "tbb")
  string(APPEND private_libs " -ltbb")
endif()
file(RELATIVE_PATH up_to_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(cmake/faltung.pc.in faltung.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/faltung.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
        COMPONENT development)
if(FALTUNG_BUILD_CLI)
  install(TARGETS faltung_cli COMPONENT tools)
  if(FALTUNG_GENERATED)
    list(GET FALTUNG_GENERATED 0 man)
    list(GET FALTUNG_GENERATED 1 completion)
    install(FILES ${man} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT tools)
    install(FILES ${completion} DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
            RENAME faltung COMPONENT tools)
  endif()
endif()
install(FILES LICENSE TYPE DOC COMPONENT library)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_VENDOR "The Faltung authors")
set(CPACK_PACKAGE_CONTACT "The Faltung authors <faltung@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL library development)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_ENABLE_COMPONENT_DEPENDS OFF)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_NAME libfaltung${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libfaltung-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SHLIBDEPS OFF)
string(CONCAT CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
       "${CPACK_DEBIAN_LIBRARY_PACKAGE_NAME} (= ${PROJECT_VERSION}), libexpected-dev, "
       "libhwy-dev, libtbb-dev")
set(CPACK_COMPONENT_LIBRARY_DESCRIPTION "Convolution engine: the shared library.")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION "Convolution engine: headers and the static library.")
if(FALTUNG_BUILD_CLI)
  list(APPEND CPACK_COMPONENTS_ALL tools)
  set(CPACK_DEBIAN_TOOLS_PACKAGE_NAME faltung)
  set(CPACK_DEBIAN_TOOLS_PACKAGE_SECTION utils)
  set(CPACK_DEBIAN_TOOLS_PACKAGE_SUGGESTS gnuplot-nox)
  set(CPACK_COMPONENT_TOOLS_DESCRIPTION
      "Convolution engine: filters sound, pictures, arrays and time series.")
endif()
include(CPack)
