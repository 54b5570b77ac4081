"""Captures against plain hooks, plain autograd and finite differences, over the whole zoo."""

import pytest
import torch
from torch import nn

import convscope as cs
import zoo
from zoo import oracle

CLASSIFIERS = [name for name in zoo.BUILDERS if zoo.specimen(name).classes]
TARGETS = (3, 0, 4)


@pytest.fixture(params=zoo.BUILDERS)
def name(request):
    return request.param


@pytest.fixture(autouse=True)
def _same_rng():
    with torch.random.fork_rng():
        yield


def scope_of(specimen):
    return cs.Scope(specimen.model, "none", example=specimen.example)


def capture(specimen, layers, **options):
    torch.manual_seed(7)
    return scope_of(specimen).activations(specimen.inputs, layers=layers, **options)


def expected(name):
    specimen = zoo.specimen(name)
    raw = oracle.run(specimen).outputs
    return {title: specimen.maps(title, tensor) for title, tensor in raw.items()}


def equal(one, other):
    torch.testing.assert_close(one, other, rtol=0, atol=0)


def test_all_layers_at_once_equal_plain_hooks_bit_for_bit(name):
    specimen = zoo.specimen(name)
    names = scope_of(specimen).layers.names
    want = expected(name)

    got = capture(specimen, names)

    assert list(got) == names
    for title in names:
        equal(got[title], want[title])


def test_every_output_with_one_entry_an_image_can_be_captured(name):
    specimen = zoo.specimen(name)
    names = set(scope_of(specimen).layers.names)
    count = len(specimen.example[0])
    whole = {t for t, v in expected(name).items() if v.ndim and len(v) == count}

    # A detector's lists hold as many entries as it found, not one an image.
    loose = {t for t in whole if name == "detection" and t.startswith("output")}
    hidden = {t for t in whole if "parametrizations" in t}
    assert whole - names - loose - hidden == set()


def test_a_layer_alone_equals_the_same_layer_among_all(name):
    specimen = zoo.specimen(name)
    scope = scope_of(specimen)
    together = capture(zoo.specimen(name), scope.layers.names)

    for title in scope.layers.names:
        torch.manual_seed(7)
        alone = scope.activations(specimen.inputs, layers=[title])
        equal(alone[title], together[title])


def _log_of(network, log):
    for title, module in network.named_modules():
        module.register_forward_pre_hook(lambda _m, _a, title=title: log.append(("start", title)))
        module.register_forward_hook(lambda _m, _a, _o, title=title: log.append(("end", title)))


def test_nothing_runs_after_the_last_layer_asked_for(name):
    specimen = zoo.specimen(name)
    log = []
    _log_of(oracle.network(specimen.model), log)
    scope = scope_of(specimen)
    tree = scope.layers
    log.clear()
    oracle.run(specimen)
    full = list(log)

    for title in tree.names:
        module, _, rest = title.partition("@")
        call = int(rest.split("[")[0]) if rest else 0
        module = module.split("[")[0]
        ends = [i for i, event in enumerate(full) if event == ("end", module.replace("output", ""))]
        log.clear()
        scope.activations(specimen.inputs, layers=[title])
        assert log == full[: ends[call] + 1], title


@pytest.mark.parametrize("batch_size", [1, 2])
def test_any_batch_size_gives_the_same(name, batch_size):
    specimen = zoo.specimen(name)
    if specimen.random:
        pytest.skip("draws anew for every batch")
    names = scope_of(specimen).layers.names
    whole = capture(specimen, names, batch_size=32)

    split = capture(zoo.specimen(name), names, batch_size=batch_size)

    for title in names:
        torch.testing.assert_close(split[title], whole[title])


