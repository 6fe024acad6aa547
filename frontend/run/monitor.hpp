// What a runner records at the end of each step, and where it is found after the run.
// In: "E.spike", "E.V[0:5]", or a name and a function. Out: Monitors: arrays of (steps, ...) by name, and the times.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "frontend/transform/structure.hpp"

namespace brainpy {

/// {"E.spike"}, {"E.V[0:5]"}, {"mean", [&] { return net.E.V.mean(); }}
class Monitor {
 public:
  Monitor(const char* variable, math::Site where = math::Site::current());
  Monitor(std::string variable, math::Site where = math::Site::current());
  template <class F>
  requires std::invocable<F&> Monitor(std::string label, F function_, math::Site where = math::Site::current())
      : Monitor(std::move(label), transform::own_function<0>(std::move(function_)), where) {}
  Monitor(const Monitor&);
  Monitor(Monitor&&) noexcept;
  Monitor& operator=(const Monitor&);
  Monitor& operator=(Monitor&&) noexcept;
  ~Monitor();

  std::string name;
  transform::FunctionPtr function;
  math::Site site;

 private:
  Monitor(std::string label, transform::FunctionPtr computed, math::Site where);
};

class Monitors {
 public:
  math::Array ts;  ///< time of each recorded step in ms, [steps]

  /// The recording (steps, ...), or a NameError that lists the known names.
  const math::Array& operator[](const std::string& name) const;
  bool contains(const std::string& name) const;
  std::size_t size() const;
  const std::pair<std::string, math::Array>* begin() const;
  const std::pair<std::string, math::Array>* end() const;

  /// Writes all recordings and `ts` to .npz or .h5.
  void save(const std::string& file) const;

  void set(const std::string& name, math::Array values);
  /// Bools of `type` at one bit an element (runtime/record.h); they become an array when somebody asks for it.
  void set_packed(const std::string& name, math::Array words, runtime::Type type);

 private:
  struct Packed {
    math::Array words;  ///< without data: the entry is an array
    runtime::Type type;
  };
  void unpack(std::size_t k) const;
  const std::vector<std::pair<std::string, math::Array>>& unpacked() const;

  mutable std::vector<std::pair<std::string, math::Array>> entries_;
  mutable std::vector<Packed> packed_;  ///< one for each entry
};

}  // namespace brainpy
