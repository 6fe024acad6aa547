// A pointer that owns what it points to: what the library's public classes hide their insides behind.
// In: what was made with new. Out: Owner, for types that are complete only where it ends. It is std::unique_ptr without
// deleters, whose tuples and traits a compiler works through again for each type, in every file of a user.
#pragma once

namespace brainpy::runtime {

template <class T>
class Owner {
 public:
  explicit Owner(T* made = nullptr) : object_(made) {}
  Owner(Owner&& other) noexcept : object_(other.object_) { other.object_ = nullptr; }
  Owner& operator=(Owner&& other) noexcept {
    T* const taken = other.object_;
    other.object_ = object_;
    object_ = taken;
    return *this;
  }
  ~Owner() { delete object_; }

  explicit operator bool() const { return object_ != nullptr; }
  T* get() const { return object_; }
  T& operator*() const { return *object_; }
  T* operator->() const { return object_; }

 private:
  T* object_;
};

}  // namespace brainpy::runtime
