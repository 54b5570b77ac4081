"""The zoo itself: enough of it, reproducible, and every module of it stands in the layer tree."""

import pytest
import torch

import convscope as cs
import zoo
from zoo import oracle


@pytest.fixture(params=zoo.BUILDERS)
def name(request):
    return request.param


def test_the_zoo_has_what_the_design_asks_for():
    assert len(zoo.BUILDERS) >= 25


def test_a_specimen_is_the_same_whenever_it_is_built(name):
    torch.manual_seed(1)
    state = torch.get_rng_state()
    first = zoo.specimen(name)
    torch.manual_seed(2)
    second = zoo.specimen(name)

    torch.manual_seed(1)
    assert torch.equal(torch.get_rng_state(), state)
    for key, value in first.model.state_dict().items():
        assert torch.equal(value, second.model.state_dict()[key]), key
    for one, other in zip(first.example, second.example, strict=True):
        assert torch.equal(one, other)


def test_the_tree_lists_every_module_by_its_dotted_name(name):
    specimen = zoo.specimen(name)
    network = oracle.network(specimen.model)
    names = [
        layer.name for layer in cs.Scope(specimen.model, "none", example=specimen.example).layers
    ]

    modules = [n for n, _ in network.named_modules(remove_duplicate=False) if n]
    assert [n for n in modules if "parametrizations" not in n and n not in names] == []
    assert len(names) == len(set(names))


def test_a_layer_is_used_if_a_plain_hook_sees_it_run_and_counts_its_calls(name):
    specimen = zoo.specimen(name)
    layers = cs.Scope(specimen.model, "none", example=specimen.example).layers
    order = oracle.run(zoo.specimen(name)).order

    for layer in layers:
        module = layer.shared_with or layer.name.split("@")[0].split("[")[0]
        if module != "output":
            assert layer.calls == order.count(module), layer.name
            assert layer.used == (module in order), layer.name


def test_layers_run_in_the_order_that_hooks_see(name):
    specimen = zoo.specimen(name)
    layers = cs.Scope(specimen.model, "none", example=specimen.example).layers
    titles = list(oracle.run(zoo.specimen(name)).outputs)

    ours = sorted((layer for layer in layers if layer.order is not None), key=lambda x: x.order)
    names = [layer.name for layer in ours]
    assert names == [title for title in titles if title in names]


def test_the_shape_of_a_layer_is_the_shape_of_one_activation(name):
    specimen = zoo.specimen(name)
    scope = cs.Scope(specimen.model, "none", example=specimen.example)
    activations = scope.activations(specimen.inputs, layers=scope.layers.names)

    assert {n: scope.layers[n].shape for n in activations} == {
        n: tuple(value.shape[1:]) for n, value in activations.items()
    }


def test_parameters_are_counted_as_torch_counts_them(name):
    specimen = zoo.specimen(name)
    modules = dict(oracle.network(specimen.model).named_modules())
    for layer in cs.Scope(specimen.model, "none", example=specimen.example).layers:
        module = modules.get(layer.name)
        if module is not None:
            assert layer.parameters == sum(p.numel() for p in module.parameters()), layer.name


def test_module_and_calls_that_stand_out_are_marked():
    twice = zoo.specimen("shared")
    shared = cs.Scope(twice.model, "none", example=twice.example).layers
    unused = zoo.specimen("unused_module")
    layers = cs.Scope(unused.model, "none", example=unused.example).layers

    assert shared["alias"].shared_with == "twice"
    assert shared["twice"].calls == 2
    assert "twice@1" in shared
    assert not layers["never"].used
    assert layers["conv"].used
    with pytest.raises(ValueError, match="never"):
        layers.find("never")


@pytest.mark.parametrize("name", ["data_parallel", "compiled"])
def test_a_wrapper_puts_no_prefix_before_the_names(name):
    specimen = zoo.specimen(name)
    names = cs.Scope(specimen.model, "none", example=specimen.example).layers.names
    assert "conv" in names
    assert not [n for n in names if n.startswith(("module.", "_orig_mod."))]
