// What a compiler gets of a model's source: checked, rewritten, with the table of its members.
// In: the syntax tree. Out: texts, or what is wrong.
#pragma once

#include "frontend/tooling/lower.h"

namespace brainpy::tooling {

struct TranslationOptions {
  std::string header_folder;  ///< where rewritten headers will be
  bool check = true;          ///< the checks whose findings are errors
  bool reflect = true;        ///< the table of members
};

/// With errors among the findings there is no text.
Lowered translate(clang::ASTUnit& unit, const TranslationOptions& options);

}  // namespace brainpy::tooling
