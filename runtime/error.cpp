#include "runtime/error.h"

#include <cstring>
#include <utility>

namespace brainpy::runtime {

std::string to_string(const Location& location) {
  if (!location.known()) return {};
  const char* slash = std::strrchr(location.file, '/');
  std::string text = std::string(slash ? slash + 1 : location.file) + ":" + std::to_string(location.line);
  if (!location.object.empty()) text += " in " + location.object;
  return text;
}

namespace {

std::string join(const ErrorParts& p) {
  std::string text = p.what;
  if (p.where.known()) text += "\n  at " + to_string(p.where);
  if (!p.values.empty()) text += "\n  " + p.values;
  if (!p.hint.empty()) text += "\n  hint: " + p.hint;
  return text;
}

}  // namespace

Error::Error(ErrorParts parts) : parts_(std::move(parts)), message_(join(parts_)) {}

void Error::rethrow_at(const Location& location) const {
  ErrorParts parts = parts_;
  if (!parts.where.known()) parts.where = location;
  throw Error(std::move(parts));
}

}  // namespace brainpy::runtime
