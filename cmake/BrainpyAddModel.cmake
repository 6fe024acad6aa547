# brainpy_add_model(TARGET SOURCE...): sources with natural control flow on traced values become part of a program. The
# source tool rewrites each, line for line, and the project's own compiler compiles what it wrote.
# In: an existing target, or the name of an executable to make; sources. Without the tool they are compiled as they are.
cmake_policy(PUSH)
cmake_policy(VERSION 3.25)

# Words for the tool: what changes the meaning of a source. Options of another compiler Clang may not know.
function(_brainpy_tool_flags target result)
  set(flags ${CMAKE_CXX_FLAGS})
  if(CMAKE_BUILD_TYPE)
    string(TOUPPER ${CMAKE_BUILD_TYPE} type)
    string(APPEND flags " ${CMAKE_CXX_FLAGS_${type}}")
  endif()
  separate_arguments(words NATIVE_COMMAND "${flags}")
  set(meaning "^-([DUI].|std=)")
  list(FILTER words INCLUDE REGEX ${meaning})
  set(standard $<TARGET_PROPERTY:${target},CXX_STANDARD>)
  set(folders $<TARGET_PROPERTY:${target},INCLUDE_DIRECTORIES>)
  set(macros $<TARGET_PROPERTY:${target},COMPILE_DEFINITIONS>)
  set(options $<TARGET_PROPERTY:${target},COMPILE_OPTIONS>)
  set(${result} "-std=c++$<IF:$<BOOL:${standard}>,${standard},20>" ${words}
      "$<$<BOOL:${folders}>:-I$<JOIN:${folders},$<SEMICOLON>-I>>" "$<$<BOOL:${macros}>:-D$<JOIN:${macros},$<SEMICOLON>-D>>"
      "$<FILTER:${options},INCLUDE,${meaning}>" PARENT_SCOPE)
endfunction()

function(brainpy_add_model target)
  if(NOT ARGN)
    message(FATAL_ERROR "brainpy_add_model(${target}): no sources are given")
  endif()
  if(NOT TARGET ${target})
    add_executable(${target})
  endif()
  target_link_libraries(${target} PRIVATE brainpy::brainpy)
  if(NOT TARGET brainpy::source_tool)
    message(STATUS "${target}: compiled as written, without brainpy-source; natural control flow on traced values is an error then")
    target_sources(${target} PRIVATE ${ARGN})
    return()
  endif()
  _brainpy_tool_flags(${target} flags)
  foreach(source ${ARGN})
    cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} NORMALIZE)
    cmake_path(RELATIVE_PATH source BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} OUTPUT_VARIABLE name)
    string(REPLACE "../" "above/" out ${CMAKE_CURRENT_BINARY_DIR}/lowered/${target}/${name})
    add_custom_command(OUTPUT ${out}
      COMMAND brainpy::source_tool lower ${source} -o ${out} --depfile ${out}.d -- ${flags}
      DEPENDS ${source} brainpy::source_tool DEPFILE ${out}.d
      COMMENT "Reading the model ${name}" VERBATIM COMMAND_EXPAND_LISTS)
    target_sources(${target} PRIVATE ${out})
  endforeach()
endfunction()

cmake_policy(POP)
