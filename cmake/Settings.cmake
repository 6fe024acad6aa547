# Compiler settings that every target shares, as the interface target brainpy_settings.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Debug, Release or RelWithDebInfo" FORCE)
endif()
string(REPLACE "-O3" "-O2" CMAKE_CXX_FLAGS_RELEASE "${CMAKE_CXX_FLAGS_RELEASE}")

option(BRAINPY_WARNINGS_AS_ERRORS "Warnings are errors (as in CI)" OFF)
option(BRAINPY_TESTS "Build the tests" ON)
option(BRAINPY_EXAMPLES "Build the examples" ON)
option(BRAINPY_PRECOMPILED_HEADERS "Precompile the test library's header: for a build without ccache's help, as in CI" OFF)
set(BRAINPY_SANITIZE "" CACHE STRING "Sanitizers, such as address,undefined or thread")

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

add_library(brainpy_settings INTERFACE)
target_compile_options(brainpy_settings INTERFACE -Wall -Wextra -Wno-missing-field-initializers $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>
                       -ffp-contract=off -fwrapv)
if(BRAINPY_WARNINGS_AS_ERRORS)
  target_compile_options(brainpy_settings INTERFACE -Werror)
endif()
if(BRAINPY_SANITIZE)
  target_compile_options(brainpy_settings INTERFACE -fsanitize=${BRAINPY_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(brainpy_settings INTERFACE -fsanitize=${BRAINPY_SANITIZE})
endif()

# Host kernels: -O3 for the vectoriser; AVX2 and FMA when this machine has them, so that fma is an instruction and
# not a library call. The bits are the same either way.
include(CheckCXXSourceRuns)
set(CMAKE_REQUIRED_FLAGS "-mavx2 -mfma")
check_cxx_source_runs("int main() { return __builtin_cpu_supports(\"avx2\") && __builtin_cpu_supports(\"fma\") ? 0 : 1; }"
                      BRAINPY_HAS_AVX2)
unset(CMAKE_REQUIRED_FLAGS)
set(BRAINPY_KERNEL_FLAGS -O3 -fno-math-errno -fno-trapping-math)
if(BRAINPY_HAS_AVX2)
  list(APPEND BRAINPY_KERNEL_FLAGS -mavx2 -mfma)
endif()
