target_sources(test_numpy PRIVATE
  ${CMAKE_CURRENT_SOURCE_DIR}/numpy/case.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/numpy/elementwise_calls.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/numpy/reduction_calls.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/numpy/array_calls.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/numpy/linalg_calls.cpp)
