#!/bin/sh
# Joins the parts beside it, checks them, and runs the proof with the arguments given. Needs sh, sha256sum, tar and, where
# the parts are packed by it, xz.
# The folder is PROVE_GPU_DIR, or one beside this script; results lie in `results` in it. CUDA_LIBRARIES may name a folder
# with NVIDIA's libraries of CUDA 13, such as the site-packages of a Python that has them.
set -e
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
into=${PROVE_GPU_DIR:-$here/unpacked}
if [ ! -e "$into/.whole" ]; then
  (cd "$here" && sha256sum -c parts.sha256)
  mkdir -p "$into"
  case $(echo "$here"/prove-gpu.tar.*.part-000) in
    *.xz.part-000) packer=xz ;;
    *) packer=gzip ;;
  esac
  cat "$here"/prove-gpu.tar.*.part-* | "$packer" -dc | tar -xf - -C "$into"
  # ONNX Runtime looks for its provider beside itself.
  for provider in "$into"/.cache/cuda-*; do
    [ ! -d "$provider" ] || cp "$into"/node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime.so.1 "$provider/"
  done
  : >"$into/.whole"
fi
cd "$into"
[ -z "$CUDA_LIBRARIES" ] || export LIGHT_TTS_CUDA_LIBRARIES="$CUDA_LIBRARIES"
export ORT_DISABLE_TELEMETRY=1
exec bin/node --enable-source-maps dist/bench/prove-gpu/main.js --folder "$into/results" "$@"
