// Tables of members, here written by hand as the source tool writes them, and descriptions with and without them.
#include <brainpy/brainpy.hpp>

#include "frontend/object/reflection.hpp"
#include "support/catch.h"
#include "support/errors.h"
#include "support/temp_folder.h"

namespace bp = brainpy;
namespace bm = brainpy::math;

namespace {

using bp::reflection::Text;

class Base : public bp::BrainPyObject {
 public:
  bm::Variable first = bm::Variable(bm::zeros({2}));
  void set(double value) { first = value; }
};

/// Its class has no table: what it declares itself must be named.
class Unknown : public Base {
 public:
  bm::Variable named = variable("named", 1.0);
  bm::Variable unnamed = bm::Variable(2.0);
};

class Part : public bp::BrainPyObject {
 public:
  bm::Variable x{bm::ones({3})};
};

class Derived : public Base {
 public:
  explicit Derived(Part* elsewhere = nullptr) : shared(elsewhere) {}
  void update() { last += part.x.value()[0]; }
  bm::Variable last{bm::zeros({4})};
  Part part;
  double tau = 10.0;
  std::unique_ptr<Part> shared;
};

/// Its constructor looks at the object, whose class is this one then, whatever it will be.
class Looking : public bp::BrainPyObject {
 public:
  Looking() { seen = static_cast<int>(vars().size()); }
  int seen = 0;
  bm::Variable early{bm::zeros({1})};
};

class Seen : public Looking {
 public:
  bm::Variable late{bm::zeros({1})};
};

class Clash : public bp::BrainPyObject {
 public:
  bm::Variable a{0.0};
  bm::Variable b = variable("a", 1.0);
};

constexpr Text base{"Base", "", "", "What others build on.", "folder/base.hpp", 7};
constexpr Text base_first{"first", "bm::Variable", "mV", "a potential", "folder/base.hpp", 9};
constexpr Text part{"Part", "", "", "", "parts.cpp", 1};
constexpr Text part_x{"x", "bm::Variable", "", "", "parts.cpp", 2};
constexpr Text derived{"Derived", "", "", "", "parts.cpp", 5};
constexpr Text derived_last{"last", "bm::Variable", "", "", "parts.cpp", 6};
constexpr Text derived_part{"part", "Part", "", "a part", "parts.cpp", 7};
constexpr Text derived_tau{"tau", "double", "ms", "of decay", "parts.cpp", 8};
constexpr Text derived_shared{"shared", "std::unique_ptr<Part>", "", "", "parts.cpp", 9};
constexpr Text looking{"Looking", "", "", "", "parts.cpp", 20};
constexpr Text looking_early{"early", "bm::Variable", "", "", "parts.cpp", 21};
constexpr Text seen{"Seen", "", "", "", "parts.cpp", 24};
constexpr Text seen_late{"late", "bm::Variable", "", "", "parts.cpp", 25};
constexpr Text clash{"Clash", "", "", "", "parts.cpp", 30};
constexpr Text clash_a{"a", "bm::Variable", "", "", "parts.cpp", 31};

std::vector<std::string> names(bp::BrainPyObject& object) {
  std::vector<std::string> list;
  for (auto& [name, variable] : object.vars()) list.push_back(name);
  return list;
}

}  // namespace

template struct bp::reflection::RegisteredClass<base, Base, bp::BrainPyObject>;
template struct bp::reflection::RegisteredMember<base_first, Base, &Base::first>;
template struct bp::reflection::RegisteredClass<part, Part, bp::BrainPyObject>;
template struct bp::reflection::RegisteredMember<part_x, Part, &Part::x>;
template struct bp::reflection::RegisteredClass<derived, Derived, Base>;
template struct bp::reflection::RegisteredMember<derived_last, Derived, &Derived::last>;
template struct bp::reflection::RegisteredMember<derived_part, Derived, &Derived::part>;
template struct bp::reflection::RegisteredMember<derived_tau, Derived, &Derived::tau>;
template struct bp::reflection::RegisteredMember<derived_shared, Derived, &Derived::shared>;
template struct bp::reflection::RegisteredClass<looking, Looking, bp::BrainPyObject>;
template struct bp::reflection::RegisteredMember<looking_early, Looking, &Looking::early>;
template struct bp::reflection::RegisteredClass<seen, Seen, Looking>;
template struct bp::reflection::RegisteredMember<seen_late, Seen, &Seen::late>;
template struct bp::reflection::RegisteredClass<clash, Clash, bp::BrainPyObject>;
template struct bp::reflection::RegisteredMember<clash_a, Clash, &Clash::a>;

