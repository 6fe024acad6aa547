#include "frontend/run/profile.hpp"

#include "frontend/transform/trace.h"

namespace brainpy {

Profile::Profile(math::Site site) {
  if (transform::Trace::current())
    throw TraceError({.what = "profile: a profile does not measure inside of a traced function",
                      .where = math::location_of(site),
                      .values = "the function is being recorded, it runs later",
                      .hint = "make the profile outside, around the run or the call of the jitted callable"});
  record_ = runtime::Owner(new runtime::ProfileRecord());
}

}  // namespace brainpy
