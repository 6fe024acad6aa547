// What a model says about itself: its parameters, Variables and parts, with units and the comments of its source.
// In: an object (BrainPyObject::describe). Out: records to read, and a text to print.
#pragma once

#include <string>
#include <vector>

#include "frontend/math/array.hpp"

namespace brainpy {

/// One member of a model.
struct MemberDescription {
  enum class Kind : std::uint8_t { parameter, variable, train_variable, node };
  Kind kind = Kind::parameter;
  std::string name;           ///< "V"
  std::string type;           ///< of a Variable "f32[100]", of a node its class, of a parameter its C++ type
  std::string value;          ///< of a parameter, as text; else empty
  std::string unit;           ///< "mV"; empty when the source gives none
  std::string documentation;  ///< the comment at its declaration, without the unit
};

/// A class with its members. Parameters, units and comments are known of classes that the source tool has read;
/// Variables and nodes always.
struct Description {
  std::string path;           ///< "E"; empty for the object that was asked
  std::string class_name;     ///< "LIF"
  std::string documentation;  ///< the comment above the class
  std::string place;          ///< "lif.cpp:8", where the class begins
  std::vector<MemberDescription> members;
  std::vector<Description> nodes;

  std::string to_string() const;
};

}  // namespace brainpy

template <>
struct fmt::formatter<brainpy::Description> : brainpy::math::TextFormatter {
  template <class Context>
  auto format(const brainpy::Description& description, Context& context) const {
    return write(description.to_string(), context);
  }
};
