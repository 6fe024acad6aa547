# cmake --install: the library, its headers, and brainpyConfig.cmake and brainpy_add_model() for find_package(brainpy).
include(CMakePackageConfigHelpers)

# The tool finds the library beside it, wherever both were installed.
set_target_properties(brainpy_tool PROPERTIES INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")
install(TARGETS brainpy_tool RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS brainpy EXPORT brainpyTargets
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
# What a program includes is brainpy/brainpy.hpp; the headers behind it keep their folders, below include/brainpy.
foreach(tree runtime frontend compiler/ir compiler/ops)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/${tree}/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/brainpy/${tree}
          FILES_MATCHING PATTERN "*.h" PATTERN "*.hpp"
          REGEX "/frontend/(brainpy|tooling)$" EXCLUDE)
endforeach()
if(EXISTS ${PROJECT_SOURCE_DIR}/frontend/brainpy)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/frontend/brainpy/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/brainpy
          FILES_MATCHING PATTERN "*.hpp")
endif()

set(config_folder ${CMAKE_INSTALL_LIBDIR}/cmake/brainpy)
install(EXPORT brainpyTargets NAMESPACE brainpy:: DESTINATION ${config_folder})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/brainpyConfig.cmake.in
                              ${PROJECT_BINARY_DIR}/brainpyConfig.cmake INSTALL_DESTINATION ${config_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/brainpyConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/brainpyConfig.cmake ${PROJECT_BINARY_DIR}/brainpyConfigVersion.cmake
        ${CMAKE_CURRENT_LIST_DIR}/BrainpyAddModel.cmake DESTINATION ${config_folder})
