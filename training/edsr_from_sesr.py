"""Lay SESR into EDSR: a start for a net that would take a CPU days to get as far from noise.

python training/edsr_from_sesr.py weights/sesr_48x6_x4.safetensors --data TILES... --out runs/sesr_48x6_as_edsr_x4.safetensors

A residual block, x + B·relu(A·x), can do a 3x3 layer in place: with a bias so large that the ReLU never cuts, it adds
the layer's output less x. Another does the PReLU: x + (1 - slope)·relu(-x). So the head, `depth` layers and their
activations take 1 + 2·depth blocks; those that are left add nothing yet. SESR's long skip starts behind the first
activation, EDSR's before it: what is lost, (1 - slope)·relu(-head), goes along in the channels that SESR leaves free, as
its principal components, and the convolution at the end of the body puts it back by least squares on pictures.
Units that SESR does not need keep their random start and weigh nothing at first.
"""

import argparse
import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sr_models import checkpoint, registry
from sr_models.archs._blocks import MIDDLE
from sr_models.degradations import Downscale
from sr_models.errors import SRError
from sr_models.loader import split_name
from sr_models.train.data import load_tiles

TILES = 48
SOFT = 0.1  # of the usual strength have the units that SESR does not need
MARGIN = 1.5  # times the largest value that was seen


def centre(convolution: nn.Conv2d, outputs: list[int], inputs: list[int], values: Tensor) -> None:
    """Set the middle taps from `inputs` to `outputs`, (outputs, inputs); their other taps become 0."""
    for i, o in enumerate(outputs):
        convolution.weight[o, inputs] = 0
        convolution.weight[o, inputs, 1, 1] = values[i]


def quiet(convolution: nn.Conv2d) -> None:
    """Make a convolution add nothing."""
    convolution.weight.zero_()
    convolution.bias.zero_()  # type: ignore[union-attr]


@torch.no_grad()
def evened(sesr: Any, lr: Tensor) -> Any:
    """Return the same function with features within about 1: a step of Adam then moves no layer much more than another."""
    net = copy.deepcopy(sesr)
    layers, acts = [net.head, *net.body], [net.head_act, *net.body_act]
    h, ranges = lr - MIDDLE, [torch.ones(3)]
    for layer, act in zip(layers, acts, strict=True):
        h = act(layer(h))
        ranges.append(h.abs().amax((0, 2, 3)).clamp(min=1e-3))
    ranges[-1] = ranges[1]  # the long skip adds the last features to the first
    for layer, before, after in zip(layers, ranges, ranges[1:], strict=False):
        layer.weight.mul_(before[None, :, None, None] / after[:, None, None, None])
        layer.bias.div_(after)
    net.tail.weight.mul_(ranges[1][None, :, None, None])
    return net


