# The profiling test runs a program through the command-line tool.
target_compile_definitions(test_jit PRIVATE BRAINPY_TOOL="$<TARGET_FILE:brainpy_tool>")
add_dependencies(test_jit brainpy_tool)
