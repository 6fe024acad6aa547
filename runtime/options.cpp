#include "runtime/options.h"

#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <utility>

#include "runtime/error.h"

namespace brainpy::runtime {
namespace {

/// True when `word` is one of the comma-separated words of `list`.
bool contains_word(const std::string& list, const char* word) {
  std::size_t from = 0;
  while (from <= list.size()) {
    std::size_t to = list.find(',', from);
    if (to == std::string::npos) to = list.size();
    if (list.compare(from, to - from, word) == 0) return true;
    from = to + 1;
  }
  return false;
}

template <class Value>
Value choose(const char* name, const char* text, std::initializer_list<std::pair<const char*, Value>> known) {
  std::string names;
  for (const auto& [word, value] : known) {
    if (std::strcmp(word, text) == 0) return value;
    names += (names.empty() ? "" : ", ") + std::string(word);
  }
  throw ValueError({.what = std::string(name) + ": unknown value",
                    .values = std::string("got '") + text + "'",
                    .hint = "use one of " + names});
}

int parse_threads(const char* text) {
  char* end = nullptr;
  const long n = std::strtol(text, &end, 10);
  if (*text == '\0' || *end != '\0' || n < 0 || n > 1024)
    throw ValueError({.what = "BRAINPY_THREADS: not a number of threads",
                      .values = std::string("got '") + text + "'",
                      .hint = "use 1, 2, ...; 0 means all processors"});
  return static_cast<int>(n);
}

void check_words(const char* name, const std::string& list, std::initializer_list<const char*> known) {
  std::size_t from = 0;
  while (from < list.size()) {
    std::size_t to = list.find(',', from);
    if (to == std::string::npos) to = list.size();
    const std::string word = list.substr(from, to - from);
    std::string names;
    bool found = word.empty();
    for (const char* k : known) {
      found = found || word == k;
      names += (names.empty() ? "" : ", ") + std::string(k);
    }
    if (!found)
      throw ValueError({.what = std::string(name) + ": unknown word",
                        .values = "got '" + word + "'",
                        .hint = "use a comma-separated list of " + names});
    from = to + 1;
  }
}

}  // namespace

bool Options::dumps(const char* what) const { return contains_word(dump, what) || contains_word(dump, "all"); }
bool Options::logs(const char* what) const { return contains_word(log, what) || contains_word(log, "all"); }

Options options_from_environment() {
  Options o;
  const std::initializer_list<std::pair<const char*, bool>> flags = {{"0", false}, {"1", true},      {"off", false},
                                                                     {"on", true}, {"false", false}, {"true", true}};
  if (const char* v = std::getenv("BRAINPY_JIT")) o.jit = choose<bool>("BRAINPY_JIT", v, flags);
  if (const char* v = std::getenv("BRAINPY_CHECK")) o.check = choose<bool>("BRAINPY_CHECK", v, flags);
  if (const char* v = std::getenv("BRAINPY_RUN")) o.run = parse_run_mode(v);
  if (const char* v = std::getenv("BRAINPY_MATH"))
    o.math = choose<MathMode>("BRAINPY_MATH", v,
                              {{"exact", MathMode::exact}, {"contract", MathMode::contract}, {"fast", MathMode::fast}});
  if (const char* v = std::getenv("BRAINPY_DUMP")) o.dump = v;
  if (const char* v = std::getenv("BRAINPY_DUMP_DIR")) o.dump_dir = v;
  if (const char* v = std::getenv("BRAINPY_LOG")) o.log = v;
  if (const char* v = std::getenv("BRAINPY_CACHE")) o.cache = v;
  if (const char* v = std::getenv("BRAINPY_VECTOR"))
    o.vector = choose<int>("BRAINPY_VECTOR", v, {{"auto", 0}, {"4", 4}, {"8", 8}, {"16", 16}});
  if (const char* v = std::getenv("BRAINPY_THREADS")) o.threads = parse_threads(v);
  check_words("BRAINPY_DUMP", o.dump, {"trace", "optimized", "llvm", "asm", "all"});
  check_words("BRAINPY_LOG", o.log, {"compile", "cache", "pass", "launch", "perf", "profile", "all"});
  return o;
}

RunMode parse_run_mode(const char* word) {
  return choose<RunMode>("BRAINPY_RUN", word,
                         {{"jit", RunMode::jit}, {"interp", RunMode::interp}, {"shadow", RunMode::shadow}});
}

Options& options() {
  static Options process_options = options_from_environment();
  return process_options;
}

std::string code_options(const Options& o) {
  const char* math[] = {"exact", "contract", "fast"};
  return std::string("math=") + math[static_cast<int>(o.math)] + " vector=" + std::to_string(o.vector);
}

}  // namespace brainpy::runtime
