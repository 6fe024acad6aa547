// .npz files: round trips, exchange with NumPy both ways, damage of every kind.
#include <cstdlib>

#include "io_tensors.h"
#include "runtime/error.h"
#include "runtime/zip.h"
#include "support/temp_folder.h"

using namespace io_tensors;
using Catch::Matchers::Contains;

namespace {

/// Runs a Python script that imports numpy; its output is the failure's message.
void run_numpy(const TempFolder& folder, const std::string& script) {
  write_bytes(folder / "script.py", script);
  const std::string out = folder / "script.out";
  const std::string python = "/usr/bin/python3 ";
  if (std::system((python + "-c 'import numpy' 2> /dev/null").c_str()) != 0)
    FAIL("this test needs NumPy: run ./dev setup test, or apt-get install python3-numpy");
  const int status =
      std::system(("cd '" + folder.path.string() + "' && " + python + "script.py > script.out 2>&1").c_str());
  INFO(read_bytes(out));
  REQUIRE(status == 0);
}

std::string npy(const std::string& dictionary, const std::string& data, char version = 1) {
  std::string header = "\x93NUMPY";
  header += {version, '\0', static_cast<char>(dictionary.size()), '\0'};
  if (version > 1) header += std::string(2, '\0');
  return header + dictionary + data;
}

void write_zip(const std::string& path, const std::string& name, const std::string& contents) {
  ZipWriter zip(path);
  zip.add(name, "", contents);
  zip.finish();
}

}  // namespace

TEST_CASE("npz: what is saved is loaded, bit for bit, in order") {
  TempFolder folder;
  const auto tensors = all_kinds();
  save(folder / "all.npz", tensors);
  const auto loaded = load(folder / "all.npz");
  REQUIRE(loaded.size() == tensors.size());
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    CAPTURE(tensors[i].name);
    CHECK(loaded[i].name == tensors[i].name);
    check_same(loaded[i].tensor, tensors[i].tensor);
  }
  save(folder / "none.npz", {});
  CHECK(load(folder / "none.npz").empty());
  // Equal contents give equal files.
  save(folder / "again.npz", tensors);
  CHECK(read_bytes(folder / "all.npz") == read_bytes(folder / "again.npz"));
  CHECK_FALSE(std::filesystem::exists(folder / "all.npz.unfinished"));
}

TEST_CASE("npz: NumPy reads what we write") {
  TempFolder folder;
  save(folder / "ours.npz", all_kinds());
  run_numpy(folder, R"(
import numpy as np
names = dict(f32='float32', f64='float64', i32='int32', i64='int64', u32='uint32', u64='uint64', bool='bool',
             key='uint64')
with np.load('ours.npz', allow_pickle=False) as f:
    assert len(f.files) == 6 * 8 + 1, f.files
    for short, name in names.items():
        dtype = np.dtype(name)
        def values(shape):
            bits = np.arange(1, int(np.prod(shape)) + 1, dtype=np.uint64) * np.uint64(0x9e3779b97f4a7c15)
            if name == 'bool':
                v = (bits >> np.uint64(63)).astype(bool)
            elif dtype.itemsize == 4:
                v = bits.astype(np.uint32).view(dtype)
            else:
                v = bits.view(dtype)
            if name == 'float64' and v.size > 2:
                v = v.copy(); v[0] = -0.0; v[1] = 5e-324
            return v.reshape(shape)
        for prefix, shape in [('E.V.', (5,)), ('scalar_', ()), ('empty_', (0,)), ('empty3_', (3, 0, 2)),
                              ('cube_', (2, 3, 4)), ('deep_', (1, 2) * 4)]:
            got = f[prefix + short]
            assert got.dtype == dtype and got.shape == shape, (prefix, short, got.dtype, got.shape)
            assert got.tobytes() == values(shape).tobytes(), (prefix, short, got)
    assert f['Größe'].shape == (1000,)
)");
}

