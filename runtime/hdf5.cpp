// HDF5 files, by its C interface: one dataset an array.
#include <hdf5.h>

#include <cerrno>
#include <filesystem>
#include <mutex>
#include <string>
#include <system_error>
#include <utility>

#include "runtime/error.h"
#include "runtime/io.h"

namespace brainpy::runtime {
namespace {

/// An HDF5 identifier, closed by the function that fits its kind.
class Handle {
 public:
  Handle(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
  ~Handle() { reset(); }
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Handle& operator=(Handle&&) = delete;
  operator hid_t() const { return id_; }
  bool valid() const { return id_ >= 0; }
  /// Closes now; false when that fails.
  bool reset() { return id_ < 0 || close_(std::exchange(id_, -1)) >= 0; }

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

/// The library is built without threads in Debian, and prints errors to stderr unless told not to.
class Session {
 public:
  Session() : lock_(mutex()) {
    H5Eget_auto2(H5E_DEFAULT, &print_, &data_);
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  }
  ~Session() { H5Eset_auto2(H5E_DEFAULT, print_, data_); }

 private:
  static std::mutex& mutex() {
    static std::mutex one;
    return one;
  }
  std::lock_guard<std::mutex> lock_;
  H5E_auto2_t print_ = nullptr;
  void* data_ = nullptr;
};

[[noreturn]] void fail(const std::string& what, const std::string& values, const std::string& hint) {
  throw FileError({.what = what, .values = values, .hint = hint});
}

[[noreturn]] void fail_writing(const std::string& path) {
  fail("save: cannot write the file", "path '" + path + "'",
       "does the folder exist, may you write there, and is there room on the disk?");
}

/// h5py's bool: an enumeration of one-byte integers.
Handle make_bool_type() {
  Handle type(H5Tenum_create(H5T_NATIVE_INT8), H5Tclose);
  const std::int8_t no = 0, yes = 1;
  H5Tenum_insert(type, "FALSE", &no);
  H5Tenum_insert(type, "TRUE", &yes);
  return type;
}

/// The type of elements in memory.
Handle memory_type(DType dtype) {
  switch (dtype) {
    case DType::f32:
      return {H5Tcopy(H5T_NATIVE_FLOAT), H5Tclose};
    case DType::f64:
      return {H5Tcopy(H5T_NATIVE_DOUBLE), H5Tclose};
    case DType::i32:
      return {H5Tcopy(H5T_NATIVE_INT32), H5Tclose};
    case DType::i64:
      return {H5Tcopy(H5T_NATIVE_INT64), H5Tclose};
    case DType::u32:
      return {H5Tcopy(H5T_NATIVE_UINT32), H5Tclose};
    case DType::u64:
    case DType::key:
      return {H5Tcopy(H5T_NATIVE_UINT64), H5Tclose};
    case DType::bool_:
      return make_bool_type();
  }
  throw InternalError("hdf5: an element type without an HDF5 type");
}

/// The element type that an HDF5 type stands for; false when there is none.
bool dtype_of_hdf5(hid_t type, DType& dtype) {
  const std::size_t size = H5Tget_size(type);
  switch (H5Tget_class(type)) {
    case H5T_FLOAT:
      if (size != 4 && size != 8) return false;
      dtype = size == 4 ? DType::f32 : DType::f64;
      return true;
    case H5T_INTEGER: {
      if (size != 4 && size != 8) return false;
      const bool is_signed = H5Tget_sign(type) == H5T_SGN_2;
      dtype = is_signed ? (size == 4 ? DType::i32 : DType::i64) : (size == 4 ? DType::u32 : DType::u64);
      return true;
    }
    case H5T_ENUM: {
      const Handle wanted = make_bool_type();
      dtype = DType::bool_;
      return H5Tequal(type, wanted) > 0;
    }
    default:
      return false;
  }
}

Tensor read_dataset(hid_t file, const std::string& name, const std::string& path) {
  const std::string values = "dataset '" + name + "' in '" + path + "'";
  const Handle dataset(H5Dopen2(file, name.c_str(), H5P_DEFAULT), H5Dclose);
  if (!dataset.valid()) fail("load: a dataset does not open", values, "was the file damaged?");
  const Handle stored_type(H5Dget_type(dataset), H5Tclose);
  Type type;
  if (!dtype_of_hdf5(stored_type, type.dtype))
    fail("load: the element type of a dataset is not known here", values,
         "store float32, float64, int32, int64, uint32, uint64 or bool");
  const Handle space(H5Dget_space(dataset), H5Sclose);
  const H5S_class_t space_class = H5Sget_simple_extent_type(space);
  if (space_class != H5S_SCALAR && space_class != H5S_SIMPLE)
    fail("load: a dataset holds no array", values, "delete it or give it a shape");
  const int rank = H5Sget_simple_extent_ndims(space);
  if (rank > Shape::max_rank) fail("load: a dataset has more than 8 axes", values, "reshape it before it is saved");
  hsize_t extents[Shape::max_rank] = {};
  H5Sget_simple_extent_dims(space, extents, nullptr);
  for (int axis = 0; axis < rank; ++axis) type.shape.push_back(static_cast<std::int64_t>(extents[axis]));

  Tensor tensor = make_tensor(type);
  const Handle elements = memory_type(type.dtype);
  if (type.size() > 0 && H5Dread(dataset, elements, H5S_ALL, H5S_ALL, H5P_DEFAULT, tensor.data->data()) < 0)
    fail("load: a dataset does not read", values, "was the file damaged, or is a compression filter missing?");
  return tensor;
}

}  // namespace

void save_hdf5(const std::string& path, const std::vector<NamedTensor>& tensors) {
  const Session session;
  Handle file(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose);
  if (!file.valid()) fail_writing(path);
  const Handle links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
  H5Pset_create_intermediate_group(links, 1);
  H5Pset_char_encoding(links, H5T_CSET_UTF8);
  for (const NamedTensor& item : tensors) {
    const Type& type = item.tensor.type;
    hsize_t extents[Shape::max_rank] = {};
    for (int axis = 0; axis < type.shape.rank(); ++axis) extents[axis] = static_cast<hsize_t>(type.shape[axis]);
    const Handle space(
        type.shape.is_scalar() ? H5Screate(H5S_SCALAR) : H5Screate_simple(type.shape.rank(), extents, nullptr),
        H5Sclose);
    const Handle elements = memory_type(type.dtype);
    const Handle dataset(H5Dcreate2(file, item.name.c_str(), elements, space, links, H5P_DEFAULT, H5P_DEFAULT),
                         H5Dclose);
    if (!dataset.valid())
      fail("save: a dataset cannot be made", "name '" + item.name + "', path '" + path + "'",
           "a name must not be '.' or '/', nor a dataset be inside another one");
    if (type.size() > 0 && H5Dwrite(dataset, elements, H5S_ALL, H5S_ALL, H5P_DEFAULT, item.tensor.data->data()) < 0)
      fail_writing(path);
  }
  if (!file.reset()) fail_writing(path);
}

std::vector<NamedTensor> load_hdf5(const std::string& path) {
  const Session session;
  std::error_code error;
  if (!std::filesystem::exists(path, error))
    fail("load: cannot open the file", "path '" + path + "': no such file",
         "check the path; a relative one starts from the folder that the program was started in");
  const Handle file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
  if (!file.valid())
    fail("load: not an HDF5 file, or truncated", "path '" + path + "'",
         "bp::save and h5py write such files; was this one copied completely?");
  std::vector<std::string> names;
  const auto note_dataset = [](hid_t, const char* name, const H5O_info_t* info, void* list) -> herr_t {
    if (info->type == H5O_TYPE_DATASET) static_cast<std::vector<std::string>*>(list)->push_back(name);
    return 0;
  };
  if (H5Ovisit2(file, H5_INDEX_NAME, H5_ITER_INC, note_dataset, &names, H5O_INFO_BASIC) < 0)
    fail("load: the list of datasets does not read", "path '" + path + "'", "was the file damaged?");
  std::vector<NamedTensor> tensors;
  for (const std::string& name : names) tensors.push_back({name, read_dataset(file, name, path)});
  return tensors;
}

}  // namespace brainpy::runtime
