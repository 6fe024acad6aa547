#include "compiler/ops/kernel_error.h"

namespace brainpy::compiler {

void throw_kernel_error(const KernelError& error, const std::string& op, const Location& location) {
  switch (error.kind) {
    case KernelError::Kind::index:
      throw runtime::IndexError({.what = op + ": index out of range",
                                 .where = location,
                                 .values = error.message,
                                 .hint = "valid indices of an axis of n are -n .. n-1"});
    case KernelError::Kind::nan:
      throw runtime::NaNError({.what = op + ": NaN", .where = location, .values = error.message});
    case KernelError::Kind::value:
      break;
  }
  if (!error.what.empty())
    throw runtime::ValueError({.what = error.what, .where = location, .values = error.message, .hint = error.hint});
  throw runtime::ValueError(
      {.what = op + ": a value is outside its domain", .where = location, .values = error.message});
}

}  // namespace brainpy::compiler
