// A CUDA runtime that computes nothing: it counts what a program asks of a card, and enforces the card's rules.
//
// Device memory lies in pages that the host may not touch (a look at it is SIGSEGV); copies go through a second view of the
// same pages. During a capture, what would synchronise or allocate is refused, as a real runtime refuses it.
#define CUDARTAPI
#include <cuda_runtime_api.h>

#include "cudart-state.h"

extern "C" {

// What the other stand-ins count.
void stand_in_launch(const char* name) {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  if (capture) capture->graph.launches++;
  else counts[LAUNCHES]++;
  counts[LIBRARY_LAUNCHES]++;
  kernels[name]++;
}

void stand_in_counters(uint64_t* out) {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  counts[USED_BYTES] = counts[MOST_BYTES] = 0;
  for (const Card& card : cards) counts[USED_BYTES] += card.used_bytes, counts[MOST_BYTES] += card.most_bytes;
  for (int i = 0; i < COUNTERS; i++) out[i] = counts[i];
}

// `name count` a line, into at most `bytes` bytes.
void stand_in_kernels(char* out, size_t bytes) {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  std::string text;
  for (const auto& [name, count] : kernels) text += std::to_string(count) + " " + name + "\n";
  snprintf(out, bytes, "%s", text.c_str());
}

void stand_in_reset() {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  for (auto& count : counts) count = 0;
  kernels.clear();
  for (Card& card : cards) card.most_bytes = card.used_bytes;
}

// --- Kernels of the provider ---

void** __cudaRegisterFatBinary(void*) {
  static void* handle;
  return &handle;
}
void __cudaRegisterFatBinaryEnd(void**) {}
void __cudaUnregisterFatBinary(void**) {}
void __cudaRegisterVar(void**, char*, char*, const char*, int, size_t, int, int) {}
void __cudaRegisterFunction(void**, const char* host, char*, const char* name, int, uint3*, uint3*, dim3*, dim3*, int*) {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  names[host] = name;
}
unsigned __cudaPushCallConfiguration(dim3, dim3, size_t, void*);
static thread_local cudaStream_t pushed;
unsigned __cudaPushCallConfiguration(dim3, dim3, size_t, void* stream) {
  pushed = (cudaStream_t)stream;
  return 0;
}
cudaError_t __cudaPopCallConfiguration(dim3* grid, dim3* block, size_t* shared, void* stream) {
  *grid = *block = dim3{1, 1, 1};
  *shared = 0;
  *(cudaStream_t*)stream = pushed;
  return cudaSuccess;
}
cudaError_t __cudaGetKernel(cudaKernel_t* kernel, const void* host) {
  *kernel = (cudaKernel_t)host;
  return cudaSuccess;
}
static const char* name_of(const void* function) {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  const auto found = names.find(function);
  return found == names.end() ? "kernel" : found->second.c_str();
}
cudaError_t __cudaLaunchKernel(cudaKernel_t kernel, dim3, dim3, void**, size_t, cudaStream_t stream) {
  return launch(name_of(kernel), stream);
}
cudaError_t cudaLaunchKernel(const void* function, dim3, dim3, void**, size_t, cudaStream_t stream) {
  return launch(name_of(function), stream);
}
cudaError_t cudaLaunchCooperativeKernel(const void* function, dim3, dim3, void**, size_t, cudaStream_t stream) {
  return launch(name_of(function), stream);
}
cudaError_t cudaLaunchKernelExC(const cudaLaunchConfig_t* config, const void* function, void**) {
  return launch(name_of(function), config->stream);
}
cudaError_t cudaLaunchHostFunc(cudaStream_t, cudaHostFn_t act, void* data) {
  act(data);
  return cudaSuccess;
}
cudaError_t cudaFuncGetAttributes(cudaFuncAttributes* out, const void*) {
  memset(out, 0, sizeof *out);
  out->maxThreadsPerBlock = 1024;
  out->maxDynamicSharedSizeBytes = 232448;
  out->numRegs = 32;
  out->binaryVersion = out->ptxVersion = 90;
  return cudaSuccess;
}
cudaError_t cudaFuncSetAttribute(const void*, cudaFuncAttribute, int) { return cudaSuccess; }
cudaError_t cudaKernelSetAttributeForDevice(cudaKernel_t, cudaFuncAttribute, int, int) { return cudaSuccess; }
cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int* out, const void*, int, size_t, unsigned) {
  *out = 2;
  return cudaSuccess;
}
cudaError_t cudaLibraryLoadData(cudaLibrary_t* out, const void*, cudaJitOption*, void**, unsigned, cudaLibraryOption*, void**, unsigned) {
  *out = (cudaLibrary_t)1;
  return cudaSuccess;
}
cudaError_t cudaLibraryGetKernel(cudaKernel_t* out, cudaLibrary_t, const char*) {
  *out = (cudaKernel_t)1;
  return cudaSuccess;
}
cudaError_t cudaLibraryUnload(cudaLibrary_t) { return cudaSuccess; }
cudaError_t cudaGetDriverEntryPointByVersion(const char*, void** out, unsigned, unsigned long long, cudaDriverEntryPointQueryResult* found) {
  *out = nullptr;
  if (found) *found = cudaDriverEntryPointSymbolNotFound;
  return cudaSuccess;
}

