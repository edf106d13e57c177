// A stub: the operators that Micro's Python wheel registers, under the names of its C++ interface.
#pragma once
enum TfLiteStatus { kTfLiteOk = 0, kTfLiteError = 1 };
namespace tflite {
template <unsigned int kCount>
class MicroMutableOpResolver {
 public:
  TfLiteStatus AddAbs() { return Added(); }
  TfLiteStatus AddAdd() { return Added(); }
  TfLiteStatus AddAddN() { return Added(); }
  TfLiteStatus AddArgMax() { return Added(); }
  TfLiteStatus AddArgMin() { return Added(); }
  TfLiteStatus AddAveragePool2D() { return Added(); }
  TfLiteStatus AddBatchMatMul() { return Added(); }
  TfLiteStatus AddBatchToSpaceNd() { return Added(); }
  TfLiteStatus AddBroadcastArgs() { return Added(); }
  TfLiteStatus AddBroadcastTo() { return Added(); }
  TfLiteStatus AddCast() { return Added(); }
  TfLiteStatus AddCeil() { return Added(); }
  TfLiteStatus AddConcatenation() { return Added(); }
  TfLiteStatus AddConv2D() { return Added(); }
  TfLiteStatus AddCos() { return Added(); }
  TfLiteStatus AddCumSum() { return Added(); }
  TfLiteStatus AddDepthToSpace() { return Added(); }
  TfLiteStatus AddDepthwiseConv2D() { return Added(); }
  TfLiteStatus AddDequantize() { return Added(); }
  TfLiteStatus AddDiv() { return Added(); }
  TfLiteStatus AddElu() { return Added(); }
  TfLiteStatus AddEqual() { return Added(); }
  TfLiteStatus AddExp() { return Added(); }
  TfLiteStatus AddExpandDims() { return Added(); }
  TfLiteStatus AddFill() { return Added(); }
  TfLiteStatus AddFloor() { return Added(); }
  TfLiteStatus AddFloorDiv() { return Added(); }
  TfLiteStatus AddFloorMod() { return Added(); }
  TfLiteStatus AddFullyConnected() { return Added(); }
  TfLiteStatus AddGather() { return Added(); }
  TfLiteStatus AddGatherNd() { return Added(); }
  TfLiteStatus AddGreater() { return Added(); }
  TfLiteStatus AddGreaterEqual() { return Added(); }
  TfLiteStatus AddHardSwish() { return Added(); }
  TfLiteStatus AddL2Normalization() { return Added(); }
  TfLiteStatus AddLeakyRelu() { return Added(); }
  TfLiteStatus AddLess() { return Added(); }
  TfLiteStatus AddLessEqual() { return Added(); }
  TfLiteStatus AddLog() { return Added(); }
  TfLiteStatus AddLogSoftmax() { return Added(); }
  TfLiteStatus AddLogicalAnd() { return Added(); }
  TfLiteStatus AddLogicalNot() { return Added(); }
  TfLiteStatus AddLogicalOr() { return Added(); }
  TfLiteStatus AddLogistic() { return Added(); }
  TfLiteStatus AddMaxPool2D() { return Added(); }
  TfLiteStatus AddMaximum() { return Added(); }
  TfLiteStatus AddMean() { return Added(); }
  TfLiteStatus AddMinimum() { return Added(); }
  TfLiteStatus AddMirrorPad() { return Added(); }
  TfLiteStatus AddMul() { return Added(); }
  TfLiteStatus AddNeg() { return Added(); }
  TfLiteStatus AddNotEqual() { return Added(); }
  TfLiteStatus AddPack() { return Added(); }
  TfLiteStatus AddPad() { return Added(); }
  TfLiteStatus AddPadV2() { return Added(); }
  TfLiteStatus AddPrelu() { return Added(); }
  TfLiteStatus AddQuantize() { return Added(); }
  TfLiteStatus AddReduceMax() { return Added(); }
  TfLiteStatus AddRelu() { return Added(); }
  TfLiteStatus AddRelu6() { return Added(); }
  TfLiteStatus AddReshape() { return Added(); }
  TfLiteStatus AddReverseV2() { return Added(); }
  TfLiteStatus AddRound() { return Added(); }
  TfLiteStatus AddRsqrt() { return Added(); }
  TfLiteStatus AddSelectV2() { return Added(); }
  TfLiteStatus AddShape() { return Added(); }
  TfLiteStatus AddSin() { return Added(); }
  TfLiteStatus AddSlice() { return Added(); }
  TfLiteStatus AddSoftmax() { return Added(); }
  TfLiteStatus AddSpaceToBatchNd() { return Added(); }
  TfLiteStatus AddSplit() { return Added(); }
  TfLiteStatus AddSplitV() { return Added(); }
  TfLiteStatus AddSqrt() { return Added(); }
  TfLiteStatus AddSquare() { return Added(); }
  TfLiteStatus AddSquaredDifference() { return Added(); }
  TfLiteStatus AddSqueeze() { return Added(); }
  TfLiteStatus AddStridedSlice() { return Added(); }
  TfLiteStatus AddSub() { return Added(); }
  TfLiteStatus AddSum() { return Added(); }
  TfLiteStatus AddTanh() { return Added(); }
  TfLiteStatus AddTranspose() { return Added(); }
  TfLiteStatus AddTransposeConv() { return Added(); }
  TfLiteStatus AddUnpack() { return Added(); }
  TfLiteStatus AddZerosLike() { return Added(); }

 private:
  TfLiteStatus Added() { return ++added_ <= kCount ? kTfLiteOk : kTfLiteError; }
  unsigned int added_ = 0;
};
}  // namespace tflite
