"""Every net of the registry, those to come included: the contract, tiling, collapsing, sizes of the papers."""

import copy
import inspect
import itertools

import pytest
import torch

from sr_models import archs
from sr_models.archs import Collapses, Contains, Grows, HasPosterior, Steps
from sr_models.archs._blocks import SCALES, PReLU
from sr_models.errors import SRError
from sr_models.inference.upscaler import Upscaler

NETS = sorted(name for name, a in archs.discover().items() if a.task == "upscale")
SIZES = [(1, 1), (7, 5), (33, 50), (64, 47)]


def build(name: str, scale: int, **config):
    """Build a net whose output is not trivial: start-near-zero layers are given weights."""
    torch.manual_seed(1)
    net = archs.build(name, scale=scale, **config).eval()
    for p in net.parameters():
        if p.dim() == 4 and p.abs().max() < 0.02:
            torch.nn.init.normal_(p, std=0.05)
    return net


def parameters(net) -> int:
    return sum(p.numel() for p in net.parameters())


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("name", NETS)
def test_forward_enlarges_by_the_scale(name, scale):
    net = build(name, scale)
    for height, width in SIZES[:2]:
        size = max(height, net.minimum), max(width, net.minimum)
        size = tuple(-(-n // net.multiple_of) * net.multiple_of for n in size)
        out = net(torch.rand(2, net.channels, *size))
        assert out.shape == (2, net.channels, size[0] * scale, size[1] * scale)
        assert out.dtype == torch.float32
    assert net.scale == scale


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("name", NETS)
def test_tiled_equals_whole(name, scale):
    upscaler = Upscaler(build(name, scale), name, device="cpu", dtype="float32")
    if not upscaler.net.exact_tiling:
        pytest.skip("this net does not promise exact tiling")
    for channels, size in ((3, SIZES[2]), (1, SIZES[3]), (4, SIZES[1]), (3, SIZES[0])):
        lr = torch.rand(1, channels, *size, generator=torch.Generator().manual_seed(size[0]))
        whole = upscaler(lr, tile=4096)
        assert whole.std() > 0 or size == (1, 1)
        torch.testing.assert_close(upscaler(lr, tile=16), whole, atol=1e-5, rtol=0)


@pytest.mark.parametrize("name", NETS)
def test_a_pixel_reaches_no_further_than_the_halo(name):
    net = build(name, 2)
    unit = net.multiple_of
    lr = torch.rand(1, net.channels, unit, -(-(2 * net.halo + 41) // unit) * unit)
    changed = lr.clone()
    middle = lr.shape[-1] // 2
    changed[..., middle] = 1 - changed[..., middle]
    with torch.inference_mode():
        moved = (net(lr) - net(changed)).abs()[0, 0].amax(0)
    where = moved.nonzero().flatten() // 2
    reach = max(middle - int(where.min()), int(where.max()) - middle)
    assert reach <= net.halo


@pytest.mark.parametrize("name", NETS)
def test_architecture_explains_itself(name):
    found = archs.get(name)
    assert found.title
    assert found.summary.endswith(".")
    assert found.paper or not found.weights
    assert found.build.__doc__


@pytest.mark.parametrize("name", NETS)
def test_scale_out_of_range_is_a_sentence(name):
    with pytest.raises(SRError, match="must be between"):
        archs.build(name, scale=9)


def test_unknown_names_and_settings_are_sentences():
    with pytest.raises(SRError, match="no architecture named vdsr"):
        archs.build("vdsr")
    with pytest.raises(SRError, match="does not take the setting depht"):
        archs.build("sesr", depht=3)


@pytest.mark.parametrize(
    ("name", "config", "count"),
    [
        ("edsr", {"scale": 4}, 1_517_571),
        ("span", {"scale": 4}, 426_288),
        ("srcnn", {"scale": 4}, 57_281),
        ("autoencoder", {"scale": 4}, 989_456),
        ("recurrent", {"scale": 4}, 89_328),
        ("recurrent", {"scale": 4, "steps": 6}, 89_328),
        ("sesr", {"scale": 4, "width": 32, "depth": 4}, 51_920),
        ("sesr", {"scale": 4, "width": 48, "depth": 6}, 147_168),
        ("sesr", {"scale": 4, "width": 64, "depth": 10}, 399_472),
    ],
)
def test_parameter_counts(name, config, count):
    assert parameters(archs.build(name, **config)) == count


COLLAPSING = [
    name
    for name in NETS
    if isinstance(archs.build(name, scale=2), Collapses)
    and "expansion" in inspect.signature(archs.get(name).build).parameters
]


@pytest.mark.parametrize("name", COLLAPSING)
def test_collapsed_equals_expanded(name):
    net = build(name, 2, expansion=2)
    plain = net.collapse()
    x = torch.rand(1, net.channels, 20, 23)
    assert parameters(plain) < parameters(net)
    torch.testing.assert_close(plain(x), net(x), atol=1e-5, rtol=0)


@pytest.mark.parametrize("expansion", [0, 2])
@pytest.mark.parametrize("name", COLLAPSING)
def test_expanded_or_not_it_starts_where_the_file_ends(name, expansion):
    plain = build(name, 2)
    torch.manual_seed(5)
    expanded = archs.build(name, scale=2, expansion=expansion).eval()
    x = torch.rand(1, plain.channels, 20, 23)
    assert (expanded(x) - plain(x)).abs().max() > 1e-3
    expanded.load_collapsed(plain.state_dict())
    torch.testing.assert_close(expanded(x), plain(x), atol=1e-5, rtol=0)


def test_without_skips_only_the_latent_speaks():
    net = build("autoencoder", 2, skips=False, latent=24)
    x = torch.rand(1, 3, 32, 36)
    latent, half, full = net.encode(x)
    assert latent.shape == (1, 24, 8, 9)
    flat = [torch.zeros_like(t) for t in (latent, half, full)]
    before = net(x)
    for changed, matters in (((flat[0], half, full), True), ((latent, *flat[1:]), False)):
        net.encode = lambda _, changed=changed: changed
        assert (not torch.equal(net(x), before)) == matters
        assert torch.equal(net(x), net(1 - x))  # the image skip is gone too


STEPPING = [name for name in NETS if isinstance(archs.build(name, scale=2), Steps)]


@pytest.mark.parametrize("name", STEPPING)
def test_steps_give_a_picture_each_and_the_default_is_forward(name):
    net = build(name, 3)
    x = torch.rand(1, net.channels, 20, 23)
    pictures = net.steps(x, 6)
    assert [p.shape for p in pictures] == [(1, net.channels, 60, 69)] * 6
    assert all((a - b).abs().max() > 1e-4 for a, b in itertools.pairwise(pictures))
    assert torch.equal(net.steps(x, 2)[1], pictures[1])
    assert torch.equal(net(x), pictures[net.default_steps - 1])
    for n in (0, 7):
        with pytest.raises(SRError, match="must be between 1 and 6"):
            net.steps(x, n)


@pytest.mark.parametrize("steps", [1, 6])
def test_the_halo_of_a_recurrent_net_grows_with_its_steps(steps):
    net = build("recurrent", 2, steps=steps)
    assert net.halo == 2 + 3 * steps
    upscaler = Upscaler(net, "recurrent", device="cpu", dtype="float32")
    lr = torch.rand(1, 3, 33, 50, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(upscaler(lr, tile=16), upscaler(lr, tile=4096), atol=1e-5, rtol=0)


@pytest.mark.parametrize("name", sorted(n for n in NETS if archs.get(n).weights))
def test_bfloat16_costs_little(name):
    net = build(name, 2)
    half = copy.deepcopy(net).to(torch.bfloat16)
    x = torch.rand(1, net.channels, 20, 24)
    with torch.inference_mode():
        error = (net(x) - half(x)).square().mean().sqrt() / (net(x) - 0.5).std()
    assert float(error) < 0.01


@pytest.mark.parametrize("expansion", [0, 2])
def test_a_signal_reaches_the_end_of_span_from_its_start(expansion):
    net = build("span", 4, expansion=expansion)
    x = net.head(torch.rand(2, 3, 32, 32) - 0.5)
    before = x.std()
    for block in net.body:
        x, _ = block(x)
    around = x - x.mean((0, 2, 3), keepdim=True)
    assert before / 10 < around.std() < before * 2  # by torch's own start it is 1e-4 of it
    depths = torch.rand(2, 4 * net.join.out_channels, 9, 9)
    torch.testing.assert_close(net.join(depths) - net.join(0 * depths), depths.unflatten(1, (4, -1))[:, 1])


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_prelu_trains_as_it_runs(dtype):
    x = torch.linspace(-2, 2, 48).reshape(1, 3, 4, 4).to(dtype)
    found = []
    for layer in (PReLU(3).train(), PReLU(3).eval()):
        layer.weight.data = torch.tensor([0.25, -0.5, 1.5])
        inside = x.clone().requires_grad_()
        y = layer.to(dtype)(inside)
        y.float().square().sum().backward()
        found.append((y, inside.grad, layer.weight.grad))
    torch.testing.assert_close(*found)


def test_an_estimate_counts_what_tiles_see_of_each_other():
    upscaler = Upscaler(build("span", 2), "span", device="cpu", dtype="float32")
    upscaler._pace, upscaler.tile, seen = 1.0, 64, []
    upscaler.net.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0][0, 0].numel()))
    upscaler(torch.rand(1, 3, 100, 150))
    assert upscaler.seconds(150, 100) == sum(seen) > 100 * 150


def test_a_new_file_is_found_and_a_second_name_refused():
    with pytest.raises(ValueError, match="two architectures"):
        archs.architecture("espcn", task="upscale", paper="", title="", summary="")(object)


CONTAINING = [name for name in NETS if isinstance(archs.build(name, scale=2), Contains)]
EXPLAINING = [name for name in NETS if isinstance(archs.build(name, scale=2), HasPosterior)]


def test_an_ability_is_known_by_the_name_of_the_net():
    for ability, nets in ((Contains, CONTAINING), (HasPosterior, EXPLAINING), (Steps, STEPPING)):
        assert nets
        assert [name for name in NETS if archs.able(name, ability)] == nets


@pytest.mark.parametrize("name", CONTAINING)
def test_what_is_contained_enlarges_and_does_not_learn(name):
    net = archs.build(name, scale=3)
    part = net.contained()
    assert part.scale == 3
    assert not any(p.requires_grad for p in part.parameters())
    mine = {id(p) for p in net.parameters()}
    assert {id(p) for p in part.parameters()} < mine


@pytest.mark.parametrize("name", EXPLAINING)
def test_a_posterior_has_a_pair_for_each_latent(name):
    net = build(name, 2)
    lr, hr = torch.rand(1, 3, 12, 16), torch.rand(1, 3, 24, 32)
    with torch.inference_mode():
        found = net.explain(net.trunk(lr), hr, torch.zeros(1, net.noise_channels, 12, 16))
    assert found.decoded.shape == hr.shape
    assert len(found.latents) == len(net.LATENTS)
    assert all(float(posterior.kl(prior).min()) >= 0 for posterior, prior in found.latents)


GROWING = [name for name in NETS if isinstance(archs.build(name, scale=2), Grows)]


@pytest.mark.parametrize("name", [n for n in GROWING if n != "srgan"])
def test_a_grown_net_does_what_the_small_one_does(name):
    small = build(name, 2, width=6, depth=2)
    torch.manual_seed(5)
    large = archs.build(name, scale=2, width=10, depth=4).eval()
    x = torch.rand(1, small.channels, 20, 23)
    assert (large(x) - small(x)).abs().max() > 1e-3
    state = large.grown_from(small.state_dict())
    assert state.keys() == large.state_dict().keys()
    large.load_state_dict(state)
    torch.testing.assert_close(large(x), small(x), atol=1e-5, rtol=0)
    with torch.enable_grad():  # what is new can learn: its outputs are alive and their weights get a slope
        large(x).square().sum().backward()
    assert large.tail.weight.grad[:, 6:].abs().max() > 0
    assert "tail.weight" not in small.grown_from(large.state_dict())  # a larger net does not fit into a smaller one
