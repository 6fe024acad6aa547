// Variables that no model knows.
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <brainpy/brainpy.hpp>

namespace bp = brainpy;
namespace bm = brainpy::math;

class Cell : public bp::BrainPyObject {
 public:
  bm::Variable V = variable("V", bm::zeros({4}));
  bm::TrainVar w = train_variable("w", bm::ones({4}));
  bm::Variable braces{bm::zeros({4})};
  bm::TrainVar trained{bm::zeros({4})};
  bm::Variable equal = bm::Variable(bm::zeros({2}));
  bm::Variable in_constructor;
  bm::Variable registered_in_constructor;
  std::vector<bm::Variable> list;
  std::vector<bm::Variable> registered_list;
  std::vector<bm::Variable> empty_list;
  std::vector<bm::Variable*> aliases;
  std::unique_ptr<bm::Variable> owned;
  bm::Variable* pointer = nullptr;
  bm::Variable* alias = &V;
  bm::Variable& reference = V;
  std::optional<bm::Variable> optional;
  std::vector<bm::Array> constants;

  Cell() : in_constructor(bm::zeros({3})), registered_in_constructor(variable("late", 0.0)) {
    for (int k = 0; k < 3; ++k) {
      list.emplace_back(bm::zeros({2}));
      registered_list.push_back(variable(("x" + std::to_string(k)).c_str(), 0.0));
    }
    aliases.push_back(&V);
    owned = std::make_unique<bm::Variable>(bm::zeros({1}));
    pointer = new bm::Variable(bm::zeros({1}));
    optional.emplace(bm::zeros({1}));
  }
};

/// Its constructor is in another file: what it fills is not seen.
class Elsewhere : public bp::BrainPyObject {
 public:
  Elsewhere();
  std::vector<bm::Variable> filled_there;
};

/// Not a model.
struct Bag {
  std::vector<bm::Variable> list;
};
