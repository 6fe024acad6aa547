// "Did you mean": the names of a list that are closest to a mistyped one.
// In: a name and the known names. Out: a hint.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace brainpy::compiler::ir {

/// At most three names that differ by few letters or contain the mistyped one, closest first.
std::vector<std::string_view> similar_names(std::string_view mistyped, const std::vector<std::string_view>& known);

/// "did you mean sub or sum?", or `otherwise` when no name is like it. Each name is shown after `prefix`.
std::string did_you_mean(std::string_view mistyped, const std::vector<std::string_view>& known,
                         std::string_view otherwise, std::string_view prefix = {});

}  // namespace brainpy::compiler::ir
