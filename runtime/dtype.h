// Element types: the eight types that arrays, the IR and compiled programs share.
// In: nothing. Out: DType, its two spellings (`float32` for users, `f32` in IR text), sizes and kinds.
#pragma once

#include <cstddef>
#include <cstdint>

namespace brainpy::runtime {

enum class DType : std::uint8_t { f32, f64, i32, i64, u32, u64, bool_, key };

inline constexpr int dtype_count = 8;

/// Bytes of one element; a bool takes one byte, a random key eight.
constexpr std::size_t size_of(DType t) {
  constexpr std::size_t sizes[dtype_count] = {4, 8, 4, 8, 4, 8, 1, 8};
  return sizes[static_cast<int>(t)];
}

/// NumPy's name: "float32", "int64", "bool"; "key" for random keys.
constexpr const char* numpy_name(DType t) {
  constexpr const char* names[dtype_count] = {"float32", "float64", "int32", "int64",
                                              "uint32",  "uint64",  "bool",  "key"};
  return names[static_cast<int>(t)];
}

/// The name in IR text: "f32", "i64", "bool", "key".
constexpr const char* ir_name(DType t) {
  constexpr const char* names[dtype_count] = {"f32", "f64", "i32", "i64", "u32", "u64", "bool", "key"};
  return names[static_cast<int>(t)];
}

constexpr bool is_float(DType t) { return t == DType::f32 || t == DType::f64; }
constexpr bool is_signed_integer(DType t) { return t == DType::i32 || t == DType::i64; }
constexpr bool is_unsigned_integer(DType t) { return t == DType::u32 || t == DType::u64; }
constexpr bool is_integer(DType t) { return is_signed_integer(t) || is_unsigned_integer(t); }

template <class T>
struct DTypeOf;
template <>
struct DTypeOf<float> {
  static constexpr DType value = DType::f32;
};
template <>
struct DTypeOf<double> {
  static constexpr DType value = DType::f64;
};
template <>
struct DTypeOf<std::int32_t> {
  static constexpr DType value = DType::i32;
};
template <>
struct DTypeOf<std::int64_t> {
  static constexpr DType value = DType::i64;
};
template <>
struct DTypeOf<long long> {
  static constexpr DType value = DType::i64;
};
template <>
struct DTypeOf<std::uint32_t> {
  static constexpr DType value = DType::u32;
};
template <>
struct DTypeOf<std::uint64_t> {
  static constexpr DType value = DType::u64;
};
template <>
struct DTypeOf<unsigned long long> {
  static constexpr DType value = DType::u64;
};
template <>
struct DTypeOf<bool> {
  static constexpr DType value = DType::bool_;
};
template <class T>
inline constexpr DType dtype_of = DTypeOf<T>::value;

}  // namespace brainpy::runtime
