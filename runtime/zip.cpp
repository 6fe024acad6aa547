#include "runtime/zip.h"

#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "runtime/error.h"

// The layout is PKWARE's APPNOTE.TXT, version 6.3: 4.3.7 local header, 4.3.12 central directory, 4.3.14 and 4.3.15
// zip64 end records, 4.3.16 end record, 4.5.3 zip64 extra field.
namespace brainpy::runtime {
namespace {

constexpr std::uint32_t local_signature = 0x04034b50;
constexpr std::uint32_t central_signature = 0x02014b50;
constexpr std::uint32_t zip64_end_signature = 0x06064b50;
constexpr std::uint32_t zip64_locator_signature = 0x07064b50;
constexpr std::uint32_t end_signature = 0x06054b50;
constexpr std::uint64_t small_limit = 0xffffffff;  // this value or more: see the zip64 field

/// Little-endian numbers into a string.
struct Record {
  std::string bytes;
  Record& number(std::uint64_t value, int size) {
    for (int i = 0; i < size; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xff);
    return *this;
  }
};

/// Little-endian number of `size` bytes at `at`; the caller has checked the length.
std::uint64_t number(std::string_view bytes, std::size_t at, int size) {
  std::uint64_t value = 0;
  for (int i = 0; i < size; ++i)
    value |= std::uint64_t{static_cast<unsigned char>(bytes[at + static_cast<std::size_t>(i)])} << (8 * i);
  return value;
}

std::uint32_t checksum_of(std::uint32_t start, const void* data, std::uint64_t bytes) {
  return static_cast<std::uint32_t>(crc32_z(start, static_cast<const Bytef*>(data), bytes));
}

}  // namespace

// --- writing

ZipWriter::ZipWriter(const std::string& path) : path_(path), file_(path, std::ios::binary) {
  if (!file_) write({});
}

void ZipWriter::write(std::string_view bytes) {
  file_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!file_)
    throw FileError({.what = "save: cannot write the file",
                     .values = "path '" + path_ + "': " + std::generic_category().message(errno),
                     .hint = "does the folder exist, may you write there, and is there room on the disk?"});
  written_ += bytes.size();
}

void ZipWriter::add(const std::string& name, std::string_view head, std::string_view body) {
  Member member{name, 0, head.size() + body.size(), written_};
  member.checksum = checksum_of(checksum_of(0, head.data(), head.size()), body.data(), body.size());
  const bool large = member.bytes >= small_limit;
  Record extra;
  if (large) extra.number(1, 2).number(16, 2).number(member.bytes, 8).number(member.bytes, 8);
  Record header;
  header.number(local_signature, 4).number(large ? 45 : 20, 2).number(0x800, 2).number(0, 2);  // names are UTF-8
  header.number(0, 2).number(0x21, 2);  // no time of day; 1 January 1980, so that equal contents give equal files
  header.number(member.checksum, 4);
  header.number(large ? small_limit : member.bytes, 4).number(large ? small_limit : member.bytes, 4);
  header.number(name.size(), 2).number(extra.bytes.size(), 2);
  write(header.bytes + name + extra.bytes);
  write(head);
  write(body);
  members_.push_back(std::move(member));
}

void ZipWriter::finish() {
  const std::uint64_t start = written_;
  for (const Member& member : members_) {
    const bool large = member.bytes >= small_limit || member.offset >= small_limit;
    Record extra;
    if (large)
      extra.number(1, 2).number(24, 2).number(member.bytes, 8).number(member.bytes, 8).number(member.offset, 8);
    Record header;
    header.number(central_signature, 4).number(45, 2).number(large ? 45 : 20, 2).number(0x800, 2).number(0, 2);
    header.number(0, 2).number(0x21, 2).number(member.checksum, 4);
    header.number(large ? small_limit : member.bytes, 4).number(large ? small_limit : member.bytes, 4);
    header.number(member.name.size(), 2).number(extra.bytes.size(), 2).number(0, 2).number(0, 2).number(0, 2);
    header.number(0, 4).number(large ? small_limit : member.offset, 4);
    write(header.bytes + member.name + extra.bytes);
  }
  const std::uint64_t bytes = written_ - start, count = members_.size();
  if (start >= small_limit || bytes >= small_limit || count >= 0xffff) {
    const std::uint64_t record_at = written_;
    Record record;
    record.number(zip64_end_signature, 4).number(44, 8).number(45, 2).number(45, 2).number(0, 4).number(0, 4);
    record.number(count, 8).number(count, 8).number(bytes, 8).number(start, 8);
    record.number(zip64_locator_signature, 4).number(0, 4).number(record_at, 8).number(1, 4);
    write(record.bytes);
  }
  Record end;
  end.number(end_signature, 4).number(0, 2).number(0, 2);
  end.number(std::min<std::uint64_t>(count, 0xffff), 2).number(std::min<std::uint64_t>(count, 0xffff), 2);
  end.number(std::min(bytes, small_limit), 4).number(std::min(start, small_limit), 4).number(0, 2);
  write(end.bytes);
  file_.close();
  write({});
}

