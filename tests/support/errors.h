// The text of an error that must come.
#pragma once

#include <string>

#include "support/catch.h"

/// Runs `action`, which must throw a `Kind`, and returns its text.
template <class Kind, class Action>
std::string text_of(Action&& action) {
  try {
    action();
  } catch (const Kind& e) {
    return e.what();
  } catch (const std::exception& e) {
    FAIL("another kind of error: " << e.what());
  }
  FAIL("no error");
  return {};
}

#define CHECK_CONTAINS(text, part) CHECK_THAT(text, Catch::Matchers::Contains(part))
