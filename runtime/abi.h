// The contract between compiled code and its host: plain C, versioned, no C++ types across it.
// In: a launch record that the host fills. Out: the layout that the code generator emits against.
#pragma once

#include <cstddef>
#include <cstdint>

extern "C" {

/// Part of the key of compiled code: another layout or meaning needs another number.
enum { bp_abi_version = 5 };

struct bp_launch;

/// A group of map operations over the elements [begin, end). `begin` is a multiple of 64.
typedef void (*bp_group)(void** slots, std::int64_t begin, std::int64_t end);

/// A host kernel of a chain, and which bits of the chain's group are its events in the next step: those from element
/// `origin` on; -1: its events come from elsewhere.
struct bp_chained {
  std::uint32_t kernel;
  std::uint32_t reserved;
  std::int64_t origin;
};

/// Host kernels, and then a group if there is one, that threads do part by part of [0, size). In memory it is followed
/// by `kernels` bp_chained and then by `numbers` slot numbers (std::uint32_t): of the single numbers that the group
/// reads.
struct bp_chain {
  std::int64_t size;
  std::uint32_t kernels;
  std::uint32_t numbers;
  /// 1: in a loop's steps nothing but the chain touches what it touches, its group's numbers aside.
  std::uint32_t alone;
  std::uint32_t reserved;
};

/// What a compiled program receives: where its values live, and the services of the host.
struct bp_launch {
  std::uint32_t version;
  std::uint32_t reserved;
  /// Pointers to the values, by slot number (compiler/codegen/place.h). Slot 0 is the arena.
  void** slots;
  /// The host's own record of this launch.
  void* context;
  /// Calls the group on pieces of [0, size), perhaps in several threads.
  void (*parallel_group)(bp_launch* launch, bp_group group, std::int64_t size, std::int64_t piece);
  /// Runs the chain, perhaps in several threads. `again`: 1 in a loop's steps after its first. A chain that is alone in
  /// a loop may still be running when it returns. Not 0 as for call_kernel.
  std::int32_t (*parallel_chain)(bp_launch* launch, const bp_chain* chain, bp_group group, std::uint32_t again);
  /// After a loop with a chain that is alone in it: returns when that is done. Not 0 as for call_kernel.
  std::int32_t (*finish_chain)(bp_launch* launch);
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
static_assert(offsetof(bp_chained, origin) == 8 && sizeof(bp_chained) == 16);
static_assert(offsetof(bp_chain, kernels) == 8 && offsetof(bp_chain, alone) == 16 && sizeof(bp_chain) == 24);
static_assert(offsetof(bp_launch, parallel_group) == 24 && offsetof(bp_launch, parallel_chain) == 32 &&
              offsetof(bp_launch, finish_chain) == 40 && offsetof(bp_launch, call_kernel) == 48 &&
              offsetof(bp_launch, probe) == 56 && offsetof(bp_launch, mark) == 64 && sizeof(bp_launch) == 72);
