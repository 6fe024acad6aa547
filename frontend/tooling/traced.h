// Which C++ expressions stand for values of the traced program: their types say so.
// In: types and expressions of a syntax tree. Out: whether they are traced, whether a class is a model, whose file it
// is.
#pragma once

#include "frontend/tooling/clang_headers.h"

namespace brainpy::tooling {

/// bm::Array, by value or reference.
bool is_array(clang::QualType type);
/// bm::Variable or a class derived from it.
bool is_variable(clang::QualType type);
/// bm::Array, bm::Variable (bm::TrainVar) or a view of one, by value or reference.
bool is_traced(clang::QualType type);

/// The expression's value is known only when the compiled program runs. Besides expressions of a traced type these are
/// `c ? 1.0 : 0.0` with a traced c, what is computed from it, and `auto` variables that hold it.
bool is_traced(const clang::Expr* expression);

/// The expression without parentheses, implicit conversions, and the conversion to bool that a condition adds.
const clang::Expr* plain(const clang::Expr* expression);

/// Derived from bp::BrainPyObject.
bool is_model(const clang::CXXRecordDecl* record);

/// In namespace std, also as a member of a class there.
bool is_standard(const clang::Decl* declaration);

clang::QualType type_of(const clang::CXXRecordDecl* record);

/// In namespace brainpy (not in a class derived from one of its classes).
bool is_library(const clang::Decl* declaration);

/// Where the tool looks and changes things: files that are neither system headers nor the library's.
class UserFiles {
 public:
  /// `library` is the folder of the library's headers.
  UserFiles(const clang::SourceManager& sources, std::string library)
      : sources_(sources), library_(std::move(library)) {}
  bool contains(clang::SourceLocation at) const;

 private:
  bool is_users(clang::FileID file) const;

  const clang::SourceManager& sources_;
  std::string library_;
  mutable llvm::DenseMap<clang::FileID, bool> known_;
};

}  // namespace brainpy::tooling
