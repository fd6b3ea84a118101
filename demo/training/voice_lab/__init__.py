"""The recipe of the embedded voice: teachers, data, stages, export."""

import os

# ONNX Runtime reads it once, when it loads; `python -m voice_lab` and its workers come through here first.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
