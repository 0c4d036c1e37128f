# rfi_module(name SOURCES a.cpp ... LINKS target ...): one static library a module.
# The link lines are the dependency rule of the house: a module sees what it links, nothing else.
function(rfi_module name)
  cmake_parse_arguments(MODULE "" "" "SOURCES;LINKS" ${ARGN})
  add_library(rfi_${name} STATIC ${MODULE_SOURCES})
  target_link_libraries(rfi_${name} PUBLIC rfi_options ${MODULE_LINKS})
endfunction()

# rfi_test(name SOURCES a_test.cpp ... LINKS target ... LABEL unit): one GoogleTest binary, its cases known to ctest.
function(rfi_test name)
  cmake_parse_arguments(TEST "" "LABEL;TIMEOUT" "SOURCES;LINKS" ${ARGN})
  if(NOT TEST_TIMEOUT)
    set(TEST_TIMEOUT 120)
  endif()
  if(NOT TEST_LABEL)
    set(TEST_LABEL unit)
  endif()
  add_executable(${name} ${TEST_SOURCES})
  target_link_libraries(${name} PRIVATE rfi_options ${TEST_LINKS} GTest::gtest GTest::gtest_main)
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES LABELS ${TEST_LABEL} TIMEOUT ${TEST_TIMEOUT})
endfunction()
