"""Where the recipe keeps its files: one folder outside the repository, which may be moved while nothing runs."""

import os
from pathlib import Path

TRAINING = Path(__file__).resolve().parents[1]
WORK = Path(os.environ.get("LIGHT_TTS_VOICE_WORK") or Path.home() / ".cache" / "light-tts" / "voice-training").expanduser().resolve()
TEACHERS = WORK / "teachers"
LINES = WORK / "lines"
SPEECH = WORK / "speech"
MODELS = WORK / "models"
TOKENS = WORK / "tokens"
LOGS = WORK / "logs"
PREVIEW = WORK / "voice"
VOICE = TRAINING.parent / "voice"
