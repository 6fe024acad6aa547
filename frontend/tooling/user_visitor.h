// A walk over the declarations of the user's own files; system headers and the library's are passed by.
// In: a translation unit. Out: the visits of the derived class, instantiated templates included.
#pragma once

#include "frontend/tooling/traced.h"

namespace brainpy::tooling {

template <class Derived>
class UserVisitor : public clang::RecursiveASTVisitor<Derived> {
 public:
  UserVisitor(const clang::SourceManager& sources, const UserFiles& files) : sources_(sources), files_(files) {}

  bool shouldVisitTemplateInstantiations() const { return true; }
  bool TraverseDecl(clang::Decl* d) {
    if (!d) return true;
    const clang::SourceLocation at = d->getLocation();
    if (at.isValid() && !llvm::isa<clang::TranslationUnitDecl>(d)) {
      const bool holds_others = llvm::isa<clang::NamespaceDecl, clang::LinkageSpecDecl>(d);
      if (holds_others ? sources_.isInSystemHeader(at) : !files_.contains(at)) return true;
    }
    return clang::RecursiveASTVisitor<Derived>::TraverseDecl(d);
  }

 private:
  const clang::SourceManager& sources_;
  const UserFiles& files_;
};

}  // namespace brainpy::tooling