TEST_CASE("npz: we read what NumPy writes") {
  TempFolder folder;
  run_numpy(folder, R"(
import numpy as np
a = dict(f=np.arange(6, dtype=np.float32).reshape(2, 3) / 4, i=np.int64(-7), b=np.array([True, False, True]),
         e=np.zeros((0, 3)), big=np.arange(5, dtype='>i4') - 2, order=np.asfortranarray(np.arange(24).reshape(2, 3, 4)),
         large=np.tile(np.arange(1000, dtype=np.uint32), 300), u=np.array([2**64 - 1], dtype=np.uint64))
np.savez('stored.npz', **a)
np.savez_compressed('packed.npz', **a)
with open('v2.npy', 'wb') as f: np.lib.format.write_array(f, np.full(3, 1.5), version=(2, 0))
import zipfile
with zipfile.ZipFile('v2.npz', 'w') as z: z.write('v2.npy'); z.writestr('note.txt', 'not an array')
)");
  for (const char* file : {"stored.npz", "packed.npz"}) {
    CAPTURE(file);
    const auto loaded = load(folder / file);
    REQUIRE(loaded.size() == 8);
    CHECK(to_string(loaded[0].tensor.type) == "f32[2,3]");
    CHECK(loaded[0].name == "f");
    CHECK(loaded[0].tensor.as<float>()[5] == 1.25f);
    CHECK(to_string(loaded[1].tensor.type) == "i64[]");
    CHECK(loaded[1].tensor.as<std::int64_t>()[0] == -7);
    CHECK(to_string(loaded[2].tensor.type) == "bool[3]");
    CHECK(loaded[2].tensor.as<bool>()[0]);
    CHECK_FALSE(loaded[2].tensor.as<bool>()[1]);
    CHECK(to_string(loaded[3].tensor.type) == "f64[0,3]");
    CHECK(to_string(loaded[4].tensor.type) == "i32[5]");
    for (int k = 0; k < 5; ++k) CHECK(loaded[4].tensor.as<std::int32_t>()[k] == k - 2);
    CHECK(to_string(loaded[5].tensor.type) == "i64[2,3,4]");
    for (int k = 0; k < 24; ++k) CHECK(loaded[5].tensor.as<std::int64_t>()[k] == k);
    CHECK(to_string(loaded[6].tensor.type) == "u32[300000]");
    bool same = true;
    for (std::uint32_t k = 0; k < 300000; ++k) same = same && loaded[6].tensor.as<std::uint32_t>()[k] == k % 1000;
    CHECK(same);
    CHECK(loaded[7].tensor.as<std::uint64_t>()[0] == ~std::uint64_t{0});
  }
  const auto version2 = load(folder / "v2.npz");
  REQUIRE(version2.size() == 1);
  CHECK(version2[0].name == "v2");
  CHECK(version2[0].tensor.as<double>()[2] == 1.5);
}

TEST_CASE("npz: unknown element types are refused with the cure") {
  TempFolder folder;
  run_numpy(folder, R"(
import numpy as np
np.savez('half.npz', h=np.ones(3, dtype=np.float16))
np.savez('object.npz', o=np.array([{}, None], dtype=object))
np.savez('fields.npz', r=np.zeros(2, dtype=[('x', 'f4'), ('y', 'i4')]))
np.savez('text.npz', t=np.array(['a', 'bc']))
np.savez('complex.npz', c=np.zeros(2, dtype=complex))
np.savez('nine.npz', n=np.zeros((1,) * 9))
)");
  const auto text = [&](const char* file) { return error_text([&] { load(folder / file); }); };
  CHECK_THAT(text("half.npz"), Contains("element type '<f2'") && Contains("array 'h' in") && Contains("astype"));
  CHECK_THAT(text("object.npz"), Contains("'|O'") && Contains("Python objects"));
  CHECK_THAT(text("fields.npz"), Contains("structured"));
  CHECK_THAT(text("text.npz"), Contains("'<U2'"));
  CHECK_THAT(text("complex.npz"), Contains("'<c16'"));
  CHECK_THAT(text("nine.npz"), Contains("more than 8 axes"));
}

TEST_CASE("npz: a damaged file is refused, never misread") {
  TempFolder folder;
  const std::string path = folder / "a.npz";
  save(path, {{"x", tensor_of(DType::f64, {3})}, {"y", tensor_of(DType::bool_, {2, 2})}});
  const std::string good = read_bytes(path);
  for (std::size_t size = 0; size < good.size(); ++size) {
    CAPTURE(size);
    write_bytes(path, good.substr(0, size));
    error_text([&] { load(path); });
  }
  // A flipped byte is found, unless it is one that does not matter (dates, flags): then the arrays are right.
  int found = 0;
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x04);
    write_bytes(path, bad);
    CAPTURE(at);
    try {
      const auto loaded = load(path);
      for (const auto& item : loaded) {
        if (item.name == "x") check_same(item.tensor, tensor_of(DType::f64, {3}));
        if (item.name == "y") check_same(item.tensor, tensor_of(DType::bool_, {2, 2}));
      }
    } catch (const brainpy::FileError&) {
      ++found;
    }
  }
  CHECK(found > 250);  // the two arrays with their headers alone are 284 bytes
}

TEST_CASE("npz: damaged deflated members are refused") {
  TempFolder folder;
  const std::string path = folder / "a.npz";
  run_numpy(folder, "import numpy as np\nnp.savez_compressed('a.npz', x=np.arange(1000) ** 2)\n");
  const std::string good = read_bytes(path);
  int found = 0;
  for (std::size_t at = 60; at + 120 < good.size(); at += 7) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x20);
    write_bytes(path, bad);
    CAPTURE(at);
    CHECK_THROWS_AS(load(path), brainpy::FileError);
    ++found;
  }
  CHECK(found > 50);
}

