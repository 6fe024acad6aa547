// .npz files: zip archives of .npy members (NumPy's format, NEP 1: a magic number, a Python dictionary as text, data).
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cctype>
#include <cstring>

#include "runtime/error.h"
#include "runtime/io.h"
#include "runtime/zip.h"

namespace brainpy::runtime {
namespace {

constexpr const char* npy_suffix = ".npy";
constexpr std::string_view npy_magic = "\x93NUMPY";

/// NumPy's description of an element type; a key is written as uint64.
const char* descr(DType dtype) {
  constexpr const char* names[dtype_count] = {"<f4", "<f8", "<i4", "<i8", "<u4", "<u8", "|b1", "<u8"};
  return names[static_cast<int>(dtype)];
}

std::string npy_header(const Type& type) {
  std::string dictionary =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': {}, }}", descr(type.dtype), to_string(type.shape));
  // Data starts at a multiple of 64 bytes: magic, two version bytes, two length bytes, the text and a newline.
  const std::size_t before = npy_magic.size() + 4;
  dictionary.append((64 - (before + dictionary.size() + 1) % 64) % 64, ' ');
  dictionary += '\n';
  std::string header(npy_magic);
  header += {'\1', '\0', static_cast<char>(dictionary.size() & 0xff), static_cast<char>(dictionary.size() >> 8)};
  return header + dictionary;
}

struct NpyHeader {
  Type type;
  bool fortran_order = false;
  bool swapped = false;  ///< the other byte order than this machine's
};

/// Reads the three entries of the header's dictionary. Any order and spacing, as the format allows.
class HeaderParser {
 public:
  HeaderParser(std::string_view text, const std::string& path, const std::string& name)
      : text_(text), path_(path), name_(name) {}

  NpyHeader parse() {
    NpyHeader header;
    bool has_descr = false, has_order = false, has_shape = false;
    expect('{');
    while (!accept('}')) {
      const std::string key = quoted();
      expect(':');
      if (key == "descr") {
        has_descr = true;
        if (peek() == '[') fail("structured element types are not known", "save the fields as arrays of their own");
        set_type(header, quoted());
      } else if (key == "fortran_order") {
        has_order = true;
        const std::string value = word();
        if (value != "True" && value != "False") malformed();
        header.fortran_order = value == "True";
      } else if (key == "shape") {
        has_shape = true;
        header.type.shape = shape();
      } else {
        malformed();
      }
      if (!accept(',') && peek() != '}') malformed();
    }
    if (!has_descr || !has_order || !has_shape) malformed();
    return header;
  }

 private:
  [[noreturn]] void fail(const std::string& what, const std::string& hint) const {
    throw FileError({.what = "load: " + what, .values = fmt::format("array '{}' in '{}'", name_, path_), .hint = hint});
  }
  [[noreturn]] void malformed() const { fail("the header of an array does not read", "was the file damaged?"); }

  void skip_spaces() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
  }
  char peek() {
    skip_spaces();
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool accept(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) malformed();
  }
  std::string quoted() {
    const char quote = peek();
    if (quote != '\'' && quote != '"') malformed();
    const std::size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) malformed();
    std::string value(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return value;
  }
  std::string word() {
    std::string value;
    skip_spaces();
    while (at_ < text_.size() && std::isalpha(static_cast<unsigned char>(text_[at_]))) value += text_[at_++];
    return value;
  }
  std::int64_t integer() {
    std::int64_t value = 0;
    bool any = false;
    skip_spaces();
    while (at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_]))) {
      if (value > (std::int64_t{1} << 58)) malformed();
      value = value * 10 + (text_[at_++] - '0');
      any = true;
    }
    if (!any) malformed();
    accept('L');  // Python 2 wrote long integers so
    return value;
  }
  Shape shape() {
    Shape shape;
    expect('(');
    while (!accept(')')) {
      if (shape.rank() == Shape::max_rank) fail("an array has more than 8 axes", "reshape it before it is saved");
      shape.push_back(integer());
      if (!accept(',') && peek() != ')') malformed();
    }
    return shape;
  }
  void set_type(NpyHeader& header, const std::string& descr_text) {
    const char order = descr_text.empty() ? '\0' : descr_text[0];
    const std::string kind = descr_text.empty() ? "" : descr_text.substr(1);
    const std::pair<const char*, DType> known[] = {{"f4", DType::f32},  {"f8", DType::f64}, {"i4", DType::i32},
                                                   {"i8", DType::i64},  {"u4", DType::u32}, {"u8", DType::u64},
                                                   {"b1", DType::bool_}};
    const auto* found =
        std::find_if(std::begin(known), std::end(known), [&](const auto& entry) { return kind == entry.first; });
    if (found == std::end(known) || !std::strchr("<>|=", order))
      fail("element type '" + descr_text + "' is not known here",
           kind == "O" ? "it holds Python objects: save arrays of numbers"
                       : "convert before saving: array.astype(numpy.float32), or float64, int32, int64, uint32, "
                         "uint64, bool");
    header.type.dtype = found->second;
    header.swapped = order == (std::endian::native == std::endian::little ? '>' : '<');
  }

  std::string_view text_;
  const std::string& path_;
  const std::string& name_;
  std::size_t at_ = 0;
};

