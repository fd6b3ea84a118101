// A CUDA runtime that computes nothing: it counts what a program asks of a card, and enforces the card's rules.
//
// Device memory lies in pages that the host may not touch (a look at it is SIGSEGV); copies go through a second view of the
// same pages. During a capture, what would synchronise or allocate is refused, as a real runtime refuses it.
#define CUDARTAPI
#include <cuda_runtime_api.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <thread>

namespace {

constexpr size_t CARD_BYTES = size_t{64} << 30;
constexpr int MAX_CARDS = 8;
constexpr size_t ALIGN = 512;

struct Card {
  char* device = nullptr;
  char* view = nullptr;
  std::map<size_t, size_t> used;  // offset → bytes
  size_t used_bytes = 0, most_bytes = 0;
};

struct Graph {
  uint64_t launches = 0, copies = 0;
};

struct Stream {
  bool capturing = false, broken = false;
  Graph graph;
};

// Order is that of `stand_in_counters`; see counters.ts.
enum Counter {
  TO_DEVICE_BYTES, TO_DEVICE_COPIES, TO_HOST_BYTES, TO_HOST_COPIES, ON_DEVICE_BYTES, ON_DEVICE_COPIES,
  LAUNCHES, LIBRARY_LAUNCHES, SYNCS, ALLOCATIONS, FREES, GRAPH_LAUNCHES, CAPTURES, REFUSED, USED_BYTES, MOST_BYTES, MEMSETS,
  COUNTERS
};

std::recursive_mutex mutex;
Card cards[MAX_CARDS];
std::atomic<uint64_t> counts[COUNTERS];
std::map<const void*, std::string> names;
std::map<std::string, uint64_t> kernels;
Stream null_stream;
Stream* capture = nullptr;
bool relaxed = false;
thread_local int current = 0;
thread_local cudaError_t last = cudaSuccess;

int card_count() {
  const char* text = getenv("STAND_IN_CARDS");
  return text ? std::min(MAX_CARDS, std::max(0, atoi(text))) : 1;
}

cudaError_t fail(cudaError_t code) {
  last = code;
  counts[REFUSED]++;
  return code;
}

Card& card_of(int index) {
  Card& card = cards[index];
  if (card.device) return card;
  const int file = memfd_create("card", 0);
  if (file < 0 || ftruncate(file, CARD_BYTES)) abort();
  card.device = (char*)mmap(nullptr, CARD_BYTES, PROT_NONE, MAP_SHARED | MAP_NORESERVE, file, 0);
  card.view = (char*)mmap(nullptr, CARD_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, file, 0);
  if (card.device == MAP_FAILED || card.view == MAP_FAILED) abort();
  close(file);
  return card;
}

int card_at(const void* pointer) {
  for (int i = 0; i < MAX_CARDS; i++)
    if (cards[i].device && pointer >= cards[i].device && pointer < cards[i].device + CARD_BYTES) return i;
  return -1;
}

char* reachable(const void* pointer) {
  const int i = card_at(pointer);
  return i < 0 ? (char*)pointer : cards[i].view + ((char*)pointer - cards[i].device);
}

Stream& stream_of(cudaStream_t stream) { return stream ? *(Stream*)stream : null_stream; }

// Whether a call that no capture allows is made during one. Capture is global unless it was begun relaxed.
bool breaks_capture() {
  if (!capture || relaxed) return false;
  capture->broken = true;
  return true;
}

cudaError_t launch(const char* name, cudaStream_t stream) {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  Stream& on = stream_of(stream);
  if (on.capturing) on.graph.launches++;
  else counts[LAUNCHES]++;
  kernels[name]++;
  return cudaSuccess;
}

cudaError_t copy(void* to, const void* from, size_t bytes, cudaStream_t stream, bool blocking) {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  if (bytes == 0) return cudaSuccess;
  const bool in = card_at(to) >= 0, out = card_at(from) >= 0;
  Stream& on = stream_of(stream);
  if (on.capturing && !blocking) {
    // A host pointer is read at capture and never again: a replay would not see what changed.
    if (in != out) {
      on.broken = true;
      return fail(cudaErrorStreamCaptureUnsupported);
    }
    on.graph.copies++;
  } else if (blocking && breaks_capture()) return fail(cudaErrorStreamCaptureUnsupported);
  const int kind = in && out ? ON_DEVICE_BYTES : in ? TO_DEVICE_BYTES : out ? TO_HOST_BYTES : -1;
  if (kind >= 0) {
    counts[kind] += bytes;
    counts[kind + 1]++;
    if (const char* least = getenv("STAND_IN_TRACE"))
      if (bytes >= strtoull(least, nullptr, 10)) fprintf(stderr, "stand-in: %s %zu bytes\n", in && out ? "on device" : in ? "to device" : "to host", bytes);
  }
  memmove(reachable(to), reachable(from), bytes);
  return cudaSuccess;
}

}  // namespace

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

// --- Streams, events, graphs ---

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
  relaxed = mode == cudaStreamCaptureModeRelaxed;
  *capture = Stream{true, false, {}};
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
