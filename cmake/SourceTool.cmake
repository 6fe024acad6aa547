# The source tool, brainpy-source: natural control flow, checks, reflection. It needs Clang's development files of the
# LLVM that the library uses; without them it is left out, and nothing else changes.
set(BRAINPY_SOURCE_TOOL AUTO CACHE STRING "Build the source tool: AUTO (when Clang's development files are found), ON, OFF")
set(source_tool_missing "")
if(BRAINPY_SOURCE_TOOL STREQUAL "OFF")
  set(source_tool_missing "BRAINPY_SOURCE_TOOL is OFF")
else()
  # Clang's version file knows no ranges; the folder beside LLVM's is the right one.
  unset(Clang_DIR CACHE)  # one remembered from another version of LLVM must not answer
  # Debian's compiler alone has CMake's files for libraries that are not there: asking them would be an error.
  if(EXISTS ${LLVM_INCLUDE_DIR}/clang/AST/ASTContext.h)
    find_package(Clang CONFIG QUIET NO_DEFAULT_PATH PATHS ${LLVM_LIBRARY_DIR}/cmake/clang)
  endif()
  if(NOT Clang_FOUND OR NOT TARGET clang-cpp)
    set(source_tool_missing "Clang's development files for LLVM ${LLVM_VERSION_MAJOR} were not found: apt-get install libclang-${LLVM_VERSION_MAJOR}-dev clang-${LLVM_VERSION_MAJOR}")
    if(BRAINPY_SOURCE_TOOL STREQUAL "ON")
      message(FATAL_ERROR ${source_tool_missing})
    endif()
  endif()
endif()

if(source_tool_missing)
  message(STATUS "source tool: left out (${source_tool_missing})")
  return()
endif()
message(STATUS "source tool: Clang ${LLVM_PACKAGE_VERSION}")

file(GLOB source_tool_sources CONFIGURE_DEPENDS frontend/tooling/*.cpp frontend/tooling/checks/*.cpp)
add_executable(brainpy_source_tool ${source_tool_sources})
add_executable(brainpy::source_tool ALIAS brainpy_source_tool)
set_target_properties(brainpy_source_tool PROPERTIES OUTPUT_NAME brainpy-source ENABLE_EXPORTS ON
                      RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")
target_include_directories(brainpy_source_tool SYSTEM PRIVATE ${CLANG_INCLUDE_DIRS} ${LLVM_INCLUDE_DIRS})
# Clang's shared library brings LLVM's.
target_link_libraries(brainpy_source_tool PRIVATE brainpy::brainpy brainpy_settings clang-cpp LLVM CLI11::CLI11)
# Where the compiler's own headers are (stddef.h), and this library's; an installed tool finds the latter beside it.
target_compile_definitions(brainpy_source_tool PRIVATE
  BRAINPY_CLANG_RESOURCES="${LLVM_LIBRARY_DIR}/clang/${LLVM_VERSION_MAJOR}"
  BRAINPY_SOURCE_ROOT="${PROJECT_SOURCE_DIR}" BRAINPY_BUILD_ROOT="${PROJECT_BINARY_DIR}")
# Clang's headers cost half a minute a file; once is enough. The code is not hot: little optimisation.
target_precompile_headers(brainpy_source_tool PRIVATE frontend/tooling/clang_headers.h)
target_compile_options(brainpy_source_tool PRIVATE -O1 -Wno-unused-parameter
                       $<$<CXX_COMPILER_ID:GNU>:-Wno-nonnull>)
install(TARGETS brainpy_source_tool RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