def test_iter_activations_streams_the_same_in_batches(name):
    specimen = zoo.specimen(name)
    if specimen.random:
        pytest.skip("draws anew for every batch")
    scope = scope_of(specimen)
    names = scope.layers.names
    whole = capture(zoo.specimen(name), names)

    batches = list(scope.iter_activations(specimen.inputs, layers=names, batch_size=2))

    count = len(specimen.example[0])
    assert [batch.indices for batch in batches] == [[0, 1], [2]][: (count + 1) // 2]
    for title in names:
        streamed = torch.cat([batch.activations[title] for batch in batches])
        torch.testing.assert_close(streamed, whole[title])


def test_what_is_returned_shares_no_memory_with_model_or_images(name):
    specimen = zoo.specimen(name)
    network = oracle.network(specimen.model)
    got = capture(specimen, scope_of(specimen).layers.names)

    lent = {t.untyped_storage().data_ptr() for t in specimen.example}
    lent |= {t.untyped_storage().data_ptr() for t in (*network.parameters(), *network.buffers())}
    for title, tensor in got.items():
        assert tensor.untyped_storage().data_ptr() not in lent, title
        assert not tensor.requires_grad
        assert tensor.device.type == "cpu"


@pytest.mark.parametrize("name", ["plain", "vgg", "one_channel", "seven_channel", "half_float16"])
def test_images_one_by_one_give_what_one_prepared_batch_gives(name):
    specimen = zoo.specimen(name)
    names = scope_of(specimen).layers.names
    images = [image.float() for image in specimen.inputs]
    got = cs.Scope(specimen.model, example=specimen.example).activations(images, layers=names)
    for title, tensor in capture(specimen, names).items():
        equal(got[title], tensor)


def _plain_gradients(name):
    """Gradients of the tensors that modules gave, where no later operation wrote over them."""
    specimen = zoo.specimen(name)
    for tensor in specimen.example:
        tensor.requires_grad_()
    seen = oracle.run(specimen, grad=True)
    scores = oracle.logits(specimen, seen.result)
    total = scores[range(len(scores)), TARGETS[: len(scores)]].sum()
    whole = {
        title: tensor
        for title, tensor in seen.live.items()
        if tensor.requires_grad and torch.equal(tensor, seen.outputs[title])
    }
    grads = torch.autograd.grad(total, list(whole.values()), allow_unused=True)
    return {t: g for t, g in zip(whole, grads, strict=True) if g is not None}


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_gradients_equal_plain_autograd(name):
    specimen = zoo.specimen(name)
    scope = scope_of(specimen)
    plain = {t: specimen.maps(t, g) for t, g in _plain_gradients(name).items()}
    names = [title for title in scope.layers.names if title in plain]
    assert names

    torch.manual_seed(7)
    targets = list(TARGETS[: len(specimen.example[0])])
    got = scope.gradients(specimen.inputs, targets, layers=names)

    for title in names:
        torch.testing.assert_close(got[title], plain[title])


def _nudged(name, title, nudge):
    """Return the sum of the target scores when the layer's output is moved by `nudge`."""
    specimen = zoo.specimen(name)
    network = oracle.network(specimen.model).eval().double()
    module, _, call = title.partition("@")
    seen = []

    def hook(_module, _args, output):
        seen.append(output)
        return output + nudge if len(seen) == int(call or 0) + 1 else None

    network.get_submodule(module).register_forward_hook(hook)
    with torch.no_grad(), oracle.unfused():
        torch.manual_seed(7)
        scores = oracle.logits(specimen, network(*(t.double() for t in specimen.example)))
    return scores[range(len(scores)), TARGETS[: len(scores)]].sum()


def _slope(name, title, along, here):
    """Return the slope of the scores along a direction, None at a kink (ties in a max pool)."""
    above, below = (_nudged(name, title, step * along) for step in (1e-6, -1e-6))
    smooth = torch.isclose(above - here, here - below, rtol=1e-4, atol=1e-11)
    return (above - below) / 2e-6 if smooth else None


def _shown(specimen, title, raw):
    """Return random numbers like `raw`, zero where the maps leave something out (class tokens)."""
    places = torch.arange(raw.numel()).view_as(raw)
    shown = torch.zeros(raw.numel(), dtype=torch.float64)
    shown[specimen.maps(title, places).flatten()] = 1
    return torch.randn(raw.shape, dtype=torch.float64) * shown.view_as(raw)


@pytest.mark.filterwarnings("ignore:The score does not depend:UserWarning")
@pytest.mark.parametrize("name", [n for n in CLASSIFIERS if "half" not in n])
def test_gradients_equal_finite_differences_also_before_in_place_operations(name):
    specimen = zoo.specimen(name)
    oracle.network(specimen.model).double()
    doubled = tuple(t.double() for t in specimen.example)
    scope = cs.Scope(specimen.model, "none", example=doubled)
    names = [n for n in scope.layers.names if "[" not in n and "output" not in n]
    torch.manual_seed(7)
    inputs = doubled[0] if len(doubled) == 1 else doubled
    got = scope.gradients(inputs, list(TARGETS[: len(doubled[0])]), layers=names)

    raw = oracle.run(zoo.specimen(name)).outputs
    here = _nudged(name, names[0], 0)
    slopes, ours = {}, {}
    for title in names:
        along = _shown(specimen, title, raw[title])
        slope = _slope(name, title, along, here)
        if slope is not None:
            slopes[title] = slope
            ours[title] = (got[title] * specimen.maps(title, along)).sum()
    assert len(slopes) >= len(names) - 3
    torch.testing.assert_close(ours, slopes, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_weight_gradients_equal_backward(name):
    specimen = zoo.specimen(name)
    labels = list(TARGETS[: len(specimen.example[0])])
    other = zoo.specimen(name)
    network = oracle.network(other.model).requires_grad_().eval()
    network.zero_grad()
    torch.manual_seed(7)
    scores = oracle.logits(other, network(*other.example))
    nn.functional.cross_entropy(scores, torch.tensor(labels)).backward()

    torch.manual_seed(7)
    got = scope_of(specimen).weight_gradients(specimen.inputs, labels)

    want = dict(network.named_parameters())
    assert set(got) == set(want)
    for title, grad in got.items():
        plain = want[title].grad
        torch.testing.assert_close(grad, torch.zeros_like(grad) if plain is None else plain)


@pytest.mark.parametrize(
    ("name", "titles"),
    [
        ("recurrent", ["cell[0]", "cell@2[1]", "cell.gates", "cell.gates@1", "cell.update@2"]),
        ("shared", ["twice", "twice@1", "act", "act@1"]),
        ("tuple_output", ["pyramid[0]", "pyramid[1][0]", "output[0]", "output[1]"]),
        ("dict_output", ["trunk[low]", "trunk[high]", "output[logits]", "output[aux]"]),
        ("model_output", ["output[logits]", "output[hidden_states][1]"]),
        ("dataclass_output", ["output[features]"]),
        ("namedtuple_output", ["output[embedding]"]),
    ],
)
def test_repeated_calls_and_nested_outputs_have_names(name, titles):
    got = capture(zoo.specimen(name), titles)
    want = expected(name)
    assert list(got) == titles
    for title in titles:
        equal(got[title], want[title])
