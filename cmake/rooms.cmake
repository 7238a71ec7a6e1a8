# A room is a folder below src/ and a static library clipcluster_<room>, alias clipcluster::<room>.
# Files named *_avx2.cpp, *_avx512.cpp and *_avx512bf16.cpp are compiled for those instructions and
# may only be reached through a run-time choice (include/clipcluster/cpu.h).

set(CLIPCLUSTER_COMPILE_OPTIONS -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
    -ffp-contract=off)
if(CLIPCLUSTER_WARNINGS_AS_ERRORS)
  list(APPEND CLIPCLUSTER_COMPILE_OPTIONS -Werror)
endif()
if(CLIPCLUSTER_SANITIZE)
  add_compile_options(-fsanitize=${CLIPCLUSTER_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${CLIPCLUSTER_SANITIZE})
  if(CLIPCLUSTER_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=undefined)
  endif()
endif()

set(CLIPCLUSTER_AVX2 -mavx2 -mfma -mf16c)
# GCC 12 takes the undefined registers inside its own intrinsics for ours (its bug 105593).
set(CLIPCLUSTER_AVX512 ${CLIPCLUSTER_AVX2} -mavx512f -mavx512bw -mavx512dq -mavx512vl
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
set(CLIPCLUSTER_AVX512BF16 ${CLIPCLUSTER_AVX512} -mavx512bf16)

function(clipcluster_settings target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_compile_options(${target} PRIVATE ${CLIPCLUSTER_COMPILE_OPTIONS})
  target_compile_definitions(${target} PRIVATE CLIPCLUSTER_SIMD=$<BOOL:${CLIPCLUSTER_SIMD}>)
  target_include_directories(${target} PRIVATE ${clipcluster_SOURCE_DIR}/src)
endfunction()

# Where most of a file's compile time goes into nlohmann-json, CLI11 and the like, which are then read once
# for several files: a build from nothing takes half the time. Names in anonymous namespaces must differ
# within the folder. Off for clang-tidy, which looks at one file at a time and so finds missing includes.
function(clipcluster_compile_together target)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${CLIPCLUSTER_UNITY_BUILD} UNITY_BUILD_BATCH_SIZE 8)
endfunction()

# clipcluster_add_room(<room> [PUBLIC <targets>] [PRIVATE <targets>]): all *.cpp of this folder and
# the folders below it.
function(clipcluster_add_room room)
  cmake_parse_arguments(ARG "" "" "PUBLIC;PRIVATE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS *.cpp)
  set(target clipcluster_${room})
  if(NOT CLIPCLUSTER_SIMD)
    list(FILTER sources EXCLUDE REGEX "_(avx2|avx512|avx512bf16)\\.cpp$")
  endif()
  foreach(source ${sources})
    if(source MATCHES "_(avx2|avx512|avx512bf16)\\.cpp$")
      string(TOUPPER ${CMAKE_MATCH_1} set)
      set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS "${CLIPCLUSTER_${set}}")
    endif()
  endforeach()
  add_library(${target} STATIC ${sources})
  add_library(clipcluster::${room} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${room} POSITION_INDEPENDENT_CODE ON)
  clipcluster_settings(${target})
  target_include_directories(${target} PUBLIC
    $<BUILD_INTERFACE:${clipcluster_SOURCE_DIR}/include>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(${target} PUBLIC ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
  set_property(GLOBAL APPEND PROPERTY CLIPCLUSTER_ROOMS ${target})
endfunction()

# libgomp, glib and libvips are not built for the thread sanitizer, which must not judge what it sees
# only half of.
set(CLIPCLUSTER_TEST_ENVIRONMENT "")
if(CLIPCLUSTER_SANITIZE MATCHES "thread")
  set(CLIPCLUSTER_TEST_ENVIRONMENT "TSAN_OPTIONS=ignore_noninstrumented_modules=1:halt_on_error=1")
endif()

# (At -O1 GCC 12 sees accesses beyond the bounds of std::string's own buffer that cannot happen.)
set(CLIPCLUSTER_TEST_OPTIMISATION $<$<CONFIG:Release>:-O1>
    $<$<CONFIG:Release>:-Wno-array-bounds> $<$<CONFIG:Release>:-Wno-stringop-overflow>)
# It is the library that the sanitizers look at. Undefined behaviour of a test's own lines is not worth
# doubling the time that they take to compile.
if(CLIPCLUSTER_SANITIZE)
  list(APPEND CLIPCLUSTER_TEST_OPTIMISATION -O0 -fno-sanitize=undefined)
endif()

# clipcluster_add_test(<name> SOURCES <files> LIBRARIES <targets> [LABELS <labels>]): one GoogleTest
# program. Label "slow" keeps it out of the sanitizer runs, and of what a sanitizer build makes unless
# asked: `cmake --build --preset asan --target slow_tests`. Compiling the tests, over and over, is most of
# what `make test` does: hence the shared precompiled header and -O1.
function(clipcluster_add_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBRARIES;LABELS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  clipcluster_settings(${name})
  target_link_libraries(${name} PRIVATE ${ARG_LIBRARIES} GTest::gmock GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE CLIPCLUSTER_SOURCE_DIR="${clipcluster_SOURCE_DIR}")
  target_compile_options(${name} PRIVATE ${CLIPCLUSTER_TEST_OPTIMISATION})
  target_precompile_headers(${name} REUSE_FROM clipcluster_test_support)
  if(ARG_LABELS STREQUAL "slow")
    add_dependencies(slow_tests ${name})
    if(CLIPCLUSTER_SANITIZE)
      set_target_properties(${name} PROPERTIES EXCLUDE_FROM_ALL TRUE)
    endif()
  endif()
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT 600
    ENVIRONMENT "${CLIPCLUSTER_TEST_ENVIRONMENT}")
endfunction()
