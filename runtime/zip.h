// Zip archives, as far as .npz files need them: members stored or deflated, sizes beyond 4 GiB by zip64.
// In: a path. Out: members written one after the other, or a list of members and their bytes as a stream.
#pragma once

#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace brainpy::runtime {

/// Writes members without compression. Errors are FileErrors.
class ZipWriter {
 public:
  explicit ZipWriter(const std::string& path);
  /// One member whose contents are `head` followed by `body`.
  void add(const std::string& name, std::string_view head, std::string_view body);
  /// Writes the directory: without it the file is not an archive.
  void finish();

 private:
  struct Member {
    std::string name;
    std::uint32_t checksum;
    std::uint64_t bytes;
    std::uint64_t offset;
  };
  void write(std::string_view bytes);

  std::string path_;
  std::ofstream file_;
  std::uint64_t written_ = 0;
  std::vector<Member> members_;
};

/// Reads the directory of an archive when made; errors are FileErrors that name the path.
class ZipReader {
 public:
  struct Member {
    std::string name;
    int method;  ///< 0 stored, 8 deflated
    std::uint32_t checksum;
    std::uint64_t packed_bytes;
    std::uint64_t bytes;
    std::uint64_t offset;
  };
  explicit ZipReader(const std::string& path);
  const std::vector<Member>& members() const { return members_; }
  const std::string& path() const { return path_; }

  /// The bytes of one member, in order.
  class Stream {
   public:
    Stream(ZipReader& archive, const Member& member);
    ~Stream();
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;
    /// Bytes that are still to come.
    std::uint64_t left() const { return left_; }
    /// Reads exactly this many bytes; a FileError when the member ends before or is damaged. The read that takes the
    /// last byte compares the checksum.
    void read(void* to, std::uint64_t bytes);

   private:
    struct Inflater;
    [[noreturn]] void fail(const std::string& what) const;
    std::size_t read_packed(char* to, std::size_t at_most);

    ZipReader& archive_;
    const Member& member_;
    std::uint64_t left_;
    std::uint64_t packed_left_;
    std::uint32_t checksum_ = 0;
    Inflater* inflater_ = nullptr;
  };

 private:
  [[noreturn]] void fail(const std::string& what) const;
  std::string read_at(std::uint64_t offset, std::uint64_t bytes);

  std::string path_;
  std::ifstream file_;
  std::uint64_t file_bytes_ = 0;
  std::vector<Member> members_;
};

}  // namespace brainpy::runtime
