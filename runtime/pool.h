// Memory for small objects that are made and dropped by the thousands, such as the operations of a program: a list of
// free places a thread, filled from blocks that grow.
// In: a class that derives from Pooled<itself>. Out: its `new` and `delete`. Blocks stay with the process, for the next
// objects of the class; places freed in another thread serve that thread.
#pragma once

#include <cstddef>
#include <new>

namespace brainpy::runtime {

/// The free places of one thread for objects of one class. Nothing to destroy: objects may end after the thread's
/// locals.
class Pool {
 public:
  void* take(std::size_t size) {
    if (!free_) fill(size);
    Place* place = free_;
    free_ = place->next;
    return place;
  }
  void give(void* object) { free_ = new (object) Place{free_}; }

 private:
  struct Place {
    Place* next;
  };
  struct AtThreadEnd;
  void fill(std::size_t size);

  Place* free_ = nullptr;
  std::byte *fresh_ = nullptr, *fresh_end_ = nullptr;  ///< of the latest block: no places yet
  std::size_t block_ = 0;                              ///< its bytes
  bool known_ = false;                                 ///< its list is handed on when the thread ends
};

template <class T>
class Pooled {
#if !defined(__SANITIZE_ADDRESS__)  // which would not see an object used after its end
 public:
  static void* operator new(std::size_t size) { return pool().take(size); }
  static void operator delete(void* object) { pool().give(object); }

 private:
  static Pool& pool() {
    constinit thread_local Pool pool;
    return pool;
  }
#endif
};

}  // namespace brainpy::runtime
