// Mistakes in IR text and what `parse` must say of them.
// In: a table of texts with one mistake each. Out: a failed check for each text that is accepted or explained
// otherwise.
#pragma once

#include <string>
#include <vector>

#include "compiler/ir/parse.h"
#include "support/catch.h"

/// The first line of most texts.
inline const std::string head = "func @f(%x: f32[4], %n: i32[], %p: bool[]) {\n";

struct Mistake {
  const char* name;
  std::string text;
  std::string message;  ///< all of it: place, what was found, what was expected, hint
};

inline void check_mistakes(const std::vector<Mistake>& table) {
  for (const Mistake& mistake : table) {
    INFO(mistake.name);
    INFO(mistake.text);
    try {
      brainpy::compiler::ir::parse(mistake.text, "f.bpir");
      FAIL_CHECK("accepted");
    } catch (const brainpy::ParseError& e) {
      CHECK(std::string(e.what()) == mistake.message);
    }
  }
}
