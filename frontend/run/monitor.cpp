// Recordings by name, made of what the loop left when they are asked for.
#include "frontend/run/monitor.hpp"

#include <algorithm>

#include "frontend/math/array_data.h"
#include "runtime/error.h"
#include "runtime/io.h"
#include "runtime/record.h"

namespace brainpy {

using math::Array;
using math::Site;

Monitor::Monitor(const char* variable, Site where) : name(variable), site(where) {}
Monitor::Monitor(std::string variable, Site where) : name(std::move(variable)), site(where) {}
Monitor::Monitor(std::string label, transform::FunctionPtr computed, Site where)
    : name(std::move(label)), function(std::move(computed)), site(where) {}
Monitor::Monitor(const Monitor&) = default;
Monitor::Monitor(Monitor&&) noexcept = default;
Monitor& Monitor::operator=(const Monitor&) = default;
Monitor& Monitor::operator=(Monitor&&) noexcept = default;
Monitor::~Monitor() = default;

std::size_t Monitors::size() const { return entries_.size(); }
const std::pair<std::string, Array>* Monitors::begin() const { return unpacked().data(); }
const std::pair<std::string, Array>* Monitors::end() const { return unpacked().data() + entries_.size(); }

const Array& Monitors::operator[](const std::string& name) const {
  std::string known;
  for (std::size_t k = 0; k < entries_.size(); ++k) {
    const std::string& key = entries_[k].first;
    if (key == name) {
      unpack(k);
      return entries_[k].second;
    }
    known += (known.empty() ? "" : ", ") + key;
  }
  throw NameError({.what = "nothing is monitored under the name '" + name + "'",
                   .hint = known.empty() ? "give the runner monitors, and run it" : "known are: " + known});
}

bool Monitors::contains(const std::string& name) const {
  return std::ranges::any_of(entries_, [&](const auto& e) { return e.first == name; });
}

void Monitors::set(const std::string& name, Array values) {
  set_packed(name, Array(), {});
  for (auto& [key, old] : entries_)
    if (key == name) old = std::move(values);
}

void Monitors::set_packed(const std::string& name, Array words, runtime::Type type) {
  std::size_t k = 0;
  while (k < entries_.size() && entries_[k].first != name) ++k;
  if (k == entries_.size()) {
    entries_.emplace_back(name, Array());
    packed_.emplace_back();
  }
  entries_[k].second = Array();
  packed_[k] = {std::move(words), type};
}

void Monitors::unpack(std::size_t k) const {
  if (!packed_[k].words.data()) return;
  entries_[k].second = Array(runtime::unpack_rows(packed_[k].words.tensor(), packed_[k].type));
  packed_[k].words = Array();
}

const std::vector<std::pair<std::string, Array>>& Monitors::unpacked() const {
  for (std::size_t k = 0; k < entries_.size(); ++k) unpack(k);
  return entries_;
}

void Monitors::save(const std::string& file) const {
  std::vector<runtime::NamedTensor> tensors{{"ts", ts.tensor()}};
  for (const auto& [name, values] : unpacked()) tensors.push_back({name, values.tensor()});
  runtime::save(file, tensors);
}

}  // namespace brainpy