void swap_bytes(Tensor& tensor) {
  const std::size_t width = size_of(tensor.type.dtype);
  char* bytes = tensor.as<char>();
  for (std::size_t at = 0; at < tensor.type.bytes(); at += width) std::reverse(bytes + at, bytes + at + width);
}

/// The same array in row-major order, from data whose first axis runs fastest.
Tensor from_fortran_order(const Tensor& source) {
  Tensor result = make_tensor(source.type);
  const Shape& shape = source.type.shape;
  const std::size_t width = size_of(source.type.dtype);
  Shape index;  // zeros
  for (int axis = 0; axis < shape.rank(); ++axis) index.push_back(0);
  for (std::int64_t to = 0; to < source.type.size(); ++to) {
    std::int64_t from = 0;
    for (int axis = shape.rank() - 1; axis >= 0; --axis) from = from * shape[axis] + index[axis];
    std::memcpy(result.as<char>() + static_cast<std::size_t>(to) * width,
                source.as<char>() + static_cast<std::size_t>(from) * width, width);
    for (int axis = shape.rank() - 1; axis >= 0 && ++index[axis] == shape[axis]; --axis) index[axis] = 0;
  }
  return result;
}

Tensor read_npy(ZipReader& archive, const ZipReader::Member& member, const std::string& name) {
  const auto fail = [&](const std::string& what) {
    throw FileError({.what = "load: " + what,
                     .values = fmt::format("array '{}' in '{}'", name, archive.path()),
                     .hint = "was the file damaged, or copied incompletely?"});
  };
  ZipReader::Stream stream(archive, member);
  unsigned char start[12] = {};
  stream.read(start, 8);
  if (std::memcmp(start, npy_magic.data(), npy_magic.size()) != 0) fail("not an array in NumPy's format");
  const int version = start[6];
  if (version < 1 || version > 3) fail(fmt::format("version {} of NumPy's format is not known here", version));
  const int length_bytes = version == 1 ? 2 : 4;
  stream.read(start + 8, static_cast<std::uint64_t>(length_bytes));
  std::uint64_t length = 0;
  for (int i = 0; i < length_bytes; ++i) length |= std::uint64_t{start[8 + i]} << (8 * i);
  if (length > stream.left()) fail("the header of an array is truncated");
  std::string text(length, '\0');
  stream.read(text.data(), length);

  const NpyHeader header = HeaderParser(text, archive.path(), name).parse();
  // Compare before allocating: a damaged shape may ask for anything, and its product may overflow.
  std::uint64_t bytes = size_of(header.type.dtype);
  const bool empty = std::count(header.type.shape.begin(), header.type.shape.end(), 0) > 0;
  for (const std::int64_t extent : header.type.shape) {
    if (empty) break;
    if (static_cast<std::uint64_t>(extent) > stream.left() / bytes) fail("an array is larger than its data");
    bytes *= static_cast<std::uint64_t>(extent);
  }
  if (empty) bytes = 0;
  if (bytes != stream.left()) fail("an array's data have not the size that its shape says");
  Tensor tensor = make_tensor(header.type);
  stream.read(tensor.data->data(), bytes);
  if (header.swapped) swap_bytes(tensor);
  return header.fortran_order && header.type.shape.rank() > 1 ? from_fortran_order(tensor) : tensor;
}

}  // namespace

void save_npz(const std::string& path, const std::vector<NamedTensor>& tensors) {
  ZipWriter archive(path);
  for (const NamedTensor& item : tensors)
    archive.add(item.name + npy_suffix, npy_header(item.tensor.type),
                {item.tensor.as<const char>(), item.tensor.type.bytes()});
  archive.finish();
}

std::vector<NamedTensor> load_npz(const std::string& path) {
  ZipReader archive(path);
  std::vector<NamedTensor> tensors;
  for (const ZipReader::Member& member : archive.members()) {
    if (!member.name.ends_with(npy_suffix)) continue;  // a note beside the arrays
    const std::string name = member.name.substr(0, member.name.size() - std::strlen(npy_suffix));
    tensors.push_back({name, read_npy(archive, member, name)});
  }
  return tensors;
}

}  // namespace brainpy::runtime
