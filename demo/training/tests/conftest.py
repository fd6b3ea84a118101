"""Tests never see a work folder of the real recipe, and ONNX Runtime sends nothing from them."""

import os
import tempfile

os.environ["ORT_DISABLE_TELEMETRY"] = "1"
os.environ["LIGHT_TTS_VOICE_WORK"] = tempfile.mkdtemp(prefix="voice-lab-tests-")
os.environ.pop("LIGHT_TTS_VOICE_SCALE", None)
