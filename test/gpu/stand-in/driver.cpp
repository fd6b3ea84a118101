// The driver's library as far as a program looks for it: cards as the stand-in runtime has them.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

extern "C" {

int cuInit(unsigned) { return 0; }
int cuDriverGetVersion(int* out) {
  *out = 13000;
  return 0;
}
int cuDeviceGetCount(int* out) {
  const char* text = getenv("STAND_IN_CARDS");
  *out = text ? atoi(text) : 1;
  return 0;
}
int cuDeviceGet(int* out, int index) {
  *out = index;
  return 0;
}
int cuDeviceGetAttribute(int* out, int which, int) {
  *out = which == 75 ? 9 : 0;
  return 0;
}
int cuDeviceTotalMem_v2(size_t* out, int) {
  *out = size_t{64} << 30;
  return 0;
}
int cuDeviceGetName(char* out, int bytes, int index) {
  snprintf(out, bytes, "Stand-in %d", index);
  return 0;
}
int cuDeviceGetPCIBusId(char* out, int bytes, int index) {
  snprintf(out, bytes, "0000:%02x:00.0", index);
  return 0;
}
int cuTensorMapEncodeTiled() { return 0; }

}  // extern "C"
