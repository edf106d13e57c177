// A stub: just enough of TensorFlow Lite's interface for a generated main.cc to compile and run in a test.
#pragma once
namespace tflite {
struct Model {};
inline const Model* GetModel(const void*) {
  static const Model model{};
  return &model;
}
}  // namespace tflite
