// Log lines on stderr, by channel: `brainpy[compile] EINet.update 214 ops ...`. BRAINPY_LOG names the channels.
// In: a channel (compile, cache, pass, launch, perf) and a text. Out: one line, whole even when threads log at once.
#pragma once

#include <string>

namespace brainpy::runtime {

/// True when the channel is switched on: ask before building a costly text.
bool logs(const char* channel);

/// Prints `brainpy[channel] text` and a newline when the channel is on.
void log(const char* channel, const std::string& text);

/// Prints `brainpy: text` and a newline always: something the user should know, but that stops nothing.
void note(const std::string& text);

}  // namespace brainpy::runtime
