#include "frontend/tooling/precompiled.h"

#include <fmt/format.h>

#include <filesystem>
#include <regex>

#include "frontend/tooling/clang_headers.h"
#include "frontend/tooling/compile_in_process.h"
#include "frontend/tooling/parse.h"

namespace brainpy::tooling {

namespace fs = std::filesystem;

namespace {

std::string library_header() {
  const fs::path headers = library_headers();
  const fs::path installed = headers / "brainpy.hpp";
  return (fs::exists(installed) ? installed : headers / "frontend" / "brainpy" / "brainpy.hpp").string();
}

}  // namespace

bool begins_with_library(std::string_view text) {
  static const std::regex directive(R"(^[ \t]*#[ \t]*(define|include[ \t]*<brainpy/brainpy\.hpp>))",
                                    std::regex::multiline);
  std::match_results<std::string_view::const_iterator> first;
  return std::regex_search(text.begin(), text.end(), first, directive) && first[1] != "define";
}

std::optional<KeptFile> precompiled_library(ReadFor purpose, const std::vector<std::string>& flags,
                                            const ProgramCache& cache) {
  if (!cache.enabled()) return std::nullopt;
  // Where the model's own headers are makes no difference to the library's.
  std::vector<std::string> relevant;
  for (const std::string& f : flags)
    if (!f.starts_with("-I")) relevant.push_back(f);
  const std::vector<std::string> all = purpose == ReadFor::lowering ? parse_flags(relevant) : run_flags(relevant);
  const std::string header = library_header();
  const std::string key =
      fmt::format("precompiled header\n{}\n{}\n{}\n", header, clang::getClangFullVersion(), fmt::join(all, "\n"));
  if (auto kept = cache.load_file(key, ".pch")) return kept;
  const auto place = cache.place_for_file(".pch");
  if (!place) return std::nullopt;
  const auto files = precompile(header, all, place->string());
  if (!files) return std::nullopt;
  Dependencies made_from;
  for (const std::string& file : *files) made_from.add(file);
  return cache.store_file(key, ".pch", *place, made_from);
}

}  // namespace brainpy::tooling
