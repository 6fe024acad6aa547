// Objects from a pool: every one has its own place, places are used again, also after their thread has ended.
#include "runtime/pool.h"

#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "support/catch.h"

using brainpy::runtime::Pooled;

namespace {

struct Small : Pooled<Small> {
  explicit Small(int n) : number(n) {}
  int number;
  double other[5] = {};
};

std::vector<std::unique_ptr<Small>> many(int count) {
  std::vector<std::unique_ptr<Small>> objects;
  for (int k = 0; k < count; ++k) objects.push_back(std::make_unique<Small>(k));
  return objects;
}

std::set<const Small*> places(const std::vector<std::unique_ptr<Small>>& objects) {
  std::set<const Small*> set;
  for (const auto& o : objects) set.insert(o.get());
  return set;
}

}  // namespace

TEST_CASE("objects of a pool have places of their own, aligned, used again") {
  auto objects = many(5000);
  const auto first = places(objects);
  CHECK(first.size() == 5000);
  for (int k = 0; k < 5000; ++k) {
    REQUIRE(objects[static_cast<std::size_t>(k)]->number == k);
    REQUIRE(reinterpret_cast<std::uintptr_t>(objects[static_cast<std::size_t>(k)].get()) % alignof(Small) == 0);
  }
#if !defined(__SANITIZE_ADDRESS__)
  objects.clear();
  CHECK(places(many(5000)) == first);
#endif
}

TEST_CASE("objects may end in another thread, and places outlive theirs") {
  std::vector<std::unique_ptr<Small>> objects;
  std::thread([&] { objects = many(1000); }).join();
  for (int k = 0; k < 1000; ++k) REQUIRE(objects[static_cast<std::size_t>(k)]->number == k);
  std::thread([&] { objects.clear(); }).join();
#if !defined(__SANITIZE_ADDRESS__)
  // The free places of a thread are handed on when it ends: a hundred threads need no more than a few blocks.
  std::set<const Small*> seen;
  for (int k = 0; k < 100; ++k) std::thread([&] { seen.merge(places(many(1000))); }).join();
  CHECK(seen.size() < 10'000);
#endif
}
