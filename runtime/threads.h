// Loops over several threads: the only doors to them. parallel_for balances chunks of unequal work; parallel_parts
// keeps each thread at its own data.
// In: a count, a chunk size and a body over [begin, end). Out: the body run once on each chunk.
#pragma once

#include <cstdint>

namespace brainpy::runtime {

/// Number of threads that parallel loops use: options().threads, or all processors that this process may run on.
int thread_count();

/// What a loop runs on a piece [begin, end).
using LoopBody = void (*)(void* context, std::int64_t begin, std::int64_t end);

/// Calls body(context, k * chunk, min((k + 1) * chunk, count)) once for every chunk k. The chunks depend on `count`
/// and `chunk` alone, never on the number of threads: partial results kept by chunk combine to the same bits
/// everywhere. Serial, in order, in the calling thread when thread_count() is 1 or there is but one chunk; otherwise
/// the order is unspecified. Returns when all are done; an exception of a body stops the rest and is thrown here.
/// May be nested. `chunk` below 1 counts as 1.
void parallel_for(std::int64_t count, std::int64_t chunk, LoopBody body, void* context);

/// Parts begin at multiples of so many elements: at a page's edge in arrays of four bytes an element or more that begin
/// at one (Buffer::alignment_of), as processors do not fetch ahead from one page to the next, and another thread's data
/// with it; at whole lines of bits.
constexpr std::int64_t part_unit = 1024;

/// Where part `part` of `parts` begins when parallel_parts runs over `count` in pieces of at least part_unit elements;
/// the last one ends where part `parts` would begin.
std::int64_t begin_of_part(std::int64_t count, int part, int parts);

/// Calls `body` once for every piece of 0 .. count. Each thread has a part of the count, the same in every loop of that
/// count, so that what it wrote in one loop is in its cache in the next; who is done early takes pieces of the others'
/// parts. A piece has `chunk` elements or, at the end of a part, fewer; pieces begin at multiples of part_unit, or of
/// `chunk` where that is smaller. They depend on the number of threads: only for bodies whose elements do not. Waiting
/// threads keep their processors busy for some microseconds, which makes loops of a few microseconds worth while.
/// Serial in the calling thread, as one piece, when thread_count() is 1 or inside another such loop. Exceptions and a
/// `chunk` below 1 as above.
void parallel_parts(std::int64_t count, std::int64_t chunk, LoopBody body, void* context);

/// As parallel_parts in pieces of one element, a part for each thread, but for loops that follow each other: returns
/// once the calling thread has done the first part, and no part begins before all parts of the loop before are done, so
/// that threads wait for each other once a loop. What the parts touch, and the context, is theirs until the loop after
/// the next begins or finish_parts() returns. An exception of a body is thrown by a later loop or finish_parts().
void parallel_parts_ahead(std::int64_t parts, LoopBody body, void* context);

/// Called by a body of parallel_parts_ahead that is nearly done: what tells its thread that the next part may begin is
/// on its way when the body ends.
void expect_next_parts();

/// Returns when the calling thread's loops are done; throws what a body threw.
void finish_parts();

}  // namespace brainpy::runtime
