// Storage of an array: 64-byte aligned, padded so that a full vector may be read or written past the last element.
// In: a size in bytes. Out: a reference-counted block; whoever holds the only reference may write it in place.
#pragma once

#include <cstddef>
#include <memory>

namespace brainpy::runtime {

class Buffer {
 public:
  static constexpr std::size_t alignment = 64;
  /// Room past the end that vector code may touch: one widest vector of eight-byte elements.
  static constexpr std::size_t padding = 128;
  /// Of a block of so many bytes, padding included: large ones begin at the edge of a page of the system, so that
  /// threads that share an array can divide it at one (part_unit in threads.h).
  static constexpr std::size_t alignment_of(std::size_t bytes) { return bytes < 48 << 10 ? alignment : 4096; }

  /// Zeroed, padding included. Blocks from a megabyte on come straight from the system, in large pages where it has
  /// any. Those that were given up lately serve again (kept_bytes).
  explicit Buffer(std::size_t bytes);
  struct Unset {};
  /// The contents and the padding are whatever the memory held.
  Buffer(std::size_t bytes, Unset);
  /// A part of another block, which it keeps alive; `offset` is a multiple of the alignment. Its padding is what
  /// follows it there.
  Buffer(std::shared_ptr<Buffer> whole, std::size_t offset, std::size_t bytes);
  ~Buffer();
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  /// Memory that nobody uses and that is kept for blocks to come, at most this much, in blocks of at most a sixteenth
  /// of it: the system's first touch of a page costs more than all that a step does with it.
  static constexpr std::size_t kept_bytes = std::size_t{64} << 20;

  void* data() { return data_; }
  const void* data() const { return data_; }
  std::size_t bytes() const { return bytes_; }

  template <class T>
  T* as() {
    return static_cast<T*>(data_);
  }
  template <class T>
  const T* as() const {
    return static_cast<const T*>(data_);
  }

 private:
  /// Takes memory; true when it is zeroed.
  bool take(std::size_t total);

  void* data_ = nullptr;
  std::size_t bytes_;
  std::size_t total_ = 0;          ///< bytes with the padding
  std::size_t mapped_ = 0;         ///< bytes of a block from the system
  std::shared_ptr<Buffer> whole_;  ///< the owner of a part
};

using BufferPtr = std::shared_ptr<Buffer>;

/// A new block with zeroed contents and padding.
BufferPtr make_buffer(std::size_t bytes);
BufferPtr clone(const Buffer& source);

}  // namespace brainpy::runtime
