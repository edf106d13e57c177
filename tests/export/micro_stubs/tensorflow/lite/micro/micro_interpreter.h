// A stub: every invocation tells the bytes of its inputs and answers ones.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstdio>

#include "tensorflow/lite/micro/micro_mutable_op_resolver.h"
#include "tensorflow/lite/schema/schema_generated.h"
namespace tflite {
class MicroInterpreter {
 public:
  template <typename Resolver>
  MicroInterpreter(const Model*, const Resolver&, std::uint8_t*, std::size_t) {}
  TfLiteStatus AllocateTensors() { return kTfLiteOk; }
  template <typename T>
  T* typed_input_tensor(int place) {
    return reinterpret_cast<T*>(inputs_[place]);
  }
  template <typename T>
  T* typed_output_tensor(int place) {
    return reinterpret_cast<T*>(outputs_[place]);
  }
  TfLiteStatus Invoke() {
    unsigned long sum = 0;
    for (auto& tensor : inputs_)
      for (std::uint8_t byte : tensor) sum = sum * 31 + byte;
    std::printf("invoked %lu\n", sum);
    for (auto& tensor : outputs_)
      for (std::uint8_t& byte : tensor) byte = 1;
    return kTfLiteOk;
  }

 private:
  alignas(16) std::uint8_t inputs_[8][1024] = {};
  alignas(16) std::uint8_t outputs_[8][1024] = {};
};
}  // namespace tflite
