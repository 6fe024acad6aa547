// bp::jit without types: programs by argument types, recording, the switches.
#include "frontend/transform/jit.hpp"

#include <map>

#include <fmt/format.h>

#include "frontend/object/share.hpp"
#include "frontend/transform/launch.h"
#include "runtime/options.h"

namespace brainpy {

NoJit::NoJit() : saved_(runtime::options().jit) { runtime::options().jit = false; }
NoJit::~NoJit() { runtime::options().jit = saved_; }
void disable_jit(bool disabled) { runtime::options().jit = !disabled; }
void enable_jit() { runtime::options().jit = true; }
void set_run_mode(const char* mode) { runtime::options().run = runtime::parse_run_mode(mode); }
bool is_tracing() {
  const transform::Trace* trace = transform::Trace::current();
  return trace && trace->kind() != transform::Trace::Kind::tape;
}
void set_debug_nans(bool enabled) { runtime::options().debug_nans = enabled; }

namespace transform {

void detail::add_array(Arrays& arrays, const math::Operand& given) { arrays.push_back(given.array()); }
void detail::add_number(std::string& statics, double given) { statics += fmt::format("{};", given); }

struct JitCallable::Impl {
  std::string label;
  std::shared_ptr<const Function> function;
  std::map<std::string, Recorded> recorded;
  std::string last_key;

  Recorded record(const Arrays& arguments, const std::string& reason, const Site& site) const {
    Trace trace(Trace::Kind::whole, label);
    Arrays parameters;
    for (std::size_t i = 0; i < arguments.size(); ++i)
      parameters.push_back(trace.parameter(arguments[i].type(), fmt::format("arg{}", i)));
    Arrays results = (*function)(parameters);
    parameters.clear();
    return compile_trace(trace, results, label, reason, site);
  }

  /// Why a program for this key has to be made.
  std::string reason_for(const std::string& key) const {
    if (recorded.empty()) return "first call";
    return "arguments changed: " + last_key + " -> " + key;
  }

  static void check_literals(const Recorded& before, const Recorded& now, const Site& site) {
    for (std::size_t i = 0; i < std::max(before.literals.size(), now.literals.size()); ++i) {
      const std::string was = i < before.literals.size() ? before.literals[i] : "nothing";
      const std::string is = i < now.literals.size() ? now.literals[i] : "nothing";
      if (was == is) continue;
      throw TraceError({.what = "a number that was recorded as a literal has changed",
                        .where = math::location_of(site),
                        .values = "was " + was + ", is " + is,
                        .hint =
                            "a jitted callable keeps the plain numbers of its first call: make it a bm::Variable, or "
                            "pass it as an argument"});
    }
  }
};

JitCallable::JitCallable(const char* label, FunctionPtr function) : impl_(new Impl()) {
  impl_->label = label;
  impl_->function = std::move(function);
}
JitCallable::JitCallable(const BrainPyObject& object, FunctionPtr function) : JitCallable("", std::move(function)) {
  object.register_members();
  impl_->label = object.class_name();
}
JitCallable::~JitCallable() = default;
JitCallable::JitCallable(JitCallable&&) noexcept = default;

Arrays JitCallable::call(const Arrays& arguments, const std::string& statics, const Site& site) const {
  if (Trace::current() || !runtime::options().jit) return (*impl_->function)(arguments);
  std::string key;
  for (const Array& a : arguments) key += (key.empty() ? "" : ", ") + to_string(a.type());
  if (!statics.empty()) key += " with " + statics;
  key += fmt::format(" (dt {}, {})", share.dt(), numpy_name(math::default_float()));
  auto it = impl_->recorded.find(key);
  if (it == impl_->recorded.end()) {
    it = impl_->recorded.emplace(key, impl_->record(arguments, impl_->reason_for(key), site)).first;
  } else if (runtime::options().check) {
    Impl::check_literals(it->second, impl_->record(arguments, "BRAINPY_CHECK=1", site), site);
  }
  impl_->last_key = key;
  return launch(it->second, arguments, site);
}

std::string JitCallable::dump(Stage stage) const {
  const auto it = impl_->recorded.find(impl_->last_key);
  if (it == impl_->recorded.end())
    throw ValueError({.what = "dump: nothing has been recorded yet",
                      .hint = "call the jitted callable first (and not under bp::NoJit)"});
  return it->second.executable->text(static_cast<compiler::jit::Stage>(stage));
}

int JitCallable::compiled_count() const { return static_cast<int>(impl_->recorded.size()); }

}  // namespace transform
}  // namespace brainpy