// --- Cards ---

cudaError_t cudaGetDeviceCount(int* out) {
  *out = card_count();
  return *out ? cudaSuccess : fail(cudaErrorNoDevice);
}
cudaError_t cudaGetDevice(int* out) {
  *out = current;
  return cudaSuccess;
}
cudaError_t cudaSetDevice(int index) {
  if (index < 0 || index >= card_count()) return fail(cudaErrorInvalidDevice);
  current = index;
  return cudaSuccess;
}
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* out, int index) {
  memset(out, 0, sizeof *out);
  snprintf(out->name, sizeof out->name, "Stand-in %d", index);
  out->totalGlobalMem = CARD_BYTES;
  out->sharedMemPerBlock = 49152;
  out->sharedMemPerBlockOptin = 232448;
  out->sharedMemPerMultiprocessor = 233472;
  out->regsPerBlock = 65536;
  out->warpSize = 32;
  out->maxThreadsPerBlock = 1024;
  out->maxThreadsPerMultiProcessor = 2048;
  out->maxThreadsDim[0] = out->maxThreadsDim[1] = 1024;
  out->maxThreadsDim[2] = 64;
  out->maxGridSize[0] = 2147483647;
  out->maxGridSize[1] = out->maxGridSize[2] = 65535;
  out->major = 9;
  out->minor = 0;
  out->multiProcessorCount = 132;
  out->l2CacheSize = 52428800;
  out->totalConstMem = 65536;
  out->concurrentKernels = 1;
  out->unifiedAddressing = 1;
  return cudaSuccess;
}
cudaError_t cudaDeviceGetAttribute(int* out, cudaDeviceAttr which, int) {
  switch (which) {
    case cudaDevAttrComputeCapabilityMajor: *out = 9; break;
    case cudaDevAttrComputeCapabilityMinor: *out = 0; break;
    case cudaDevAttrMultiProcessorCount: *out = 132; break;
    case cudaDevAttrMaxSharedMemoryPerBlockOptin: *out = 232448; break;
    case cudaDevAttrMaxSharedMemoryPerBlock: *out = 49152; break;
    case cudaDevAttrMaxThreadsPerBlock: *out = 1024; break;
    case cudaDevAttrWarpSize: *out = 32; break;
    default: *out = 1;
  }
  return cudaSuccess;
}
cudaError_t cudaDriverGetVersion(int* out) {
  *out = 13000;
  return cudaSuccess;
}
cudaError_t cudaRuntimeGetVersion(int* out) {
  *out = 13000;
  return cudaSuccess;
}
cudaError_t cudaMemGetInfo(size_t* free, size_t* total) {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  *total = CARD_BYTES;
  *free = CARD_BYTES - cards[current].used_bytes;
  return cudaSuccess;
}

// --- Memory ---