// --- reading

void ZipReader::fail(const std::string& what) const {
  throw FileError({.what = "load: " + what,
                   .values = "path '" + path_ + "', " + std::to_string(file_bytes_) + " bytes",
                   .hint = "an .npz file is what numpy.savez or bp::save writes; was this one copied completely?"});
}

std::string ZipReader::read_at(std::uint64_t offset, std::uint64_t bytes) {
  if (offset > file_bytes_ || bytes > file_bytes_ - offset) fail("the archive is damaged or truncated");
  std::string text(bytes, '\0');
  file_.seekg(static_cast<std::streamoff>(offset));
  if (!file_.read(text.data(), static_cast<std::streamsize>(bytes))) fail("the file cannot be read");
  return text;
}

ZipReader::ZipReader(const std::string& path) : path_(path), file_(path, std::ios::binary) {
  if (!file_)
    throw FileError({.what = "load: cannot open the file",
                     .values = "path '" + path + "': " + std::generic_category().message(errno),
                     .hint = "check the path; a relative one starts from the folder that the program was started in"});
  file_.seekg(0, std::ios::end);
  const std::streamoff end_of_file = file_.tellg();
  if (end_of_file < 0) fail("the file cannot be read");
  file_bytes_ = static_cast<std::uint64_t>(end_of_file);

  // The end record is 22 bytes, then a comment of at most 64 KiB.
  const std::uint64_t tail_bytes = std::min<std::uint64_t>(file_bytes_, 22 + 0xffff);
  const std::uint64_t tail_at = file_bytes_ - tail_bytes;
  const std::string tail = read_at(tail_at, tail_bytes);
  const std::size_t end = tail.rfind("PK\x05\x06");
  if (end == std::string::npos || end + 22 > tail.size()) fail("not a zip archive, or its end is missing");
  std::uint64_t count = number(tail, end + 10, 2);
  std::uint64_t directory_bytes = number(tail, end + 12, 4);
  std::uint64_t directory_at = number(tail, end + 16, 4);
  if (count == 0xffff || directory_bytes == small_limit || directory_at == small_limit) {
    const std::uint64_t end_at = tail_at + end;
    if (end_at < 20) fail("the archive is damaged: no zip64 record");
    const std::string locator = read_at(end_at - 20, 20);
    if (number(locator, 0, 4) != zip64_locator_signature) fail("the archive is damaged: no zip64 record");
    const std::string record = read_at(number(locator, 8, 8), 56);
    if (number(record, 0, 4) != zip64_end_signature) fail("the archive is damaged: no zip64 record");
    count = number(record, 32, 8);
    directory_bytes = number(record, 40, 8);
    directory_at = number(record, 48, 8);
  }

  const std::string directory = read_at(directory_at, directory_bytes);
  std::size_t at = 0;
  for (std::uint64_t k = 0; k < count; ++k) {
    if (directory.size() - at < 46 || number(directory, at, 4) != central_signature)
      fail("the archive is damaged: its directory does not read");
    Member member;
    const std::uint64_t flags = number(directory, at + 8, 2);
    member.method = static_cast<int>(number(directory, at + 10, 2));
    member.checksum = static_cast<std::uint32_t>(number(directory, at + 16, 4));
    member.packed_bytes = number(directory, at + 20, 4);
    member.bytes = number(directory, at + 24, 4);
    const std::size_t name_bytes = number(directory, at + 28, 2), extra_bytes = number(directory, at + 30, 2),
                      comment_bytes = number(directory, at + 32, 2);
    member.offset = number(directory, at + 42, 4);
    if (directory.size() - at - 46 < name_bytes + extra_bytes + comment_bytes)
      fail("the archive is damaged: its directory does not read");
    member.name = directory.substr(at + 46, name_bytes);
    // The zip64 field holds, in this order, those of the three numbers that did not fit.
    const std::string_view extra = std::string_view(directory).substr(at + 46 + name_bytes, extra_bytes);
    for (std::size_t f = 0; f + 4 <= extra.size(); f += 4 + number(extra, f + 2, 2)) {
      if (number(extra, f, 2) != 1) continue;
      std::string_view field = extra.substr(f + 4, number(extra, f + 2, 2));
      for (std::uint64_t* value : {&member.bytes, &member.packed_bytes, &member.offset}) {
        if (*value != small_limit) continue;
        if (field.size() < 8) fail("the archive is damaged: a zip64 field is short");
        *value = number(field, 0, 8);
        field.remove_prefix(8);
      }
    }
    if (flags & 1) fail("member '" + member.name + "' is encrypted");
    members_.push_back(std::move(member));
    at += 46 + name_bytes + extra_bytes + comment_bytes;
  }
}

