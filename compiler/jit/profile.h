// Profiling a program: what its sections are called in a user's terms, and one launch of it on the clock.
// In: a program, its placement. Out: what an open profile adds up.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "compiler/codegen/place.h"
#include "runtime/section_clock.h"

namespace brainpy::compiler::jit {

/// The operations by section, each with the user's line, its object and its part of the section's time.
std::shared_ptr<const runtime::ProfiledProgram> profiled_program(const ir::Program& program,
                                                                 const codegen::Placement& placement,
                                                                 const std::string& label);

/// Adds the launch to the open profiles at its end, also when a kernel failed.
struct ProfiledLaunch {
  std::shared_ptr<const runtime::ProfiledProgram> program;
  runtime::SectionClock clock;

  explicit ProfiledLaunch(std::shared_ptr<const runtime::ProfiledProgram> p)
      : program(std::move(p)), clock(program->sections) {}
  ~ProfiledLaunch() { runtime::profile_launch(program, clock); }
  ProfiledLaunch(const ProfiledLaunch&) = delete;
};

}  // namespace brainpy::compiler::jit