static cudaError_t allocate(void** out, size_t bytes, bool isAsync) {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  *out = nullptr;
  if (is_lost()) return fail(cudaErrorIllegalAddress);
  if (!isAsync && breaks_capture()) return fail(cudaErrorStreamCaptureUnsupported);
  Card& card = card_of(current);
  const size_t wanted = (std::max<size_t>(bytes, 1) + ALIGN - 1) / ALIGN * ALIGN;
  size_t at = 0;
  for (const auto& [offset, size] : card.used) {
    if (offset - at >= wanted) break;
    at = offset + size;
  }
  if (at + wanted > CARD_BYTES) return fail(cudaErrorMemoryAllocation);
  card.used[at] = wanted;
  card.used_bytes += wanted;
  card.most_bytes = std::max(card.most_bytes, card.used_bytes);
  counts[ALLOCATIONS]++;
  *out = card.device + at;
  return cudaSuccess;
}
static cudaError_t release(void* pointer, bool isAsync) {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  if (!pointer) return cudaSuccess;
  if (!isAsync && breaks_capture()) return fail(cudaErrorStreamCaptureUnsupported);
  const int i = card_at(pointer);
  if (i < 0) return fail(cudaErrorInvalidValue);
  const size_t offset = (char*)pointer - cards[i].device;
  const auto found = cards[i].used.find(offset);
  if (found == cards[i].used.end()) return fail(cudaErrorInvalidValue);
  cards[i].used_bytes -= found->second;
  madvise(cards[i].view + offset, found->second, MADV_REMOVE);
  cards[i].used.erase(found);
  counts[FREES]++;
  return cudaSuccess;
}
cudaError_t cudaMalloc(void** out, size_t bytes) { return allocate(out, bytes, false); }
cudaError_t cudaFree(void* pointer) { return release(pointer, false); }
cudaError_t cudaMallocFromPoolAsync(void** out, size_t bytes, cudaMemPool_t, cudaStream_t) { return allocate(out, bytes, true); }
cudaError_t cudaFreeAsync(void* pointer, cudaStream_t) { return release(pointer, true); }
cudaError_t cudaMemPoolCreate(cudaMemPool_t* out, const cudaMemPoolProps*) {
  *out = (cudaMemPool_t)1;
  return cudaSuccess;
}
cudaError_t cudaMemPoolDestroy(cudaMemPool_t) { return cudaSuccess; }
cudaError_t cudaMemPoolGetAttribute(cudaMemPool_t, cudaMemPoolAttr, void* out) {
  *(uint64_t*)out = 0;
  return cudaSuccess;
}
cudaError_t cudaMemPoolSetAttribute(cudaMemPool_t, cudaMemPoolAttr, void*) { return cudaSuccess; }
cudaError_t cudaMemPoolTrimTo(cudaMemPool_t, size_t) { return cudaSuccess; }
cudaError_t cudaMallocHost(void** out, size_t bytes) {
  *out = aligned_alloc(4096, (bytes + 4095) / 4096 * 4096 + 4096);
  return cudaSuccess;
}
cudaError_t cudaHostAlloc(void** out, size_t bytes, unsigned) { return cudaMallocHost(out, bytes); }
cudaError_t cudaFreeHost(void* pointer) {
  free(pointer);
  return cudaSuccess;
}
cudaError_t cudaPointerGetAttributes(cudaPointerAttributes* out, const void* pointer) {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  memset(out, 0, sizeof *out);
  const int i = card_at(pointer);
  out->type = i < 0 ? cudaMemoryTypeUnregistered : cudaMemoryTypeDevice;
  out->device = i < 0 ? 0 : i;
  out->devicePointer = i < 0 ? nullptr : (void*)pointer;
  return cudaSuccess;
}
cudaError_t cudaMemcpy(void* to, const void* from, size_t bytes, cudaMemcpyKind) { return copy(to, from, bytes, nullptr, true); }
cudaError_t cudaMemcpyAsync(void* to, const void* from, size_t bytes, cudaMemcpyKind, cudaStream_t stream) {
  return copy(to, from, bytes, stream, false);
}
cudaError_t cudaMemcpy2DAsync(void* to, size_t toPitch, const void* from, size_t fromPitch, size_t width, size_t rows, cudaMemcpyKind, cudaStream_t stream) {
  for (size_t row = 0; row < rows; row++)
    if (cudaError_t code = copy((char*)to + row * toPitch, (const char*)from + row * fromPitch, width, stream, false)) return code;
  return cudaSuccess;
}
cudaError_t cudaMemcpyFromSymbol(void* to, const void*, size_t bytes, size_t, cudaMemcpyKind) {
  memset(to, 0, bytes);
  return cudaSuccess;
}
cudaError_t cudaMemset(void* to, int value, size_t bytes) {
  counts[MEMSETS]++;
  memset(reachable(to), value, bytes);
  return cudaSuccess;
}
cudaError_t cudaMemsetAsync(void* to, int value, size_t bytes, cudaStream_t stream) {
  if (stream_of(stream).capturing) stream_of(stream).graph.copies++;
  return cudaMemset(to, value, bytes);
}

}  // extern "C"

#include "cudart-streams.h"