using Names = std::vector<std::string>;

TEST_CASE("members of bases come first, parts are nodes") {
  Derived object;
  CHECK(names(object) == Names{"first", "last", "part.x"});
  CHECK(object.nodes()["part"].name() == "part");
  CHECK(object.last.name() == "last");
  CHECK(object.part.x.name() == "part.x");
  // Asking again registers nothing again.
  CHECK(names(object) == Names{"first", "last", "part.x"});
}

TEST_CASE("a part behind a unique_ptr is a node, an empty one is none") {
  Derived object(new Part);
  CHECK(names(object) == Names{"first", "last", "part.x", "shared.x"});
}

TEST_CASE("a class without a table registers what its bases have, and what it names") {
  Unknown object;
  CHECK(names(object) == Names{"first", "named"});
  CHECK(object.describe().class_name == "Unknown");
  CHECK(object.describe().place.empty());
  object.unnamed = 3.0;
  CHECK(object.unnamed.item<double>() == 3.0);
}

TEST_CASE("bp::jit registers before it records, so the program has names") {
  Derived object;
  auto step = bp::jit(object, &Derived::update);
  step();
  CHECK(object.last.to_vector<float>() == std::vector<float>(4, 1.0f));
  CHECK_CONTAINS(step.dump(bp::Stage::trace), "write @last");
  CHECK_CONTAINS(step.dump(bp::Stage::trace), "read @part.x");
}

TEST_CASE("runners record plain members by their names") {
  Derived object;
  bp::DSRunner runner(object, {.monitors = {"last", "part.x"}, .dt = 1.0, .progress_bar = false});
  runner.run(3.0);
  CHECK(runner.mon["last"].shape() == bm::Shape({3, 4}));
  CHECK(runner.mon["part.x"].shape() == bm::Shape({3, 3}));
}

TEST_CASE("state is saved and loaded by the members' names") {
  const TempFolder folder;
  const std::string file = folder / "state.npz";
  Derived saved, loaded;
  saved.set(5.0);
  saved.save_state(file);
  loaded.load_state(file);
  CHECK(loaded.first.to_vector<float>() == std::vector<float>{5.0f, 5.0f});
  Part other;
  CHECK_CONTAINS(text_of<bp::NameError>([&] { other.load_state(file); }), "load_state: the file has no value for 'x'");
}

TEST_CASE("a base's constructor sees its own members, the rest is registered later") {
  Seen object;
  CHECK(object.seen == 1);
  CHECK(names(object) == Names{"early", "late"});
}

TEST_CASE("a member whose name is taken is an error") {
  Clash object;
  CHECK(text_of<bp::NameError>([&] { object.vars(); }) ==
        "the name 'a' is taken\n  in an object of class Clash\n"
        "  hint: each Variable and node of an object needs its own name");
}

TEST_CASE("describe names parameters with units, Variables and nodes with their own description") {
  const Derived object;
  const bp::Description description = object.describe();
  REQUIRE(description.members.size() == 4);
  CHECK(description.members[0].name == "tau");
  CHECK(description.members[0].unit == "ms");
  CHECK(description.members[0].value == "10");
  CHECK(description.members[1].name == "first");
  CHECK(description.members[1].type == "f32[2]");
  CHECK(description.to_string() ==
        "Derived (parts.cpp:5)\n"
        "  parameters\n"
        "    tau    10 ms      of decay\n"
        "  Variables\n"
        "    first  f32[2] mV  a potential\n"
        "    last   f32[4]\n"
        "  nodes\n"
        "    part   Part       a part\n"
        "  part: Part (parts.cpp:1)\n"
        "    Variables\n"
        "      x  f32[3]");
  CHECK(Base().describe().to_string() ==
        "Base (base.hpp:7)\n  What others build on.\n  Variables\n    first  f32[2] mV  a potential");
}
