"""LiveKit's and Pipecat's OpenAI speech plugins against a running server; by hand, since they take long to install.

pip install livekit-plugins-openai==1.8.9 pipecat-ai==1.14.0
python test/acceptance/voice_agents.py http://localhost:8080/v1
"""

import asyncio
import sys

TEXT = "Good morning. How are you?"


async def livekit_seconds(url: str) -> float:
    from livekit.agents import utils
    from livekit.plugins import openai

    async with utils.http_context.open():
        tts = openai.TTS(model="tts-1", voice="alloy", base_url=url, api_key="unused")
        seconds = 0.0
        async for audio in tts.synthesize(TEXT):
            seconds += audio.frame.duration
        await tts.aclose()
        return seconds


async def pipecat_seconds(url: str) -> float:
    from pipecat.services.openai.tts import OpenAITTSService

    tts = OpenAITTSService(api_key="unused", base_url=url, settings=OpenAITTSService.Settings(voice="alloy"))
    # The rate that it asks for and that a pipeline would set.
    tts._sample_rate = 24_000
    frames = [frame async for frame in tts.run_tts(TEXT, "context")]
    return sum(len(getattr(frame, "audio", b"")) for frame in frames) / 2 / 24_000


async def main() -> None:
    url = sys.argv[1]
    for name, speak in (("livekit", livekit_seconds), ("pipecat", pipecat_seconds)):
        seconds = await speak(url)
        print(f"{name}: {seconds:.2f} s of speech")
        assert seconds > 0.5, name


asyncio.run(main())
