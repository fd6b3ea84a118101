"""Tests never see a work folder of the real recipe."""

import os
import tempfile

os.environ["LIGHT_TTS_VOICE_WORK"] = tempfile.mkdtemp(prefix="voice-lab-tests-")
os.environ.pop("LIGHT_TTS_VOICE_SCALE", None)
