#include "runtime/io.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <set>

#include "runtime/error.h"

namespace brainpy::runtime {
namespace {

struct Format {
  const char* extension;
  void (*save)(const std::string&, const std::vector<NamedTensor>&);
  std::vector<NamedTensor> (*load)(const std::string&);
};

constexpr Format formats[] = {
    {".npz", save_npz, load_npz}, {".h5", save_hdf5, load_hdf5}, {".hdf5", save_hdf5, load_hdf5}};

const Format& format_of(const std::string& path, const char* action) {
  std::string extension = std::filesystem::path(path).extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  std::string known;
  for (const Format& format : formats) {
    if (extension == format.extension) return format;
    known += (known.empty() ? "" : ", ") + std::string(format.extension);
  }
  throw FileError({.what = std::string(action) + ": unknown file format '" + extension + "'",
                   .values = "path '" + path + "'",
                   .hint = "end the path in one of " + known});
}

void check_names(const std::string& path, const std::vector<NamedTensor>& tensors) {
  std::set<std::string> seen;
  for (const NamedTensor& item : tensors) {
    if (item.name.empty())
      throw FileError(
          {.what = "save: an array has no name", .values = "path '" + path + "'", .hint = "give each array a name"});
    if (!seen.insert(item.name).second)
      throw FileError({.what = "save: two arrays have one name",
                       .values = "name '" + item.name + "', path '" + path + "'",
                       .hint = "give each array a name of its own"});
  }
}

}  // namespace

void save(const std::string& path, const std::vector<NamedTensor>& tensors) {
  const Format& format = format_of(path, "save");
  check_names(path, tensors);
  const std::string unfinished = path + ".unfinished";
  try {
    format.save(unfinished, tensors);
    std::filesystem::rename(unfinished, path);
  } catch (const std::filesystem::filesystem_error& error) {
    std::remove(unfinished.c_str());
    throw FileError({.what = "save: cannot write the file",
                     .values = "path '" + path + "': " + error.code().message(),
                     .hint = "is the path a folder, or write-protected?"});
  } catch (...) {
    std::remove(unfinished.c_str());
    throw;
  }
}

std::vector<NamedTensor> load(const std::string& path) { return format_of(path, "load").load(path); }

}  // namespace brainpy::runtime
