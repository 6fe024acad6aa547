// The contract between compiled code and its host: plain C, versioned, no C++ types across it.
// In: a launch record that the host fills. Out: the layout that the code generator emits against.
#pragma once

#include <cstddef>
#include <cstdint>

extern "C" {

/// Part of the key of compiled code: another layout or meaning needs another number.
enum { bp_abi_version = 2 };

struct bp_launch;

/// A group of map operations over the elements [begin, end). `begin` is a multiple of 64.
typedef void (*bp_group)(void** slots, std::int64_t begin, std::int64_t end);

/// What a compiled program receives: where its values live, and the services of the host.
struct bp_launch {
  std::uint32_t version;
  std::uint32_t reserved;
  /// Pointers to the values, by slot number (compiler/codegen/place.h). Slot 0 is the arena.
  void** slots;
  /// The host's own record of this launch.
  void* context;
  /// Calls the group on chunks of [0, count), perhaps in several threads.
  void (*parallel_for)(bp_launch* launch, bp_group group, std::int64_t count, std::int64_t chunk);
  /// Runs the host kernel of kernel call number `kernel`. Not 0: it failed, and the program returns at once.
  std::int32_t (*call_kernel)(bp_launch* launch, std::uint32_t kernel);
  /// Called after each step of a probing program. Not 0: return at once.
  std::int32_t (*probe)(bp_launch* launch, std::uint32_t step);
  /// Called at the end of each section of a profiled program (compiler/codegen/sections.h).
  void (*mark)(bp_launch* launch, std::uint32_t section);
};

/// The entry point of a compiled program, `bp_main`.
typedef void (*bp_entry)(bp_launch* launch);
}

static_assert(sizeof(void*) == 8, "compiled programs are 64-bit");
static_assert(offsetof(bp_launch, version) == 0 && offsetof(bp_launch, slots) == 8 &&
              offsetof(bp_launch, context) == 16);
static_assert(offsetof(bp_launch, parallel_for) == 24 && offsetof(bp_launch, call_kernel) == 32 &&
              offsetof(bp_launch, probe) == 40 && offsetof(bp_launch, mark) == 48 && sizeof(bp_launch) == 56);
