# The HDF5 tests make files that this library does not write itself.
target_link_libraries(test_runtime PRIVATE hdf5::hdf5)
