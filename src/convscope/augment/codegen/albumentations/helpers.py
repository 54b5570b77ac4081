"""Small classes that Albumentations code brings along, where the library has none."""

from __future__ import annotations

HELPERS = {
    "Moved": '''class Moved(A.Affine):
    """Shears first, then turns and scales."""

    fitted = False

    def get_params_dependent_on_data(self, params, data):
        height, width = params["shape"][:2]
        shear, move = self._get_shear_params(), self._get_translate_params((height, width))
        scale = self._get_scale(self.scale, True, False, self.py_random)["x"]
        degrees = self.py_random.uniform(*self.rotate)
        turn, lean, rise = np.deg2rad([degrees, shear["x"], shear["y"]])
        linear = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
        linear = linear @ [[1, 0], [np.tan(rise), 1]] @ [[1, np.tan(lean)], [0, 1]]
        size = np.array([width, height])
        if self.fitted:
            scale *= (np.abs(np.linalg.inv(linear)) @ size / size).max()
        matrices = {}
        for name, middle in (("matrix", size / 2 - 0.5), ("bbox_matrix", size / 2)):
            shift = middle - scale * linear @ middle + [move["x"], move["y"]]
            matrices[name] = np.vstack([np.column_stack([scale * linear, shift]), [0, 0, 1]])
        told = {"rotate": degrees, "scale": {"x": scale, "y": scale}}
        return {**told, **matrices, "output_shape": (height, width)}
''',
    "Fitted": '''class Fitted(Moved):
    """Zooms in until no border shows."""

    fitted = True
''',
}
