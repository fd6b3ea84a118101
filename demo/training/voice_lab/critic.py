"""Training only: a critic that tells true waveforms from made ones by their spectrograms at three resolutions."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.parametrizations import weight_norm

RESOLUTIONS = ((1024, 256), (512, 128), (256, 64))
WIDTH = 16


class _Look(nn.Module):
    """Log magnitudes [B, 1, bins, T] -> a score per place, and the layers' outputs."""

    def __init__(self, n_fft: int, hop: int):
        super().__init__()
        self.n_fft, self.hop = n_fft, hop
        shapes = [(1, WIDTH, (3, 3), (1, 1)), (WIDTH, WIDTH, (5, 3), (2, 1)), (WIDTH, 2 * WIDTH, (5, 3), (2, 2)), (2 * WIDTH, 2 * WIDTH, (5, 3), (2, 2))]
        self.layers = nn.ModuleList(weight_norm(nn.Conv2d(i, o, k, s, padding=(k[0] // 2, k[1] // 2))) for i, o, k, s in shapes)
        self.last = weight_norm(nn.Conv2d(2 * WIDTH, 1, 3, padding=1))

    def forward(self, wave: torch.Tensor) -> tuple[torch.Tensor, list[torch.Tensor]]:
        spec = torch.stft(wave, self.n_fft, self.hop, window=torch.hann_window(self.n_fft), return_complex=True)
        x, kept = torch.view_as_real(spec).square().sum(-1).add(1e-7).log()[:, None] * 0.2 + 1, []
        for layer in self.layers:
            x = F.leaky_relu(layer(x), 0.1)
            kept.append(x)
        return self.last(x), kept


class Critic(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.looks = nn.ModuleList(_Look(*resolution) for resolution in RESOLUTIONS)


def critic_loss(critic: Critic, true: torch.Tensor, made: torch.Tensor) -> torch.Tensor:
    """Least squares: 1 for true, 0 for made ([B, N], `made` detached)."""
    critic.requires_grad_(True)
    total = torch.zeros(())
    for look in critic.looks:
        total = total + (look(true)[0] - 1).square().mean() + look(made)[0].square().mean()
    return total / len(critic.looks)


def opinion(critic: Critic, true: torch.Tensor, made: torch.Tensor) -> torch.Tensor:
    """What the maker of `made` wants small: the critic's doubt, and the distance of what its layers see."""
    critic.requires_grad_(False)
    total = torch.zeros(())
    for look in critic.looks:
        with torch.no_grad():
            _, wanted = look(true)
        score, seen = look(made)
        total = total + (score - 1).square().mean() + 2 * sum(F.l1_loss(a, b) for a, b in zip(seen, wanted, strict=True))
    critic.requires_grad_(True)
    return total / len(critic.looks)
