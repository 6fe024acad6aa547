// Errors. A user's error has four parts: what failed, where, the values, the cure. An internal error is a defect of
// this library: it names a file that reproduces it.
// In: the parts. Out: exceptions whose what() prints the parts, one a line.
#pragma once

#include <exception>
#include <string>

namespace brainpy::runtime {

/// A place in the user's program. `object` is the class and method that ran ("LIF.update"), or empty; `path` the model
/// object whose method it was ("EINet.E"), where that could be told.
struct Location {
  const char* file = "";
  unsigned line = 0;
  std::string object;
  std::string path = {};

  bool known() const { return line != 0; }
};

/// "ei_net.cpp:42 in EINet.E.update"; empty when unknown. Files are named without their folders.
std::string to_string(const Location& location);

struct ErrorParts {
  std::string what;    ///< what failed: "add: shapes do not broadcast"
  Location where;      ///< the user's line
  std::string values;  ///< "left f32[3200], right f32[800]"
  std::string hint;    ///< the cure
};

/// Base of all errors that a user can cause and cure.
class Error : public std::exception {
 public:
  explicit Error(ErrorParts parts);
  const char* what() const noexcept override { return message_.c_str(); }
  const ErrorParts& parts() const { return parts_; }
  /// The same kind of error, with the place filled in when it was not known where it was thrown.
  [[noreturn]] virtual void rethrow_at(const Location& location) const;

 private:
  ErrorParts parts_;
  std::string message_;
};

/// A kind of user error; `Self` is the kind, so that rethrow_at keeps it.
template <class Self>
class ErrorKind : public Error {
 public:
  explicit ErrorKind(ErrorParts parts) : Error(std::move(parts)) {}
  [[noreturn]] void rethrow_at(const Location& location) const override {
    ErrorParts parts = this->parts();
    if (!parts.where.known()) parts.where = location;
    throw Self(std::move(parts));
  }
};

struct TraceError : ErrorKind<TraceError> {  ///< something that a traced value cannot do
  using ErrorKind::ErrorKind;
};
struct ShapeError : ErrorKind<ShapeError> {  ///< shapes that do not fit
  using ErrorKind::ErrorKind;
};
struct DTypeError : ErrorKind<DTypeError> {  ///< element types that do not fit
  using ErrorKind::ErrorKind;
};
struct NameError : ErrorKind<NameError> {  ///< a name that is missing, unknown or taken
  using ErrorKind::ErrorKind;
};
struct IndexError : ErrorKind<IndexError> {  ///< an index outside its axis
  using ErrorKind::ErrorKind;
};
struct ValueError : ErrorKind<ValueError> {  ///< a value outside its domain
  using ErrorKind::ErrorKind;
};
struct NaNError : ErrorKind<NaNError> {  ///< an operation made a NaN under set_debug_nans
  using ErrorKind::ErrorKind;
};
struct ParseError : ErrorKind<ParseError> {  ///< IR text that does not read
  using ErrorKind::ErrorKind;
};
struct FileError : ErrorKind<FileError> {  ///< a file that cannot be read or written
  using ErrorKind::ErrorKind;
};

/// A defect of this library, never the user's fault.
class InternalError : public std::exception {
 public:
  explicit InternalError(std::string message) : message_("internal error: " + std::move(message)) {}
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  std::string message_;
};

}  // namespace brainpy::runtime

namespace brainpy {
using runtime::DTypeError;
using runtime::Error;
using runtime::FileError;
using runtime::IndexError;
using runtime::InternalError;
using runtime::NameError;
using runtime::NaNError;
using runtime::ParseError;
using runtime::ShapeError;
using runtime::TraceError;
using runtime::ValueError;
}  // namespace brainpy
