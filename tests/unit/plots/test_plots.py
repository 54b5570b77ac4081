from types import SimpleNamespace

import matplotlib as mpl
import numpy as np
import PIL.Image
import pytest
import torch
from figures import bar, pixels
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from convscope import plots

THEMES = ("light", "dark")


def every_figure(maps, picture, weight, theme="light"):
    entries = [SimpleNamespace(name="tabby", score=0.62, kind="probability")]
    return {
        "activations": plots.activations(maps, image=picture, theme=theme),
        "strip": plots.activations(maps[:, 0, 0], theme=theme),
        "square": plots.activations(maps[:, 0, 0], vector="square", theme=theme),
        "heatmap": plots.heatmap(maps[0], picture, theme=theme),
        "heatmaps": plots.heatmaps(maps, picture, theme=theme),
        "merged": plots.heatmaps(maps, picture, merge="max", scale="channel", theme=theme),
        "filters": plots.filters(weight, theme=theme),
        "one filter": plots.filters(weight, unit=2, theme=theme),
        "colour filters": plots.filters(weight[:, :3], theme=theme),
        "depthwise filters": plots.filters(weight[:, :1], theme=theme),
        "weight matrix": plots.filters(weight[:, :, :1, :1], theme=theme),
        "gradients": plots.gradients(weight, theme=theme),
        "predictions": plots.predictions(entries, theme=theme),
        "layer browser": plots.layer_browser(picture, entries, maps, title="x", theme=theme),
        "filter gallery": plots.filter_gallery(weight, title="x", theme=theme),
    }


def test_no_call_changes_what_was_handed_in_or_any_global(maps, picture, weight):
    before = [value.clone() for value in (maps, picture, weight)]
    settings = dict(mpl.rcParams)
    for figure in every_figure(maps, picture, weight).values():
        figure.set_dpi(15)
        pixels(figure)
    after = (maps, picture, weight)
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))
    assert dict(mpl.rcParams) == settings


def test_no_figure_is_left_open_in_pyplot(maps, picture, weight):
    import matplotlib.pyplot as plt

    plots.png(plots.activations(maps))
    assert len(every_figure(maps, picture, weight)) == 15
    assert plt.get_fignums() == []


@pytest.mark.parametrize("theme", THEMES)
def test_every_figure_has_the_ground_of_its_theme(maps, picture, weight, theme):
    ground = {"light": "#ffffff", "dark": "#14171a"}[theme]
    for figure in every_figure(maps, picture, weight, theme).values():
        assert isinstance(figure, Figure)
        figure.set_dpi(15)
        assert pixels(figure)[0, 0] / 255 == pytest.approx(to_rgba(ground), abs=0.01)


def test_no_words_leave_the_page_or_lie_over_each_other(maps, picture, weight):
    for name, figure in every_figure(maps, picture, weight).items():
        page, renderer = figure.bbox, figure.canvas.get_renderer()
        boxes = [text.get_window_extent(renderer) for text in figure.texts if text.get_text()]
        for place, box in enumerate(boxes):
            assert page.x0 <= box.x0, name
            assert box.x1 <= page.x1, name
            assert not any(box.overlaps(other) for other in boxes[place + 1 :]), name


@pytest.mark.parametrize("settings", [{"axes.grid": True}, {"image.origin": "lower"}])
def test_the_users_matplotlib_settings_do_not_turn_or_rule_the_maps(maps, settings):
    plain = pixels(plots.activations(maps, columns=3))
    with mpl.rc_context(settings):
        assert np.array_equal(pixels(plots.activations(maps, columns=3)), plain)


def test_an_unknown_theme_is_answered_with_the_known_ones(maps):
    with pytest.raises(ValueError, match="theme: 'sepia' is not known; choose one of 'light'"):
        plots.activations(maps, theme="sepia")


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64, torch.int16])
def test_tensors_of_any_type_and_with_gradients_are_drawn(dtype):
    values = torch.arange(2 * 3 * 4).reshape(2, 3, 4).to(dtype)
    if dtype.is_floating_point:
        values.requires_grad_()
    assert bar(plots.activations(values))[0] == [0, 23]


def test_arrays_and_tensors_give_the_same_picture(maps):
    one, other = plots.activations(maps), plots.activations(maps.numpy())
    assert np.array_equal(pixels(one), pixels(other))


def test_what_is_not_numbers_is_refused():
    with pytest.raises(TypeError, match="maps: expected real numbers, got ndarray of complex"):
        plots.activations(np.ones((2, 3, 4), complex))


def test_figures_are_saved_by_the_end_of_the_name(tmp_path, maps):
    figure = plots.activations(maps)
    for name, start in (("a.png", b"\x89PNG"), ("a.pdf", b"%PDF"), ("a.svg", b"<?xml")):
        assert plots.save(figure, tmp_path / name).read_bytes().startswith(start)
    with PIL.Image.open(tmp_path / "a.png") as opened:
        assert opened.width == pytest.approx(figure.get_figwidth() * 200, abs=1)
    with pytest.raises(ValueError, match=r"path: 'a.xyz' ends in no known format"):
        plots.save(figure, tmp_path / "a.xyz")


def test_a_notebook_shows_a_figure_without_pyplot(maps):
    figure = plots.activations(maps)
    data, size = figure._repr_png_()
    assert data.startswith(b"\x89PNG")
    assert size["width"] == pytest.approx(figure.get_figwidth() * 100, abs=1)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (-2.5, "−2.50"),
        (0.0123, "0.0123"),
        (9.996, "10.0"),
        (1234, "1230"),
        (12345.6, "12\u2009300"),
        (0.00052, "5.2 × 10⁻⁴"),
        (-3e9, "−3 × 10⁹"),
        (float("nan"), "not a number"),
    ],
)
def test_numbers_are_spelled_as_in_the_widgets(value, text):
    from convscope.plots.style import number

    assert number(value) == text
