"""What an exported attribution can be asked: the most wanted first, as long as there is room."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from convscope.attribution import METHODS
from convscope.widgets._attribution_maps import Asked
from convscope.widgets._export import Call

if TYPE_CHECKING:
    from convscope.widgets.attribution import Attribution


def exported(widget: Attribution) -> Iterator[Call]:
    """Yield the calls whose answers the page of an attribution should hold."""
    names = widget._source.names
    rest = [i for i in range(len(names)) if i != widget.image]
    yield Call("thumbnails", {"start": 0, "stop": len(names)}, "the strip of images")
    yield Call("input", {"image": widget.image}, f"image {names[widget.image]}")
    yield from _maps(widget, widget.image, widget._shown())
    yield from _checks(widget, widget._asked())
    for image in [widget.image, *rest]:
        yield Call("input", {"image": image}, f"image {names[image]}")
        yield from _maps(widget, image, [widget._asked()])
        targets = [widget.target, *(guess.index for guess in widget._predictions(image))]
        for layer in dict.fromkeys([widget.layer, *widget.layers]):
            asked = [widget._asked(target=target, layer=layer) for target in targets]
            yield from _maps(widget, image, asked)
        yield from _maps(widget, image, [widget._asked(method=each) for each in widget.methods])
    every = [widget._asked(layer=layer) for layer in widget._maps.in_order()]
    yield from _maps(widget, widget.image, every)


def _maps(widget: Attribution, image: int, asked: Sequence[Asked]) -> Iterator[Call]:
    name = widget._source.names[image]
    for each in asked:
        words = f"{METHODS[each.method].title} of {each.layer} on {name}"
        triple = [each.method, each.target, each.layer]
        yield Call("maps", {"image": image, "asked": [triple]}, words)


def _checks(widget: Attribution, asked: Asked) -> Iterator[Call]:
    params = {
        "image": widget.image,
        "method": asked.method,
        "target": asked.target,
        "layer": asked.layer,
    }
    name = widget._source.names[widget.image]
    yield Call("faithfulness", params, f"deletion and insertion on {name}")
    yield Call("sanity", params, f"the sanity check on {name}")
    if widget.trace and widget.position is not None:
        earlier, later = widget._maps.neighbours(widget.layer, widget.layers)
        traced = {
            "image": widget.image,
            "layer": widget.layer,
            "position": widget.position,
            "earlier": widget.earlier or earlier,
            "later": widget.later or later,
        }
        yield Call("between", traced, f"what {widget.layer} was made from")