TEST_CASE("npz: headers that lie are refused") {
  TempFolder folder;
  const std::string path = folder / "a.npz";
  const std::string data(24, '\0');
  const auto text = [&](const std::string& member, const std::string& name = "x.npy") {
    write_zip(path, name, member);
    return error_text([&] { load(path); });
  };
  write_zip(path, "x.npy", npy("{ \"shape\" :( 3 , ),'fortran_order':True , 'descr':'<f8'}", data));
  CHECK(to_string(load(path).at(0).tensor.type) == "f64[3]");
  CHECK_THAT(text(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (4,), }", data)), Contains("larger than"));
  CHECK_THAT(text(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }", data)), Contains("the size"));
  CHECK_THAT(text(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (0,), }", data)), Contains("the size"));
  CHECK_THAT(text(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296), }", data)),
             Contains("larger than"));
  CHECK_THAT(text(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999,), }", data)),
             Contains("does not read"));
  CHECK_THAT(text(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (-3,), }", data)), Contains("does not read"));
  CHECK_THAT(text(npy("{'descr': '<f8', 'fortran_order': Maybe, 'shape': (3,), }", data)), Contains("does not read"));
  CHECK_THAT(text(npy("{'descr': '', 'fortran_order': False, 'shape': (3,), }", data)), Contains("element type ''"));
  CHECK_THAT(text(npy("{'descr': '<f8', 'shape': (3,), }", data)), Contains("does not read"));
  CHECK_THAT(text(npy("{'descr': '<f8", data)), Contains("does not read"));
  CHECK_THAT(text(npy("", data)), Contains("does not read"));
  CHECK_THAT(text(npy("{}", data, 9)), Contains("version 9"));
  CHECK_THAT(text("\x93NUMPY\x01"), Contains("truncated"));
  CHECK_THAT(text("plain text that is no array"), Contains("not an array"));
}

TEST_CASE("npz: an archive of more members than the old record counts") {
  TempFolder folder;
  const std::string member = npy("{'descr': '<f8', 'fortran_order': False, 'shape': (), }", std::string(8, '\0'));
  ZipWriter zip(folder / "many.npz");
  for (int k = 0; k < 70000; ++k) zip.add(std::to_string(k) + ".npy", "", member);
  zip.finish();
  const auto loaded = load(folder / "many.npz");
  REQUIRE(loaded.size() == 70000);
  CHECK(loaded[69999].name == "69999");
  run_numpy(folder, "import zipfile\nassert len(zipfile.ZipFile('many.npz').namelist()) == 70000\n");
}

TEST_CASE("npz: files that are not there or not archives") {
  TempFolder folder;
  CHECK_THAT(error_text([&] { load(folder / "missing.npz"); }),
             Contains("cannot open the file") && Contains("missing.npz") && Contains("No such file"));
  write_bytes(folder / "text.npz", "this is text, not an archive, and longer than an end record");
  CHECK_THAT(error_text([&] { load(folder / "text.npz"); }), Contains("not a zip archive"));
  std::filesystem::create_directories(folder / "folder.npz");
  error_text([&] { load(folder / "folder.npz"); });
  CHECK_THAT(error_text([&] { save(folder / "folder.npz", {}); }), Contains("cannot write"));
  CHECK_THAT(error_text([&] { save(folder / "no/such/folder/a.npz", {}); }), Contains("cannot write"));
}

TEST_CASE("npz: an interrupted save keeps the older file") {
  TempFolder folder;
  const std::string path = folder / "a.npz";
  save(path, {{"x", tensor_of(DType::f32, {4})}});
  std::filesystem::create_directories(path + ".unfinished/x");
  error_text([&] { save(path, {{"x", tensor_of(DType::f32, {9})}}); });
  CHECK(load(path).at(0).tensor.type.size() == 4);
}

TEST_CASE("save and load: extensions and names") {
  TempFolder folder;
  CHECK_THAT(error_text([&] { save(folder / "a.mat", {}); }),
             Contains("unknown file format '.mat'") && Contains(".npz, .h5, .hdf5"));
  CHECK_THAT(error_text([&] { load(folder / "plain"); }), Contains("unknown file format ''"));
  save(folder / "A.NPZ", {{"x", tensor_of(DType::f32, {1})}});
  CHECK(load(folder / "A.NPZ").size() == 1);
  const Tensor x = tensor_of(DType::f32, {1});
  CHECK_THAT(error_text([&] { save(folder / "a.npz", {{"x", x}, {"x", x}}); }), Contains("two arrays have one name"));
  CHECK_THAT(error_text([&] { save(folder / "a.npz", {{"", x}}); }), Contains("has no name"));
  CHECK_FALSE(std::filesystem::exists(folder / "a.npz"));
}
