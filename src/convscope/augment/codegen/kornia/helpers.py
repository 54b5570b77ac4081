"""Small classes that kornia code brings along, where the library has none."""

from __future__ import annotations

HELPERS = {
    "Fitted": '''class Fitted(K.RandomAffine):
    """Zooms in until no border shows."""

    def generate_parameters(self, batch_shape):
        params = super().generate_parameters(batch_shape)
        height, width = batch_shape[-2:]
        turn, lean, rise = (torch.deg2rad(params[name]) for name in ("angle", "shear_x", "shear_y"))
        across = (turn.sin().abs() + lean.tan().abs()) * height / width
        down = (turn.sin().abs() + rise.tan().abs()) * width / height
        zoom = turn.cos().abs() + torch.maximum(across, down)
        params["scale"] = params["scale"] * zoom[:, None]
        return params
''',
}
