// A stub: it has no kernels. Standard input brings the tensors' types and sizes, then the outputs of every invocation;
// standard error carries the inputs of each away. benchmarks/micro_host.py is the other end.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstdio>

#include "tensorflow/lite/micro/micro_mutable_op_resolver.h"
#include "tensorflow/lite/schema/schema_generated.h"
namespace tflite {
template <typename T>
constexpr std::int32_t kTypeOf = -1;
template <>
constexpr std::int32_t kTypeOf<float> = 1;
template <>
constexpr std::int32_t kTypeOf<std::int32_t> = 2;
template <>
constexpr std::int32_t kTypeOf<std::int64_t> = 4;
template <>
constexpr std::int32_t kTypeOf<bool> = 6;
template <>
constexpr std::int32_t kTypeOf<std::int16_t> = 7;
template <>
constexpr std::int32_t kTypeOf<std::int8_t> = 9;

class MicroInterpreter {
 public:
  template <typename Resolver>
  MicroInterpreter(const Model*, const Resolver&, std::uint8_t* arena, std::size_t arena_bytes)
      : usable_(arena != nullptr && arena_bytes > 0) {}
  TfLiteStatus AllocateTensors() {
    return usable_ && Describe(inputs_) && Describe(outputs_) ? kTfLiteOk : kTfLiteError;
  }
  // null where the type differs, as TensorFlow Lite Micro does
  template <typename T>
  T* typed_input_tensor(int place) {
    return inputs_.template At<T>(place);
  }
  template <typename T>
  T* typed_output_tensor(int place) {
    return outputs_.template At<T>(place);
  }
  TfLiteStatus Invoke() {
    for (int i = 0; i < inputs_.count; ++i)
      if (std::fwrite(inputs_.data[i], 1, inputs_.bytes[i], stderr) != inputs_.bytes[i]) return kTfLiteError;
    for (int i = 0; i < outputs_.count; ++i)
      if (std::fread(outputs_.data[i], 1, outputs_.bytes[i], stdin) != outputs_.bytes[i]) return kTfLiteError;
    return kTfLiteOk;
  }

 private:
  static constexpr int kMost = 32;
  static constexpr std::size_t kPoolBytes = 1U << 20U;
  struct Tensors {
    std::int32_t count = 0;
    std::int32_t types[kMost] = {};
    std::size_t bytes[kMost] = {};
    std::uint8_t* data[kMost] = {};
    template <typename T>
    T* At(int place) {
      const bool fits = place >= 0 && place < count && types[place] == kTypeOf<T>;
      return fits ? reinterpret_cast<T*>(data[place]) : nullptr;
    }
  };
  static bool Read(std::int32_t& value) { return std::fread(&value, sizeof value, 1, stdin) == 1; }
  bool Describe(Tensors& tensors) {
    if (!Read(tensors.count) || tensors.count > kMost) return false;
    for (int i = 0; i < tensors.count; ++i) {
      std::int32_t bytes = 0;
      if (!Read(tensors.types[i]) || !Read(bytes)) return false;
      tensors.bytes[i] = static_cast<std::size_t>(bytes);
      tensors.data[i] = pool_ + used_;
      used_ += (tensors.bytes[i] + 15U) / 16U * 16U;
      if (used_ > kPoolBytes) return false;
    }
    return true;
  }

  alignas(16) static inline std::uint8_t pool_[kPoolBytes] = {};
  bool usable_;
  std::size_t used_ = 0;
  Tensors inputs_;
  Tensors outputs_;
};
}  // namespace tflite
