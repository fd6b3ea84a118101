#!/usr/bin/env bash
# The whole recipe, from nothing to demo/voice. Stop it whenever you like; the next start goes on.
# Needs: python3.11 with venv, gcc, and from Debian: flite1-dev libespeak-ng-dev wordnet-base wamerican-small
set -euo pipefail
cd "$(dirname "$0")"
if [ ! -x .venv/bin/python ]; then
  python3 -m venv .venv
  .venv/bin/pip install -r requirements.txt
fi
exec nice -n 12 .venv/bin/python -u -W ignore -m voice_lab "$@"
