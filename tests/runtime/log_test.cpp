// Log lines and the switch that selects them.
#include "runtime/log.h"

#include "runtime/options.h"
#include "support/capture_stderr.h"
#include "support/catch.h"

using namespace brainpy::runtime;

TEST_CASE("a channel prints when it is on") {
  const std::string before = options().log;
  options().log = "cache,compile";
  CHECK(logs("compile"));
  CHECK_FALSE(logs("pass"));
  CHECK(captured_stderr([] { log("compile", "EINet.update 214 operations"); }) ==
        "brainpy[compile] EINet.update 214 operations\n");
  CHECK(captured_stderr([] { log("pass", "silent"); }).empty());
  options().log = "all";
  CHECK(logs("pass"));
  options().log = "compile_and_more";
  CHECK_FALSE(logs("compile"));
  options().log = "";
  CHECK_FALSE(logs("compile"));
  options().log = before;
}

TEST_CASE("a note is always printed") {
  CHECK(captured_stderr([] { note("text"); }) == "brainpy: text\n");
}
