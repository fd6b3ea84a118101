// State of the stand-in runtime: cards, streams, captures, counters; and what every call asks of it.
#pragma once
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
std::thread::id capturer;
thread_local int capture_mode = cudaStreamCaptureModeGlobal;
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

// Whether a call that no capture allows is made during one. Capture is global unless it was begun relaxed, or the caller
// minds its own captures alone.
bool breaks_capture() {
  if (!capture || relaxed) return false;
  if (capture_mode != cudaStreamCaptureModeGlobal && capturer != std::this_thread::get_id()) return false;
  capture->broken = true;
  return true;
}

// A card is lost, as after an illegal address, from when a file of its number lies in the folder STAND_IN_LOST.
bool is_lost() {
  static const char* folder = getenv("STAND_IN_LOST");
  static std::atomic<bool> lost[MAX_CARDS];
  if (!folder || lost[current]) return folder && lost[current];
  if (!access((std::string(folder) + "/" + std::to_string(current)).c_str(), F_OK)) lost[current] = true;
  return lost[current];
}

cudaError_t launch(const char* name, cudaStream_t stream) {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  if (is_lost()) return fail(cudaErrorIllegalAddress);
  Stream& on = stream_of(stream);
  if (on.capturing) on.graph.launches++;
  else counts[LAUNCHES]++;
  kernels[name]++;
  return cudaSuccess;
}

cudaError_t copy(void* to, const void* from, size_t bytes, cudaStream_t stream, bool blocking) {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  if (bytes == 0) return cudaSuccess;
  if (is_lost()) return fail(cudaErrorIllegalAddress);
  const bool in = card_at(to) >= 0, out = card_at(from) >= 0;
  Stream& on = stream_of(stream);
  if (on.capturing && !blocking) {
    // A host pointer is read at capture and never again: a replay would not see what changed.
    if (in != out) {
      on.broken = true;
      if (getenv("STAND_IN_TRACE")) fprintf(stderr, "stand-in: %zu bytes %s in a capture\n", bytes, in ? "to device" : "to host");
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
