// VarDelay: named delays in ms over a ring buffer.
#include <algorithm>

#include <fmt/format.h>

#include "frontend/delay/delay.hpp"
#include "frontend/math/array_data.h"
#include "frontend/object/share.hpp"

namespace brainpy {

using delay::whole_steps;
using math::Array;
using math::Operand;
using math::Site;

namespace {

std::int64_t longest_of(double time, const std::vector<std::pair<std::string, double>>& entries, const Site& site) {
  std::int64_t steps = whole_steps(time, share.dt(), "VarDelay: the largest delay", site);
  for (const auto& [name, ms] : entries) {
    const std::int64_t entry = whole_steps(ms, share.dt(), "VarDelay: the delay '" + name + "'", site);
    if (time == 0) steps = std::max(steps, entry);
  }
  return steps;
}

}  // namespace

VarDelay::VarDelay(const math::Variable& target, VarDelayOptions options)
    : RingDelay("VarDelay", target, longest_of(options.time, options.entries, options.site), std::move(options.init),
                options.site),
      time_(options.time),
      dt_(share.dt()) {
  for (const auto& [name, ms] : options.entries) register_entry(name, ms, options.site);
}

std::int64_t VarDelay::longest() const { return longest_of(time_, entries_, site_); }

std::int64_t VarDelay::entry_steps(const std::string& name, double time, const Site& site) const {
  return whole_steps(time, share.dt(), "VarDelay: the delay '" + name + "'", site);
}

void VarDelay::register_entry(const std::string& name, double time, Site site) {
  for (const auto& [known, ms] : entries_)
    if (known == name)
      throw NameError({.what = "VarDelay: the entry '" + name + "' is taken",
                       .where = math::location_of(site),
                       .hint = "give each delay its own name"});
  const std::int64_t steps = entry_steps(name, time, site);
  if (steps > length_ && time_ == 0 && is_unused()) resize(steps, site);
  if (steps > length_)
    throw ValueError({.what = "VarDelay: the delay '" + name + "' is longer than the buffer",
                      .where = math::location_of(site),
                      .values = fmt::format("{} ms, the buffer holds {} steps of {} ms", time, length_, dt_),
                      .hint = "give a larger .time, or register the longest delay before the first update"});
  entries_.emplace_back(name, time);
}

std::int64_t VarDelay::steps(const std::string& entry, Site site) const {
  std::string known;
  for (const auto& [name, ms] : entries_) {
    if (name == entry) return entry_steps(name, ms, site);
    known += (known.empty() ? "" : ", ") + name;
  }
  throw NameError({.what = "VarDelay: no delay is registered as '" + entry + "'",
                   .where = math::location_of(site),
                   .hint = known.empty() ? "give .entries, or call register_entry" : "known are: " + known});
}

Array VarDelay::at(const std::string& entry, Site site) const { return retrieve(Operand(steps(entry, site), site)); }

Array VarDelay::at(const std::string& entry, const Operand& indices) const {
  return retrieve(Operand(steps(entry, indices.site()), indices.site()), indices);
}

void VarDelay::expect_steps(double dt, const Site& site) const {
  if (dt == dt_) return;
  throw ValueError({.what = "VarDelay: the time step has changed since the buffer was made",
                    .where = math::location_of(site),
                    .values = fmt::format("made for dt = {} ms, now {} ms", dt_, dt),
                    .hint = "call reset_state() after bm::set_dt, which makes the buffer anew"});
}

void VarDelay::reset_state() {
  const std::int64_t length = longest();
  if (length == length_) RingDelay::reset_state();
  else resize(length, site_);
  dt_ = share.dt();
}

}  // namespace brainpy
