target_compile_definitions(test_models PRIVATE BRAINPY_TOOL="$<TARGET_FILE:brainpy_tool>")
add_dependencies(test_models brainpy_tool)
