// What a piece of code writes to stderr.
#pragma once

#include <unistd.h>

#include <cstdio>
#include <string>

/// Runs `body` with stderr sent to a temporary file; returns what was written.
template <class Body>
std::string captured_stderr(Body&& body) {
  std::fflush(stderr);
  const int saved = dup(STDERR_FILENO);
  std::FILE* file = std::tmpfile();
  dup2(fileno(file), STDERR_FILENO);
  const auto restore = [&] {
    std::fflush(stderr);
    dup2(saved, STDERR_FILENO);
    close(saved);
  };
  try {
    body();
  } catch (...) {
    restore();
    std::fclose(file);
    throw;
  }
  restore();
  std::rewind(file);
  std::string text;
  for (int c; (c = std::fgetc(file)) != EOF;) text += static_cast<char>(c);
  std::fclose(file);
  return text;
}
