/** Where the libraries of CUDA may lie. */
export interface CudaFolders {
  /** Ours, under the cache folder: ONNX Runtime beside its providers, and what `cuda` got. */
  readonly own: string
  /** An existing installation, such as `/usr/local/cuda-13`; it goes first. */
  readonly installed?: string
}
