// Arrays in files: NumPy's .npz and HDF5.
// In: named tensors and a path. Out: a file that NumPy or h5py reads, and tensors from a file that they wrote.
#pragma once

#include <string>
#include <vector>

#include "runtime/tensor.h"

namespace brainpy::runtime {

struct NamedTensor {
  std::string name;
  Tensor tensor;
};

/// Writes the tensors under their names, in the format that the extension says: .npz, .h5 or .hdf5. The file appears
/// when it is complete; an older one is replaced only then. A random key is written as uint64. Another extension, a
/// name that is empty or given twice, or a path that cannot be written is a FileError.
void save(const std::string& path, const std::vector<NamedTensor>& tensors);

/// Reads all arrays of a file: an .npz in the order of the file, an HDF5 file in the order of the names. Elements of
/// other types than float32, float64, int32, int64, uint32, uint64 and bool, and damaged files, are a FileError.
std::vector<NamedTensor> load(const std::string& path);

/// An uncompressed zip archive with one NAME.npy an array (npz.cpp). load_npz reads compressed ones as well, either
/// byte order, and Fortran order.
void save_npz(const std::string& path, const std::vector<NamedTensor>& tensors);
std::vector<NamedTensor> load_npz(const std::string& path);

/// One dataset a name (hdf5.cpp); a '/' in a name makes groups. Bools are h5py's enumeration.
void save_hdf5(const std::string& path, const std::vector<NamedTensor>& tensors);
std::vector<NamedTensor> load_hdf5(const std::string& path);

}  // namespace brainpy::runtime