struct ZipReader::Stream::Inflater {
  z_stream state{};
  char packed[1 << 16];
};

ZipReader::Stream::Stream(ZipReader& archive, const Member& member)
    : archive_(archive), member_(member), left_(member.bytes), packed_left_(member.packed_bytes) {
  const std::string header = archive.read_at(member.offset, 30);
  if (number(header, 0, 4) != local_signature) fail("has no header");
  const std::uint64_t start = member.offset + 30 + number(header, 26, 2) + number(header, 28, 2);
  if (start > archive.file_bytes_ || packed_left_ > archive.file_bytes_ - start) fail("is truncated");
  archive.file_.seekg(static_cast<std::streamoff>(start));
  if (member.method == 8) {
    inflater_ = new Inflater;
    inflateInit2(&inflater_->state, -MAX_WBITS);  // negative: no zlib header around the data
  } else if (member.method != 0) {
    fail("is packed by method " + std::to_string(member.method) + ", which is not known here");
  } else if (member.bytes != member.packed_bytes) {
    fail("has two sizes");
  }
}

ZipReader::Stream::~Stream() {
  if (inflater_) inflateEnd(&inflater_->state);
  delete inflater_;
}

void ZipReader::Stream::fail(const std::string& what) const {
  archive_.fail("member '" + member_.name + "' of the archive " + what);
}

std::size_t ZipReader::Stream::read_packed(char* to, std::size_t at_most) {
  const std::size_t bytes = std::min<std::uint64_t>(at_most, packed_left_);
  if (!archive_.file_.read(to, static_cast<std::streamsize>(bytes))) fail("cannot be read");
  packed_left_ -= bytes;
  return bytes;
}

void ZipReader::Stream::read(void* to, std::uint64_t bytes) {
  if (bytes > left_) fail("is truncated");
  char* out = static_cast<char*>(to);
  if (!inflater_) {
    read_packed(out, bytes);
  } else {
    z_stream& z = inflater_->state;
    for (std::uint64_t done = 0; done < bytes;) {
      if (z.avail_in == 0) {
        z.next_in = reinterpret_cast<Bytef*>(inflater_->packed);
        z.avail_in = static_cast<uInt>(read_packed(inflater_->packed, sizeof inflater_->packed));
      }
      const uInt wanted = static_cast<uInt>(std::min<std::uint64_t>(bytes - done, 1u << 30));
      z.next_out = reinterpret_cast<Bytef*>(out + done);
      z.avail_out = wanted;
      const int status = inflate(&z, Z_NO_FLUSH);
      done += wanted - z.avail_out;
      // Z_BUF_ERROR: neither input nor output moved, so the packed data ended too early.
      if (status != Z_OK && !(status == Z_STREAM_END && done == bytes)) fail("is damaged: it does not inflate");
    }
  }
  checksum_ = checksum_of(checksum_, to, bytes);
  left_ -= bytes;
  if (left_ == 0 && checksum_ != member_.checksum) fail("is damaged: its checksum differs");
}

}  // namespace brainpy::runtime
