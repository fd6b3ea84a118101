"""Of a further round: the plain guess of the mel by code and speaker, which the flow's second run aims at. Not shipped, so learned anew."""

import torch
import torch.nn.functional as F

from . import arithmetic, loop, paths, scale, speakers, train_tokenizer
from .speech_tokenizer import MEL_MEAN, MEL_SCALE, MelGuess

NAME = "guess"


def main() -> None:
    loop.begin()
    final = paths.MODELS / f"{NAME}.pt"
    if final.exists():
        return
    data = train_tokenizer.Streams(train_tokenizer.shards(), seen=False)
    guess = MelGuess(len(speakers.all_speakers()))
    run = loop.Run(NAME, paths.MODELS, {"guess": guess}, torch.optim.AdamW(loop.parameter_groups([guess], 0.01), betas=(0.9, 0.98)),
                   scale.current().steps[NAME], train_tokenizer.PEAK)

    def loss_of(step: int) -> tuple[torch.Tensor, dict[str, float]]:
        _, mel, code, speaker = data.batch(step)
        with arithmetic.products():
            guessed = guess(code, speaker)
        loss = F.l1_loss(guessed.float() * MEL_SCALE + MEL_MEAN, mel)
        return loss, {"mel": loss.item()}

    run.train(loss_of, report_every=100)
    loop.save_atomically(guess.state_dict(), final)


if __name__ == "__main__":
    main()
