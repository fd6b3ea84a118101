// cuBLAS and cuBLASLt that multiply nothing: each product is a launch, counted by the stand-in runtime.
#include <cstring>

extern "C" {

void stand_in_launch(const char* name);

#define NOTHING(name) \
  int name() { return 0; }
#define PRODUCT(name)         \
  int name() {                \
    stand_in_launch(#name);   \
    return 0;                 \
  }
// Handles and descriptors are made through their first argument.
#define MADE(name)                 \
  int name(void** out) {           \
    *out = (void*)1;               \
    return 0;                      \
  }

MADE(cublasCreate_v2)
MADE(cublasLtCreate)
MADE(cublasLtMatmulDescCreate)
MADE(cublasLtMatmulPreferenceCreate)
MADE(cublasLtMatrixLayoutCreate)
MADE(cublasLtMatrixTransformDescCreate)
NOTHING(cublasDestroy_v2)
NOTHING(cublasSetStream_v2)
NOTHING(cublasSetMathMode)
NOTHING(cublasLtDestroy)
NOTHING(cublasLtMatmulAlgoConfigSetAttribute)
NOTHING(cublasLtMatmulAlgoInit)
NOTHING(cublasLtMatmulDescDestroy)
NOTHING(cublasLtMatmulDescSetAttribute)
NOTHING(cublasLtMatmulPreferenceDestroy)
NOTHING(cublasLtMatmulPreferenceSetAttribute)
NOTHING(cublasLtMatrixLayoutDestroy)
NOTHING(cublasLtMatrixLayoutSetAttribute)
NOTHING(cublasLtMatrixTransformDescDestroy)
PRODUCT(cublasDcopy_v2)
PRODUCT(cublasDgeam)
PRODUCT(cublasDgemmBatched)
PRODUCT(cublasDgemmStridedBatched)
PRODUCT(cublasDgemm_v2)
PRODUCT(cublasDgetrfBatched)
PRODUCT(cublasDgetriBatched)
PRODUCT(cublasGemmBatchedEx)
PRODUCT(cublasGemmEx)
PRODUCT(cublasGemmStridedBatchedEx)
PRODUCT(cublasLtMatmul)
PRODUCT(cublasLtMatrixTransform)
PRODUCT(cublasScopy_v2)
PRODUCT(cublasSgeam)
PRODUCT(cublasSgemmBatched)
PRODUCT(cublasSgemmStridedBatched)
PRODUCT(cublasSgemm_v2)
PRODUCT(cublasSgetrfBatched)
PRODUCT(cublasSgetriBatched)
PRODUCT(cublasSscal_v2)

int cublasGetMathMode(void*, int* out) {
  *out = 0;
  return 0;
}
const char* cublasGetStatusName(int) { return "stand-in"; }
const char* cublasGetStatusString(int) { return "stand-in"; }

int cublasLtMatmulAlgoGetHeuristic(void*, void*, void*, void*, void*, void*, void*, int, void* results, int* found) {
  // One algorithm without a workspace: `cublasLtMatmulHeuristicResult_t` begins with the algorithm's 64 bytes.
  memset(results, 0, 64 + 8 + 4 + 4);
  *found = 1;
  return 0;
}

}  // extern "C"
