// Fixes of several findings, put together and written.
// In: edits, finding by finding. Out: changed files.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "frontend/tooling/finding.h"

namespace brainpy::tooling {

class Fixes {
 public:
  /// Takes all edits of a finding, or none when there is none or one of them overlaps an earlier one. The same edit of
  /// two findings is one.
  bool add(const std::vector<Edit>& edits);
  /// Rewrites the files. A file that cannot be written is a FileError.
  void write() const;
  std::size_t files() const { return edits_.size(); }

 private:
  bool fits(const Edit& edit) const;

  std::map<std::string, std::vector<Edit>> edits_;  ///< by file
};

}  // namespace brainpy::tooling
