// Streams, events, graphs and errors of the stand-in runtime; included by `cudart.cpp` once, at its end.
#pragma once
#include "cudart-state.h"

extern "C" {

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* out, unsigned) {
  *out = (cudaStream_t) new Stream();
  return cudaSuccess;
}
cudaError_t cudaStreamCreate(cudaStream_t* out) { return cudaStreamCreateWithFlags(out, 0); }
cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  delete (Stream*)stream;
  return cudaSuccess;
}
static cudaError_t synchronise() {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  if (is_lost()) return fail(cudaErrorIllegalAddress);
  if (breaks_capture()) return fail(cudaErrorStreamCaptureUnsupported);
  counts[SYNCS]++;
  return cudaSuccess;
}
cudaError_t cudaStreamSynchronize(cudaStream_t) { return synchronise(); }
cudaError_t cudaDeviceSynchronize() { return synchronise(); }
cudaError_t cudaStreamWaitEvent(cudaStream_t, cudaEvent_t, unsigned) { return cudaSuccess; }
cudaError_t cudaEventCreateWithFlags(cudaEvent_t* out, unsigned) {
  *out = (cudaEvent_t)malloc(1);
  return cudaSuccess;
}
cudaError_t cudaEventCreate(cudaEvent_t* out) { return cudaEventCreateWithFlags(out, 0); }
cudaError_t cudaEventDestroy(cudaEvent_t event) {
  free(event);
  return cudaSuccess;
}
cudaError_t cudaEventRecord(cudaEvent_t, cudaStream_t) { return cudaSuccess; }
cudaError_t cudaEventSynchronize(cudaEvent_t) { return synchronise(); }
cudaError_t cudaEventElapsedTime(float* out, cudaEvent_t, cudaEvent_t) {
  *out = 0.001f;
  return cudaSuccess;
}
cudaError_t cudaStreamIsCapturing(cudaStream_t stream, cudaStreamCaptureStatus* out) {
  *out = stream_of(stream).capturing ? cudaStreamCaptureStatusActive : cudaStreamCaptureStatusNone;
  return cudaSuccess;
}
cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode mode) {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  if (capture) return fail(cudaErrorIllegalState);
  capture = &stream_of(stream);
  capturer = std::this_thread::get_id();
  relaxed = mode == cudaStreamCaptureModeRelaxed;
  *capture = Stream{true, false, {}};
  return cudaSuccess;
}
cudaError_t cudaThreadExchangeStreamCaptureMode(cudaStreamCaptureMode* mode) {
  const int before = capture_mode;
  capture_mode = *mode;
  *mode = (cudaStreamCaptureMode)before;
  return cudaSuccess;
}
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* out) {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  Stream& on = stream_of(stream);
  const bool isBroken = on.broken;
  *out = isBroken ? nullptr : (cudaGraph_t) new Graph(on.graph);
  on = Stream{};
  capture = nullptr;
  counts[CAPTURES]++;
  return isBroken ? fail(cudaErrorStreamCaptureInvalidated) : cudaSuccess;
}
cudaError_t cudaGraphInstantiate(cudaGraphExec_t* out, cudaGraph_t graph, unsigned long long) {
  *out = (cudaGraphExec_t) new Graph(*(Graph*)graph);
  return cudaSuccess;
}
cudaError_t cudaGraphLaunch(cudaGraphExec_t, cudaStream_t) {
  if (is_lost()) return fail(cudaErrorIllegalAddress);
  counts[GRAPH_LAUNCHES]++;
  return cudaSuccess;
}
cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  delete (Graph*)graph;
  return cudaSuccess;
}
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t graph) {
  delete (Graph*)graph;
  return cudaSuccess;
}

// --- Errors ---

cudaError_t cudaGetLastError() {
  const cudaError_t code = last;
  last = cudaSuccess;
  return code;
}
cudaError_t cudaPeekAtLastError() { return last; }
const char* cudaGetErrorName(cudaError_t code) { return code == cudaErrorStreamCaptureUnsupported ? "cudaErrorStreamCaptureUnsupported" : "cudaError"; }
const char* cudaGetErrorString(cudaError_t code) { return code == cudaErrorStreamCaptureUnsupported ? "operation not permitted when stream is capturing" : "stand-in error"; }

}  // extern "C"
