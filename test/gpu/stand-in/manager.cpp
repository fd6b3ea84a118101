// The management library as far as a program asks it: the driver's number, and memory that other programs have.
#include <cstdio>
#include <cstdlib>
#include <cstring>

extern "C" {

int nvmlInit_v2() { return 0; }
int nvmlSystemGetDriverVersion(char* out, unsigned bytes) {
  snprintf(out, bytes, "580.0.0");
  return 0;
}
// Handles are one more than the card's number, which is what follows the domain.
int nvmlDeviceGetHandleByPciBusId_v2(const char* place, void** out) {
  if (strlen(place) < 7) return 2;
  *out = (void*)(strtoul(place + 5, nullptr, 16) + 1);
  return 0;
}
int nvmlDeviceGetMemoryInfo(void* device, unsigned long long* out) {
  const unsigned long long taken = (unsigned long long)(size_t)device << 30;
  out[0] = 64ull << 30;
  out[1] = out[0] - taken;
  out[2] = taken;
  return 0;
}

}  // extern "C"
