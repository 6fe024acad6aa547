// Bools as bits of 64-bit words and back: the form in which spikes are recorded and delivered.
// In: bool arrays, words. Out: one registry entry for each operation.
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

}  // namespace

void register_bits(Registry& ops) {
  ops.add(pack_bits());
  ops.add(unpack_bits());
}

}  // namespace brainpy::compiler
