#include "runtime/log.h"

#include <cstdio>

#include "runtime/options.h"

namespace brainpy::runtime {
namespace {

/// One call of the C library, which locks the stream: lines of several threads do not mix.
void print_line(const std::string& line) { std::fwrite(line.data(), 1, line.size(), stderr); }

}  // namespace

bool logs(const char* channel) { return options().logs(channel); }

void log(const char* channel, const std::string& text) {
  if (logs(channel)) print_line("brainpy[" + std::string(channel) + "] " + text + "\n");
}

void note(const std::string& text) { print_line("brainpy: " + text + "\n"); }

}  // namespace brainpy::runtime
