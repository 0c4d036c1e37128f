# What is installed where, and the Debian package that `./dev package` makes of it (CPack).

# Compressed as Debian wants it: without a name and time inside, so that the same tree gives the same package.
find_program(RFI_GZIP gzip REQUIRED)
set(compressed_directory ${CMAKE_BINARY_DIR}/package)
file(MAKE_DIRECTORY ${compressed_directory})
set(RFI_PACKAGE_VERSION ${PROJECT_VERSION}-1)

# rfi_install_compressed(FILE DESTINATION): FILE.gz goes to DESTINATION; made when the tree is configured.
function(rfi_install_compressed file destination)
  get_filename_component(name ${file} NAME)
  execute_process(COMMAND ${RFI_GZIP} -9nc ${file} OUTPUT_FILE ${compressed_directory}/${name}.gz COMMAND_ERROR_IS_FATAL ANY)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  install(FILES ${compressed_directory}/${name}.gz DESTINATION ${destination})
endfunction()

set(units /lib/systemd/system)
install(TARGETS rfi-submitd DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES systemd/rfi-submitd.service systemd/rfi-submitd@.service DESTINATION ${units})
install(FILES systemd/rfi-submitd.sysusers DESTINATION ${CMAKE_INSTALL_PREFIX}/lib/sysusers.d RENAME rfi-submitd.conf)
install(FILES systemd/rfi-submitd.tmpfiles DESTINATION ${CMAKE_INSTALL_PREFIX}/lib/tmpfiles.d RENAME rfi-submitd.conf)
install(DIRECTORY DESTINATION ${CMAKE_INSTALL_FULL_SYSCONFDIR}/rfi-submitd
        DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE)
install(FILES config/rfi-submitd.toml DESTINATION ${CMAKE_INSTALL_FULL_SYSCONFDIR}/rfi-submitd
        PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ)
install(FILES daemon/completion/rfi-submitd DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
rfi_install_compressed(${CMAKE_SOURCE_DIR}/daemon/man/rfi-submitd.1 ${CMAKE_INSTALL_MANDIR}/man1)
# The page of the configuration is the shipped file's own text.
find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)
execute_process(
  COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_SOURCE_DIR}/daemon/man/configuration_page.py ${CMAKE_SOURCE_DIR}/config/rfi-submitd.toml
          ${CMAKE_SOURCE_DIR}/daemon/man/rfi-submitd.toml.5.in
  OUTPUT_FILE ${compressed_directory}/rfi-submitd.toml.5 COMMAND_ERROR_IS_FATAL ANY)
set_property(
  DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS config/rfi-submitd.toml daemon/man/rfi-submitd.toml.5.in
                            daemon/man/configuration_page.py)
rfi_install_compressed(${compressed_directory}/rfi-submitd.toml.5 ${CMAKE_INSTALL_MANDIR}/man5)
rfi_install_compressed(${CMAKE_SOURCE_DIR}/daemon/man/rfi-submitd-queue.7 ${CMAKE_INSTALL_MANDIR}/man7)

# The producers' contract beside the SQL it speaks of, the operator's handbook, and what may be used or not.
set(documents ${CMAKE_INSTALL_DATADIR}/doc/rfi-submitd)
install(FILES migrations/README.md DESTINATION ${documents} RENAME queue.md)
install(DIRECTORY migrations/ DESTINATION ${documents}/migrations FILES_MATCHING PATTERN *.sql)
install(FILES systemd/README.md DESTINATION ${documents} RENAME operations.md)
install(FILES config/rfi-submitd.toml systemd/locked-down.conf DESTINATION ${documents}/examples)
if(EXISTS ${CMAKE_SOURCE_DIR}/config/monitoring)
  install(DIRECTORY config/monitoring DESTINATION ${documents}/examples)
  install(FILES lib/rfi/platform/EVENTS.md DESTINATION ${documents} RENAME events.md)
endif()
install(FILES systemd/package/copyright DESTINATION ${documents})
configure_file(systemd/package/changelog ${compressed_directory}/changelog.Debian @ONLY)
rfi_install_compressed(${compressed_directory}/changelog.Debian ${documents})
install(FILES systemd/package/lintian-overrides DESTINATION ${CMAKE_INSTALL_DATADIR}/lintian/overrides RENAME rfi-submitd)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME rfi-submitd)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_VENDOR "rfi-submitd maintainers")
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_BINARY_DIR}/package)
# Some of the files go to /etc and /lib, whatever the prefix.
set(CPACK_SET_DESTDIR ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "rfi-submitd maintainers <maintainers@rfi-submitd.example>")
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "submits answers to requests for information from an SQLite queue")
set(CPACK_PACKAGE_DESCRIPTION
    "A payments API asks for information about a customer (an RFI) and refuses
every field it did not ask for. Other programs put the answers into an SQLite
queue; this service sends exactly the requested fields over HTTPS and records
what happened, through crashes, outages, throttling and bad input.")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# Users, directories and units are systemd's; scripts of this package call it.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "systemd (>= 252), ca-certificates")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS sqlite3)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
file(WRITE ${compressed_directory}/conffiles "/etc/rfi-submitd/rfi-submitd.toml\n")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    ${CMAKE_SOURCE_DIR}/systemd/package/postinst ${CMAKE_SOURCE_DIR}/systemd/package/prerm
    ${CMAKE_SOURCE_DIR}/systemd/package/postrm ${compressed_directory}/conffiles)
include(CPack)
