// `bm::Variable V = bm::zeros({n});`: as C++ a conversion that the library does not offer, since it would offer it
// everywhere; as a member's declaration what a user would say. It is read as `bm::Variable V {bm::zeros({n})};`.
// In: a source text. Out: the same with such declarations in braces; line for line.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace brainpy::tooling {

std::string with_braced_variables(std::string_view text);

/// Where a byte of a text with such declarations in braces stands in the text as it is written.
std::size_t written_offset(std::string_view braced, std::string_view written, std::size_t offset);

/// The project's headers that a text includes in quotes, and theirs, as far as this changes them: path and text.
std::map<std::string, std::string> braced_headers(std::string_view text, const std::string& file,
                                                  const std::vector<std::string>& flags);

}  // namespace brainpy::tooling