@torch.no_grad()
def grow(sesr: Any, lr: Tensor, blocks: int = 16, width: int = 64) -> Any:
    """Return an EDSR that does nearly what `sesr` does; `lr` (N, 3, H, W) in [0, 1] are the pictures to fit on."""
    small, depth = sesr.tail.in_channels, len(sesr.body)
    for name, value, high in (("SESR's width", small, width - 3), ("SESR's depth", depth, (blocks - 1) // 2)):
        if value > high:
            raise SRError("out_of_range", name=name, value=value, low=1, high=high)
    net = registry.build("edsr", scale=sesr.scale, width=width, blocks=blocks)
    mine, free = list(range(small)), list(range(small, min(width, 2 * small)))
    colours = free[:3]  # behind the long skip the picture itself is there, for the image skip
    for block in net.body[:-1]:
        quiet(block.second)

    for parameter in net.parameters():
        parameter.mul_(SOFT)
    sesr, x = evened(sesr, lr), lr - MIDDLE
    quiet(net.head)
    net.head.weight[:small], net.head.bias[:small] = sesr.head.weight, sesr.head.bias
    centre(net.head, colours, [0, 1, 2], torch.eye(3))
    head = sesr.head(x)
    below = F.relu(-head) * (1 - sesr.head_act.weight)[:, None, None]
    flat = below.transpose(0, 1).flatten(1)
    main = torch.linalg.eigh(torch.cov(flat))[1][:, -len(free) :].T  # (free, small)
    activate(net.body[0], sesr.head_act.weight, mine)
    centre(net.body[0].second, free, mine, main * (1 - sesr.head_act.weight))
    # The colours begin in channels of the components: the first block takes them away.
    _take_away(net.body[0], colours, small)

    h = first = sesr.head_act(head)
    for i, (layer, act) in enumerate(zip(sesr.body, sesr.body_act, strict=True)):
        linear, bent = net.body[1 + 2 * i], net.body[2 + 2 * i]
        v = layer(h)
        bound = -MARGIN * (v - h).amin((0, 2, 3)).clamp(max=0)
        linear.first.weight[:small] = 0
        linear.first.weight[:small, :small] = layer.weight
        linear.first.weight[mine, mine, 1, 1] -= 1
        linear.first.bias[:small] = layer.bias + bound
        centre(linear.second, mine, mine, torch.eye(small))
        linear.second.bias[:small] = -bound
        activate(bent, act.weight, mine)
        h = act(v)

    end = net.body[-1]
    carried = torch.cat([h, torch.einsum("oc,nchw->nohw", main, below)], 1)
    wanted = h + first - head
    columns = F.unfold(carried, 3, padding=1).transpose(0, 1).flatten(1).double()  # (width*9, N*H*W)
    columns = torch.cat([columns, torch.ones_like(columns[:1])])
    gram = columns @ columns.T
    gram += 1e-6 * gram.diagonal().mean() * torch.eye(len(gram))
    found = torch.linalg.solve(gram, columns @ wanted.transpose(0, 1).flatten(1).double().T).T.float()
    quiet(end)
    end.weight[:small, : small + len(free)], end.bias[:small] = found[:, :-1].reshape(small, -1, 3, 3), found[:, -1]

    _enlarge(net, sesr, mine, colours)
    return net


def activate(block: Any, slope: Tensor, channels: list[int]) -> None:
    """Make a block a PReLU of these channels."""
    centre(block.first, channels, list(range(block.first.in_channels)), -torch.eye(block.first.in_channels)[channels])
    block.first.bias[channels] = 0
    centre(block.second, channels, channels, torch.diag(1 - slope))


def _take_away(block: Any, channels: list[int], unit: int) -> None:
    """Make a block set channels of values within 1 to 0, by its hidden units from `unit` on."""
    hidden = [unit + i for i in range(len(channels))]
    size = block.first.in_channels
    centre(block.first, hidden, list(range(size)), torch.eye(size)[channels])
    block.first.bias[hidden] = 1
    centre(block.second, channels, hidden, -torch.eye(len(channels)))
    block.second.bias[channels] = 1


def _enlarge(net: Any, sesr: Any, mine: list[int], colours: list[int]) -> None:
    """Make the sub-pixel tail SESR's: at x4 in two steps, of which the first sorts the values by quarters."""
    scale = sesr.scale
    first, small = net.enlarge[0], len(mine)
    values = torch.arange(3 * scale * scale)
    if scale == 4:  # SESR's value c·16 + (2i+k)·4 + (2j+l) goes to channel (c·4 + 2k + l) of quarter (i, j)
        values = values.reshape(3, 2, 2, 2, 2).permute(0, 2, 4, 1, 3)  # c, i, k, j, l -> c, k, l, i, j
    for target, source in enumerate(values.flatten().tolist()):
        first.weight[target] = 0
        first.weight[target, :small] = sesr.tail.weight[source]
        first.weight[target, colours[source // (scale * scale)], 1, 1] = 1
        first.bias[target] = sesr.tail.bias[source]
    if scale == 4:
        second = net.enlarge[2]
        for n in range(12):
            second.weight[n], second.bias[n] = 0, 0
            second.weight[n, n, 1, 1] = 1
    net.tail.weight.zero_()
    net.tail.bias.zero_()
    for c in range(3):
        net.tail.weight[c, c, 1, 1] = 1


def main(arguments: list[str] | None = None) -> None:
    """Read a SESR, write an EDSR."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("sesr", type=Path)
    parser.add_argument("--data", type=Path, nargs="+", required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(arguments)
    sesr, card = checkpoint.read(options.sesr)
    tiles = load_tiles(options.data, 64).pixels
    hr = tiles[:: max(len(tiles) // TILES, 1), :, :192, :192].float() / 255
    lr = Downscale(sesr.scale)(hr, torch.Generator().manual_seed(0))
    torch.manual_seed(0)
    net = grow(sesr.float(), lr)
    x = lr[:8]
    with torch.no_grad():
        error = (net(x) - sesr(x)).square().mean()
    print(f"PSNR between the two: {-10 * error.log10():.1f} dB")
    base = {"name": card.name, "sha256": checkpoint.sha256(options.sesr)}
    facts = {
        "name": f"{split_name(card.name)[0]}_as_edsr_x{sesr.scale}",
        "architecture": "edsr",
        "config": {"scale": sesr.scale},
        "base": base,
    }
    facts |= {"steps": 0, "seconds": 0.0, "results": (), "recipe": "laid into EDSR"}
    checkpoint.save(net, replace(card, **facts), options.out)


if __name__ == "__main__":
    main()
