# rfi_options: the warnings, hardening and sanitizers of every target, in one INTERFACE target.
add_library(rfi_options INTERFACE)
target_include_directories(rfi_options INTERFACE ${CMAKE_SOURCE_DIR}/lib)
target_compile_definitions(
  rfi_options INTERFACE BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_HAS_CO_AWAIT=1 SPDLOG_FMT_EXTERNAL)

target_compile_options(
  rfi_options
  INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wnon-virtual-dtor
            -Wold-style-cast -Woverloaded-virtual -Wcast-align -Wcast-qual -Wdouble-promotion
            -Wformat=2 -Wimplicit-fallthrough -Wswitch-enum -Wundef -Wextra-semi)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # mismatched-new-delete: false positive at the closing brace of coroutines with sanitizers (GCC 12).
  target_compile_options(
    rfi_options INTERFACE -Wduplicated-cond -Wduplicated-branches -Wlogical-op -Wuseless-cast
                          -Wsuggest-override -Wno-mismatched-new-delete)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # libstdc++ 12 uses a function that it has declared deprecated itself, in stable_sort.
  target_compile_options(rfi_options INTERFACE -Wno-deprecated-declarations)
endif()
if(RFI_WERROR)
  target_compile_options(rfi_options INTERFACE -Werror)
endif()

if(RFI_FUZZ)
  # Counts what an input reaches, everywhere; the targets in tests/fuzz link libFuzzer itself.
  target_compile_options(rfi_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

if(RFI_SANITIZE)
  # UBSan's vptr, null, alignment and object-size checks triple the build time of Asio code.
  target_compile_options(
    rfi_options INTERFACE -fsanitize=${RFI_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Instrumented code makes GCC 12 see uninitialized optionals and overlapping strings; release builds watch for both.
    target_compile_options(rfi_options INTERFACE -Wno-maybe-uninitialized -Wno-restrict)
  endif()
  if(RFI_SANITIZE MATCHES "undefined")
    target_compile_options(rfi_options INTERFACE -fno-sanitize=vptr,null,alignment,object-size)
  endif()
  if(RFI_SANITIZE MATCHES "thread")
    # Asio uses atomic_thread_fence, which TSan does not model; the suppression file names the one report.
    target_compile_options(rfi_options INTERFACE -Wno-tsan)
  endif()
  target_link_options(rfi_options INTERFACE -fsanitize=${RFI_SANITIZE})
else()
  target_compile_definitions(rfi_options INTERFACE _GLIBCXX_ASSERTIONS)
  target_compile_options(
    rfi_options
    INTERFACE $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3> -fstack-protector-strong
              -fstack-clash-protection -fcf-protection)
  # What else the OpenSSF's guide for compilers asks for and GCC 12 has; tests/lint/hardening.sh looks for what came of it.
  # Not in debug builds: zeroed variables would hide what valgrind and a debugger show.
  target_compile_options(
    rfi_options
    INTERFACE $<$<NOT:$<CONFIG:Debug>>:-ftrivial-auto-var-init=zero -fno-delete-null-pointer-checks
              -fno-strict-overflow -fno-strict-aliasing>)
  target_link_options(
    rfi_options INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed
                          -Wl,--no-copy-dt-needed-entries)
endif()
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
include(CheckPIESupported)
check_pie_supported()
