// HDF5 files: round trips, files of other programs, what is refused.
#include <hdf5.h>

#include <cstdlib>

#include "io_tensors.h"
#include "runtime/error.h"
#include "support/capture_stderr.h"
#include "support/temp_folder.h"

using namespace io_tensors;
using Catch::Matchers::Contains;

namespace {

/// One dataset of the given stored type, chunked and deflated, made from 64-bit integers 0, 1, 2, ...
void write_dataset(const std::string& path, hid_t stored_type, std::vector<hsize_t> extents) {
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const hid_t space = H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr);
  const hid_t settings = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_chunk(settings, static_cast<int>(extents.size()), extents.data());
  H5Pset_deflate(settings, 6);
  const hid_t dataset = H5Dcreate2(file, "x", stored_type, space, H5P_DEFAULT, settings, H5P_DEFAULT);
  REQUIRE(dataset >= 0);
  std::size_t size = 1;
  for (const hsize_t extent : extents) size *= extent;
  std::vector<std::int64_t> values(size);
  for (std::size_t i = 0; i < size; ++i) values[i] = static_cast<std::int64_t>(i);
  if (H5Tget_class(stored_type) == H5T_INTEGER || H5Tget_class(stored_type) == H5T_FLOAT)
    H5Dwrite(dataset, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
  H5Dclose(dataset);
  H5Pclose(settings);
  H5Sclose(space);
  H5Fclose(file);
}

}  // namespace

TEST_CASE("hdf5: what is saved is loaded, bit for bit, in the order of the names") {
  TempFolder folder;
  auto tensors = all_kinds();
  tensors.push_back({"group/inner/x", tensor_of(DType::f64, {2})});
  tensors.push_back({"group/y", tensor_of(DType::f64, {2})});
  for (const char* file : {"all.h5", "all.hdf5"}) {
    save(folder / file, tensors);
    const auto loaded = load(folder / file);
    REQUIRE(loaded.size() == tensors.size());
    for (const NamedTensor& item : tensors) {
      CAPTURE(item.name);
      const auto found =
          std::find_if(loaded.begin(), loaded.end(), [&](const NamedTensor& other) { return other.name == item.name; });
      REQUIRE(found != loaded.end());
      check_same(found->tensor, item.tensor);
    }
    CHECK(std::is_sorted(loaded.begin(), loaded.end(), [](const auto& a, const auto& b) { return a.name < b.name; }));
  }
  save(folder / "none.h5", {});
  CHECK(load(folder / "none.h5").empty());
}

TEST_CASE("hdf5: other programs' datasets: compressed, big-endian") {
  TempFolder folder;
  for (const hid_t type : {H5T_STD_I32BE, H5T_STD_I32LE}) {
    write_dataset(folder / "a.h5", type, {3, 4});
    const auto loaded = load(folder / "a.h5");
    REQUIRE(loaded.size() == 1);
    CHECK(to_string(loaded[0].tensor.type) == "i32[3,4]");
    for (int k = 0; k < 12; ++k) CHECK(loaded[0].tensor.as<std::int32_t>()[k] == k);
  }
  write_dataset(folder / "a.h5", H5T_IEEE_F64BE, {5});
  CHECK(load(folder / "a.h5").at(0).tensor.as<double>()[4] == 4.0);
}

TEST_CASE("hdf5: unknown element types are refused, quietly on stderr") {
  TempFolder folder;
  const hid_t text = H5Tcopy(H5T_C_S1);
  H5Tset_size(text, 8);
  for (const hid_t type : {H5T_STD_I16LE, H5T_STD_U8LE, text}) {
    write_dataset(folder / "a.h5", type, {3});
    CHECK(captured_stderr([&] {
            CHECK_THAT(error_text([&] { load(folder / "a.h5"); }),
                       Contains("element type of a dataset") && Contains("dataset 'x' in"));
          }).empty());
  }
  H5Tclose(text);
  write_dataset(folder / "a.h5", H5T_STD_I32LE, {1, 1, 1, 1, 1, 1, 1, 1, 1});
  CHECK_THAT(error_text([&] { load(folder / "a.h5"); }), Contains("more than 8 axes"));
}

TEST_CASE("hdf5: bad files and paths") {
  TempFolder folder;
  CHECK_THAT(error_text([&] { load(folder / "missing.h5"); }), Contains("cannot open") && Contains("missing.h5"));
  write_bytes(folder / "text.h5", "not an HDF5 file");
  CHECK_THAT(error_text([&] { load(folder / "text.h5"); }), Contains("not an HDF5 file"));
  save(folder / "a.h5", {{"x", tensor_of(DType::f64, {1000})}});
  const std::string good = read_bytes(folder / "a.h5");
  for (const std::size_t size : {std::size_t{0}, std::size_t{100}, good.size() / 2, good.size() - 1}) {
    CAPTURE(size);
    write_bytes(folder / "a.h5", good.substr(0, size));
    error_text([&] { load(folder / "a.h5"); });
  }
  CHECK_THAT(error_text([&] { save(folder / "no/such/folder/a.h5", {}); }), Contains("cannot write"));
  const Tensor x = tensor_of(DType::f32, {1});
  CHECK_THAT(error_text([&] { save(folder / "b.h5", {{"x", x}, {"x/y", x}}); }), Contains("a dataset cannot be made"));
  CHECK_FALSE(std::filesystem::exists(folder / "b.h5"));
  CHECK_FALSE(std::filesystem::exists(folder / "b.h5.unfinished"));
}
