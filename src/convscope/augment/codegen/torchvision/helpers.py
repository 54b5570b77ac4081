"""Small classes that torchvision code brings along, where the library has none."""

from __future__ import annotations

HELPERS = {
    "Move": '''class Move(v2.Transform):
    """Turn, slant and shift by draws from ranges; crop zooms in until no border shows."""

    def __init__(self, degrees=(0, 0), x=(0, 0), y=(0, 0), scale=(1, 1), shear_x=(0, 0),
                 shear_y=(0, 0), crop=False, interpolation="bilinear", fill=0, mask_fill=0):
        super().__init__()
        self.ranges = degrees, x, y, scale, shear_x, shear_y
        self.crop, self.fill, self.mask_fill = crop, fill, mask_fill
        self.interpolation = v2.InterpolationMode(interpolation)

    def make_params(self, flat_inputs):
        height, width = v2.query_size(flat_inputs)
        drawn = [float(torch.empty(1).uniform_(*each)) for each in self.ranges]
        degrees, x, y, scale, shear_x, shear_y = drawn
        if self.crop:
            turn, lean, rise = (math.radians(each) for each in (degrees, shear_x, shear_y))
            across = (abs(math.sin(turn)) + abs(math.tan(lean))) * height / width
            down = (abs(math.sin(turn)) + abs(math.tan(rise))) * width / height
            scale *= abs(math.cos(turn)) + max(across, down)
        return dict(angle=-degrees, translate=[round(x * width), round(y * height)], scale=scale,
                    shear=[shear_x, shear_y])

    def transform(self, inpt, params):
        fill = self.mask_fill if isinstance(inpt, tv_tensors.Mask) else self.fill
        return self._call_kernel(
            v2.functional.affine, inpt, **params, interpolation=self.interpolation, fill=fill
        )
''',
    "Noise": '''class Noise(v2.RandomErasing):
    """Covers the rectangle with a random value for each pixel and channel."""

    def make_params(self, flat_inputs):
        params = super().make_params(flat_inputs)
        if params["v"] is not None:
            shape = (v2.query_chw(flat_inputs)[0], params["h"], params["w"])
            params["v"] = torch.randint(0, 256, shape, dtype=torch.uint8)
        return params
''',
    "Drawn": '''class Drawn(v2.Transform):
    """Calls a function with a number drawn from a range, for each image its own."""

    def __init__(self, function, **ranges):
        super().__init__()
        self.function, self.ranges = function, ranges

    def make_params(self, flat_inputs):
        return {name: float(torch.empty(1).uniform_(*each)) for name, each in self.ranges.items()}

    def transform(self, inpt, params):
        return self._call_kernel(self.function, inpt, **params)
''',
}
