// Blocks of memory: zeroed and aligned at any size, and parts that keep their whole alive.
#include "runtime/buffer.h"

#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "support/catch.h"

using namespace brainpy::runtime;

TEST_CASE("blocks of any size are aligned, zeroed and may be written past their end by one vector") {
  for (const std::size_t bytes :
       {std::size_t{0}, std::size_t{1}, std::size_t{63}, std::size_t{100000}, (std::size_t{1} << 20) - 200,
        std::size_t{1} << 20, std::size_t{4} << 20, (std::size_t{9} << 20) + 5}) {
    // Twice: memory that was used before is zeroed as well.
    for (int round = 0; round < 2; ++round) {
      const BufferPtr block = make_buffer(bytes);
      CHECK(block->bytes() == bytes);
      REQUIRE(reinterpret_cast<std::uintptr_t>(block->data()) % Buffer::alignment == 0);
      if (bytes >= 48 << 10) REQUIRE(reinterpret_cast<std::uintptr_t>(block->data()) % 4096 == 0);
      auto* at = block->as<unsigned char>();
      std::size_t nonzero = 0;
      for (std::size_t i = 0; i < bytes + Buffer::padding; ++i) {
        nonzero += at[i] != 0;
        at[i] = 0xff;
      }
      CHECK(nonzero == 0);
    }
  }
}

TEST_CASE("a part is a window on its whole, which it keeps alive") {
  BufferPtr whole = make_buffer(256);
  const std::weak_ptr<Buffer> watched = whole;
  auto part = std::make_shared<Buffer>(whole, 64, 128);
  part->as<int>()[0] = 7;
  CHECK(whole->as<int>()[16] == 7);
  whole.reset();
  CHECK_FALSE(watched.expired());
  CHECK(part->as<int>()[0] == 7);
  part.reset();
  CHECK(watched.expired());
}

TEST_CASE("a clone shares nothing") {
  const BufferPtr block = make_buffer(8);
  block->as<int>()[1] = 3;
  const BufferPtr copy = clone(*block);
  block->as<int>()[1] = 4;
  CHECK(copy->as<int>()[1] == 3);
}

TEST_CASE("a block that was given up serves the next of its size, and a clone's padding is zero all the same") {
  for (const std::size_t bytes : {std::size_t{100'000}, std::size_t{3} << 20}) {
    CAPTURE(bytes);
    const auto nonzero = [&](const BufferPtr& block) {
      std::size_t count = 0;
      for (std::size_t i = 0; i < bytes + Buffer::padding; ++i) count += block->as<unsigned char>()[i] != 0;
      return count;
    };
    const auto use = [&](const BufferPtr& block) {
      std::memset(block->data(), 0xff, bytes + Buffer::padding);
      return static_cast<const void*>(block->data());
    };
    const BufferPtr source = make_buffer(bytes);
    const void* before = use(make_buffer(bytes));
    BufferPtr copy = clone(*source);
    CHECK(nonzero(copy) == 0);
    const void* of_copy = use(std::exchange(copy, nullptr));
    const BufferPtr zeroed = make_buffer(bytes);
    CHECK(nonzero(zeroed) == 0);
#if !defined(__SANITIZE_ADDRESS__)
    CHECK(of_copy == before);
    CHECK(zeroed->data() == before);
#endif
  }
}

TEST_CASE("blocks that are too large to be kept are zeroed, too") {
  constexpr std::size_t bytes = Buffer::kept_bytes / 2;
  for (int round = 0; round < 2; ++round) {
    const BufferPtr block = make_buffer(bytes);
    CHECK(block->as<char>()[bytes - 1] == 0);
    block->as<char>()[bytes - 1] = 1;
  }
}

TEST_CASE("more blocks than are kept come and go") {
  for (int round = 0; round < 2; ++round) {
    std::vector<BufferPtr> blocks;
    for (std::size_t k = 0; k < 400; ++k) blocks.push_back(make_buffer((k % 20 + 1) * 30'000));
    for (const BufferPtr& block : blocks) CHECK(block->as<char>()[block->bytes() - 1] == 0);
    for (const BufferPtr& block : blocks) std::memset(block->data(), 1, block->bytes());
  }
}

TEST_CASE("more memory than there is") { CHECK_THROWS_AS(make_buffer(std::size_t{1} << 60), std::bad_alloc); }
