// Bools as bits of 64-bit words and back: the form in which spikes are recorded, delivered and counted.
// In: bool arrays, words. Out: one registry entry for each operation.
#include <limits>

#include "compiler/ops/batching.h"
#include "compiler/ops/kernel.h"
#include "runtime/record.h"

namespace brainpy::compiler {
namespace {

OpDef pack_bits() {
  const auto infer = [](std::span<const Type> operands, const Attributes&) -> std::vector<Type> {
    kernel::expect_operands("pack_bits", operands, 1, "x");
    if (operands[0].dtype != DType::bool_)
      kernel::dtype_error("pack_bits", "needs bools", "operand " + to_string(operands[0]), "compare with 0 first");
    return {{DType::u64, {runtime::bit_words(operands[0].size())}}};
  };
  const auto run = [](const KernelCall& call) {
    runtime::pack_bits(call.input<bool>(0), call.in_types[0].size(), call.output<std::uint64_t>(0));
  };
  OpDef def = kernel::kernel_op("pack_bits", "Element i of a bool array as bit i % 64 of word i / 64.",
                                ShapeClass::pack, 1, infer, run);
  def.jvp = ZeroDerivative{};
  def.never_fails = true;
  def.batch = BatchByLoop{};  // a row that ends inside a word leaves the rest of that word empty
  kernel::add_samples(def, {DType::bool_},
                      [](DType t, std::int64_t n) {
                        return std::vector<Type>{{t, {n}}};
                      },
                      {{0, 1}});
  kernel::add_samples(def, {DType::bool_},
                      [](DType t, std::int64_t n) {
                        return std::vector<Type>{{t, {2, n}}};
                      },
                      {{0, 1}});
  return def;
}

OpDef unpack_bits() {
  const auto infer = [](std::span<const Type> operands, const Attributes& attributes) -> std::vector<Type> {
    kernel::expect_operands("unpack_bits", operands, 1, "x");
    const Shape shape = attributes.shape("shape");
    if (operands[0].dtype != DType::u64)
      kernel::dtype_error("unpack_bits", "needs words", "operand " + to_string(operands[0]), "pack bools first");
    if (!(operands[0].shape == Shape{runtime::bit_words(shape.size())}))
      kernel::shape_error("unpack_bits", "the words do not hold the elements",
                          "operand " + to_string(operands[0]) + ", elements " + runtime::to_string(shape),
                          "64 elements a word");
    return {{DType::bool_, shape}};
  };
  const auto run = [](const KernelCall& call) {
    runtime::unpack_bits(call.input<std::uint64_t>(0), call.out_types[0].size(), call.output<bool>(0));
  };
  OpDef def = kernel::kernel_op("unpack_bits", "The bool array of a shape whose pack_bits are given.",
                                ShapeClass::opaque, 1, infer, run);
  def.jvp = ZeroDerivative{};
  def.never_fails = true;
  def.batch = BatchByLoop{};
  kernel::add_samples(
      def, {DType::u64},
      [](DType t, std::int64_t n) {
        return std::vector<Type>{{t, {runtime::bit_words(n)}}};
      },
      {},
      [](std::int64_t n) {
        return Attributes{{"shape", std::vector<std::int64_t>{n}}};
      });
  return def;
}

OpDef count_bits() {
  const auto infer = [](std::span<const Type> operands, const Attributes& attributes) -> std::vector<Type> {
    kernel::expect_operands("count_bits", operands, 1, "x");
    const std::int64_t size = attributes.integer("size");
    const Shape& shape = operands[0].shape;
    if (operands[0].dtype != DType::u64)
      kernel::dtype_error("count_bits", "needs words", "operand " + to_string(operands[0]), "pack bools first");
    if (size < 0 || size > std::numeric_limits<std::int32_t>::max())
      kernel::value_error("count_bits", "size is out of range", "size " + std::to_string(size),
                          "0 to 2147483647 elements are counted in i32");
    if (shape.is_scalar() || shape[shape.rank() - 1] != runtime::bit_words(size))
      kernel::shape_error("count_bits", "the words do not hold the elements",
                          "operand " + to_string(operands[0]) + ", size " + std::to_string(size),
                          "64 elements a word, along the last axis");
    return {{DType::i32, shape.without_axis(shape.rank() - 1)}};
  };
  const auto run = [](const KernelCall& call) {
    const std::int64_t size = call.attributes->integer("size"), words = runtime::bit_words(size);
    for (std::int64_t row = 0; row < call.out_types[0].size(); ++row)
      call.output<std::int32_t>(0)[row] =
          static_cast<std::int32_t>(runtime::count_bits(call.input<std::uint64_t>(0) + row * words, size));
  };
  OpDef def = kernel::kernel_op("count_bits",
                                "count_bits(x) {size}: how many (i32) of the first `size` bits along the last axis of "
                                "words are set.",
                                ShapeClass::reduce, 1, infer, run);
  def.jvp = ZeroDerivative{};
  def.batch = BatchFn(batching::leading_axes);
  const auto add = [&](auto shape) {
    kernel::add_samples(
        def, {DType::u64},
        [shape](DType t, std::int64_t n) {
          return std::vector<Type>{{t, shape(runtime::bit_words(n))}};
        },
        {{0, 9e15}},  // random in the lowest 53 bits, also past the end
        [](std::int64_t n) {
          return Attributes{{"size", n}};
        });
  };
  add([](std::int64_t words) { return Shape{words}; });
  add([](std::int64_t words) { return Shape{3, words}; });
  return def;
}

}  // namespace

void register_bits(Registry& ops) {
  ops.add(pack_bits());
  ops.add(unpack_bits());
  ops.add(count_bits());
}

}  // namespace brainpy::compiler
