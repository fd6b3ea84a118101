"""Where the recipe keeps its files."""

from pathlib import Path

TRAINING = Path(__file__).resolve().parents[1]
WORK = TRAINING / "work"
LINES = WORK / "lines"
SPEECH = WORK / "speech"
MODELS = WORK / "models"
TOKENS = WORK / "tokens"
LOGS = WORK / "logs"
PREVIEW = WORK / "voice"
VOICE = TRAINING.parent / "voice"
