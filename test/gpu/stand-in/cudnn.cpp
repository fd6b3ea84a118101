// cuDNN that convolves nothing: plans are counted where they are built, runs as launches.
#include <cstdint>
#include <cstring>

extern "C" {

void stand_in_launch(const char* name);

#define NOTHING(name) \
  int name() { return 0; }
#define MADE(name)       \
  int name(void** out) { \
    *out = (void*)1;     \
    return 0;            \
  }
#define RUN(name)           \
  int name() {              \
    stand_in_launch(#name); \
    return 0;               \
  }

size_t cudnnGetVersion() { return 92800; }
size_t cudnnGetCudartVersion() { return 13000; }
const char* cudnnGetErrorString(int) { return "stand-in"; }
void cudnnGetLastErrorString(char* out, size_t bytes) {
  if (bytes) *out = 0;
}
int cudnnGetStream(void*, void** out) {
  *out = nullptr;
  return 0;
}
MADE(cudnnCreate)
MADE(cudnnCreateActivationDescriptor)
MADE(cudnnCreateConvolutionDescriptor)
MADE(cudnnCreateFilterDescriptor)
MADE(cudnnCreatePoolingDescriptor)
MADE(cudnnCreateReduceTensorDescriptor)
MADE(cudnnCreateTensorDescriptor)
MADE(cudnnCreateDropoutDescriptor)
MADE(cudnnCreateRNNDescriptor)
MADE(cudnnCreateRNNDataDescriptor)
MADE(cudnnCreateLRNDescriptor)
NOTHING(cudnnDestroy)
NOTHING(cudnnDestroyActivationDescriptor)
NOTHING(cudnnDestroyConvolutionDescriptor)
NOTHING(cudnnDestroyFilterDescriptor)
NOTHING(cudnnDestroyPoolingDescriptor)
NOTHING(cudnnDestroyReduceTensorDescriptor)
NOTHING(cudnnDestroyTensorDescriptor)
NOTHING(cudnnSetStream)
NOTHING(cudnnSetTensorNdDescriptor)
NOTHING(cudnnSetFilterNdDescriptor)
NOTHING(cudnnSetConvolutionNdDescriptor)
NOTHING(cudnnSetConvolutionGroupCount)
NOTHING(cudnnSetConvolutionMathType)
NOTHING(cudnnSetActivationDescriptor)
NOTHING(cudnnSetPoolingNdDescriptor)
NOTHING(cudnnSetReduceTensorDescriptor)
RUN(cudnnAddTensor)
RUN(cudnnActivationForward)
RUN(cudnnConvolutionForward)
RUN(cudnnConvolutionBiasActivationForward)
RUN(cudnnPoolingForward)
RUN(cudnnReduceTensor)
RUN(cudnnSoftmaxForward)
int cudnnGetConvolutionForwardWorkspaceSize(void*, void*, void*, void*, void*, int, size_t* out) {
  *out = 0;
  return 0;
}
int cudnnGetReductionWorkspaceSize(void*, void*, void*, void*, size_t* out) {
  *out = 0;
  return 0;
}
int cudnnGetReductionIndicesSize(void*, void*, void*, void*, size_t* out) {
  *out = 0;
  return 0;
}

// The graph API: descriptors are bags that accept everything.
int cudnnBackendCreateDescriptor(int, void** out) {
  *out = (void*)1;
  return 0;
}
NOTHING(cudnnBackendDestroyDescriptor)
NOTHING(cudnnBackendSetAttribute)
int cudnnBackendInitialize(void*) { return 0; }
// A plan is built where its descriptor is finalized; the descriptor's kind is not kept, so all are counted.
int cudnnBackendFinalize(void*) { return 0; }
int cudnnBackendGetAttribute(void*, int, int type, int64_t wanted, int64_t* count, void* out) {
  const bool isDescriptor = type == 15;
  if (count) *count = wanted < 1 ? 1 : isDescriptor ? 1 : 0;
  if (out && !isDescriptor) memset(out, 0, 8);
  return 0;
}
int cudnnBackendExecute(void*, void*, void*) {
  stand_in_launch("cudnnBackendExecute");
  return 0;
}

}  // extern "C"
