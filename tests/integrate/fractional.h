// What all tests of fractional equations run through.
#pragma once

#include <string>
#include <vector>

namespace brainpy::test {

/// The methods of fdeint, without aliases.
inline const std::vector<std::string> fractional_methods = {"l1", "l1-corrected", "short-memory", "euler", "abm"};

}  // namespace brainpy::test
