// What a program can do: words, statics, a thread's variable, a status, std::exit, exceptions.
#include <brainpy/brainpy.hpp>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>

#include "cells.hpp"

struct Witness {
  explicit Witness(std::string name) : name(std::move(name)) { std::printf("made %s\n", this->name.c_str()); }
  ~Witness() { std::printf("destroyed %s\n", name.c_str()); }
  std::string name;
};

Witness global("global");
thread_local int runs = 41;

#ifndef STEPS
#define STEPS 5
#endif

int main(int count, char** words) {
  static Witness local("local");
  for (int k = 0; k < count; ++k) std::cout << "[" << words[k] << "]";
  std::cout << ++runs << std::endl;
  std::atexit([] { std::puts("at exit"); });

  Cell cell(4);
  auto step = bp::jit(cell, &Cell::update);
  for (int k = 0; k < STEPS; ++k) step(bm::linspace(0.0, 1.5, 4));
  for (const double v : cell.V.to_vector<double>()) std::printf("%g ", v);
  for (const double n : cell.count.to_vector<double>()) std::printf("%g ", n);
  std::puts("");

  const std::string word = count > 1 ? words[1] : "";
  try {
    step(bm::zeros({3}));
  } catch (const bp::Error& e) {
    std::puts("caught");
  }
  const Witness on_the_stack("stack");
  if (word == "exit") std::exit(3);
  if (word == "throw") throw std::runtime_error("thrown by the model");
  if (word == "error") step(bm::zeros({3}));
  if (word == "forever")
    for (std::puts("begun"), std::fflush(stdout);;) bp::share.t();
  return word == "status" ? 7 : 0;
}
