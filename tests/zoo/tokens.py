"""Models on tokens and channels-last tensors."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ._specimen import Specimen, images


class _Attention(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        N, T, C = x.shape
        qkv = self.qkv(x).reshape(N, T, 3, self.heads, C // self.heads).permute(2, 0, 3, 1, 4)
        q, k, v = qkv.unbind(0)
        mixed = nn.functional.scaled_dot_product_attention(q, k, v)
        return self.proj(mixed.transpose(1, 2).reshape(N, T, C))


class _Block(nn.Module):
    def __init__(self, width: int, heads: int = 2) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attn = _Attention(width, heads)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(
            nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width)
        )

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


def _tokens(grid: tuple[int, int], extra: int = 0) -> Callable[[str, Tensor], Tensor]:
    """Read (N, T, C) as (N, C, *grid) where T fits, and (N, H, W, C) as (N, C, H, W)."""
    count = grid[0] * grid[1] + extra

    def maps(name: str, raw: Tensor) -> Tensor:
        if raw.ndim == 3 and raw.shape[1] == count:
            return raw[:, extra:].transpose(1, 2).unflatten(2, grid)
        return raw

    return maps


class _ViT(nn.Module):
    def __init__(self, grid: tuple[int, int], patch: int, width: int, registers: int) -> None:
        super().__init__()
        tokens = grid[0] * grid[1] + 1 + registers
        self.patch = nn.Conv2d(3, width, patch, stride=patch)
        self.extra = nn.Parameter(torch.randn(1, 1 + registers, width))
        self.position = nn.Parameter(torch.randn(1, tokens, width))
        self.blocks = nn.Sequential(_Block(width), _Block(width))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, 5)

    def forward(self, x: Tensor) -> Tensor:
        tokens = self.patch(x).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.extra.expand(len(x), -1, -1), tokens], dim=1) + self.position
        return self.head(self.norm(self.blocks(tokens))[:, 0])


def vit() -> Specimen:
    """A class token in front of 3 × 4 patches."""
    return Specimen(
        _ViT((3, 4), 8, 6, registers=0).eval(),
        (images(height=24, width=32),),
        maps=_tokens((3, 4), 1),
    )


def vit_registers() -> Specimen:
    """A class token and four registers in front of 3 × 4 patches: 17 tokens."""
    return Specimen(
        _ViT((3, 4), 8, 6, registers=4).eval(),
        (images(height=24, width=32),),
        maps=_tokens((3, 4), 5),
    )


class _WindowBlock(nn.Module):
    """Attention in windows of a (N, H, W, C) map: inner tokens are (N·windows, T, C)."""

    def __init__(self, width: int, window: int) -> None:
        super().__init__()
        self.window = window
        self.norm = nn.LayerNorm(width)
        self.attn = _Attention(width, 2)

    def forward(self, x: Tensor) -> Tensor:
        N, H, W, C = x.shape
        w = self.window
        y = self.norm(x).reshape(N, H // w, w, W // w, w, C).transpose(2, 3)
        y = self.attn(y.reshape(-1, w * w, C))
        y = y.reshape(N, H // w, W // w, w, w, C).transpose(2, 3).reshape(N, H, W, C)
        return x + y


class _Merge(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.reduction = nn.Linear(4 * width, 2 * width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        parts = [x[:, i::2, j::2] for i in (0, 1) for j in (0, 1)]
        return self.reduction(torch.cat(parts, dim=-1))


class _Swin(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.patch = nn.Conv2d(3, 6, 4, stride=4)
        self.stage1 = _WindowBlock(6, 2)
        self.merge = _Merge(6)
        self.stage2 = _Block(12)
        self.head = nn.Linear(12, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.merge(self.stage1(self.patch(x).permute(0, 2, 3, 1)))
        return self.head(self.stage2(x.flatten(1, 2)).mean(dim=1))


def swin() -> Specimen:
    """Windows on an NHWC map, patch merging, then tokens with no class token."""

    def maps(name: str, raw: Tensor) -> Tensor:
        if name.startswith("stage1.attn"):  # (N · 8 windows, 4, C)
            return raw.unflatten(0, (3, 8))
        if name.startswith(("stage1", "merge")):
            return raw.permute(0, 3, 1, 2)
        return _tokens((2, 4))(name, raw)

    return Specimen(_Swin().eval(), (images(height=16, width=32),), maps=maps)


class _Mixer(nn.Module):
    def __init__(self, tokens: int, width: int) -> None:
        super().__init__()
        self.patch = nn.Conv2d(3, width, 4, stride=4)
        self.across = nn.Linear(tokens, tokens)
        self.within = nn.Linear(width, width)
        self.head = nn.Linear(width, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.patch(x).flatten(2)
        x = self.across(x).transpose(1, 2)
        return self.head(self.within(x).mean(dim=1))


def mixer() -> Specimen:
    """Layers on (N, C, T) and on (N, T, C), where T = 5 × 7 and no token is special."""
    return Specimen(_Mixer(35, 6).eval(), (images(),), maps=_tokens((5, 7)))


class _Encoder(nn.Module):
    def __init__(self, *, batch_first: bool) -> None:
        super().__init__()
        self.batch_first = batch_first
        self.patch = nn.Conv2d(3, 8, 4, stride=4)
        self.layer = nn.TransformerEncoderLayer(8, 2, 12, batch_first=batch_first)
        self.head = nn.Linear(8, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.patch(x).flatten(2)
        x = self.layer(x.permute(0, 2, 1) if self.batch_first else x.permute(2, 0, 1))
        return self.head(x.mean(1 if self.batch_first else 0))


def encoder() -> Specimen:
    """torch's own TransformerEncoderLayer, whose fast path skips its inner modules."""
    return Specimen(_Encoder(batch_first=True).eval(), (images(),), maps=_tokens((5, 7)))


def encoder_sequence_first() -> Specimen:
    """The same on (T, N, C), torch's default: images are on the second axis."""

    def maps(name: str, raw: Tensor) -> Tensor:
        return _tokens((5, 7))(name, raw.transpose(0, 1)) if "layer" in name else raw

    return Specimen(_Encoder(batch_first=False).eval(), (images(),), maps=maps)


BUILDERS = (vit, vit_registers, swin, mixer, encoder, encoder_sequence_first)
