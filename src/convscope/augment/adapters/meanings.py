"""What the arguments of other libraries mean: unit, limits and what a slider covers, by name.

``Class.name`` goes before ``name``; None has no slider.
"""

from __future__ import annotations

from dataclasses import replace

from convscope.augment.adapters.knob import Meaning, Meanings

_PROBABILITY = Meaning("how probable it is for a sample", low=0, high=1)
_SIDE = Meaning("of the result", "px", 1, slider=(1, 1024), step=1, whole=True)
_SIZE = replace(_SIDE, axes=("height", "width"))
_FACTOR = Meaning("drawn from this range; 1 changes nothing", "×", 0, slider=(0, 3))

TORCHVISION: Meanings = {
    "p": _PROBABILITY,
    "degrees": Meaning("counter-clockwise", "°", -360, 360, (-180, 180), 1),
    "RandomAffine.degrees": Meaning("clockwise", "°", -360, 360, (-180, 180), 1),
    "translate": Meaning("at most, as a share of the side", "", 0, 1, axes=("x", "y")),
    "shear": Meaning("", "°", -90, 90, (-45, 45), 1, spans=("x", "y")),
    "scale": Meaning("", "×", 0.01, slider=(0.05, 2)),
    "RandomResizedCrop.scale": Meaning("share of the area", "", 0.001, 1, (0, 1)),
    "RandomErasing.scale": Meaning("share of the area", "", 0, 1),
    "GaussianNoise.mean": Meaning("", "", -1, 1),
    "GaussianNoise.sigma": Meaning("", "", 0, slider=(0, 0.5)),
    "ElasticTransform.sigma": Meaning("", "px", 0, slider=(0.1, 20), step=0.1, axes=("x", "y")),
    "scale_range": Meaning("", "×", 0.01, slider=(0.05, 4)),
    "ratio": Meaning("width by height", "", 0.05, slider=(0.2, 5)),
    "side_range": Meaning("of the canvas", "×", 1, slider=(1, 8)),
    "distortion_scale": Meaning("", "", 0, 1),
    "brightness": _FACTOR,
    "contrast": _FACTOR,
    "saturation": _FACTOR,
    "hue": Meaning("in turns of the colour circle", "", -0.5, 0.5),
    "sharpness_factor": Meaning("1 changes nothing", "×", 0, slider=(0, 8)),
    "bits": Meaning("kept of each channel", "", 0, 8, step=1, whole=True),
    "threshold": Meaning("values from here on are inverted", "", 0, slider=(0, 1)),
    "quality": Meaning("", "", 1, 100, step=1, whole=True),
    "kernel_size": Meaning("", "px", 1, slider=(1, 63), step=2, whole=True, axes=("x", "y")),
    "sigma": Meaning("", "px", 0, slider=(0.1, 10), step=0.1),
    "alpha": Meaning("strength", "", 0, slider=(0, 200), axes=("x", "y")),
    "magnitude": Meaning("", "", 0, 30, step=1, whole=True),
    "num_ops": Meaning("operations one after another", "", 0, slider=(0, 8), step=1, whole=True),
    "num_magnitude_bins": None,
    "num_output_channels": None,
    "inplace": None,
    "mean": None,
    "std": None,
    "value": None,
    "max_size": None,
    "center": None,
    "fill": None,
    "size": _SIZE,
    "padding": Meaning(
        "", "px", 0, slider=(0, 128), step=1, whole=True, axes=("left", "top", "right", "bottom")
    ),
}

KORNIA: Meanings = {
    **TORCHVISION,
    "scale": Meaning("", "×", 0.01, slider=(0.05, 4), spans=("x", "y")),
    "RandomThinPlateSpline.scale": Meaning("strength", "", 0, 1),
    "translate_x": Meaning("as a share of the width", "", -1, 1),
    "translate_y": Meaning("as a share of the height", "", -1, 1),
    "sharpness": Meaning("", "", 0, slider=(0, 4)),
    "thresholds": Meaning("values from here on are inverted", "", 0, 1),
    "additions": Meaning("", "", -0.5, 0.5),
    "times": Meaning("turns by 90°", "", -3, 3, step=1),
    "gamma": Meaning("", "", 0.01, slider=(0.2, 5)),
    "gain": Meaning("", "×", 0, slider=(0, 3)),
    "bits_factor": Meaning("kept of each channel", "", 0, 8, step=0.1),
    "jpeg_quality": Meaning("", "", 1, 100, step=1),
    "std": Meaning("", "", 0, slider=(0, 1)),
    "mean": Meaning("", "", -1, 1),
    "alpha": Meaning("strength", "", 0, slider=(0, 10), step=0.1, axes=("x", "y")),
    "RandomElasticTransform.sigma": Meaning(
        "", "px", 0.1, slider=(1, 64), step=0.5, axes=("x", "y")
    ),
    "angle": Meaning("", "°", -360, 360, (-180, 180), 1),
    "direction": Meaning("", "", -1, 1),
    "amount": Meaning("share of the pixels", "", 0, 1),
    "salt_and_pepper": Meaning("share of white among them", "", 0, 1),
    "sign": Meaning("", "", -1, 1),
    "clip_limit": Meaning("", "", 0, slider=(0, 80), step=1),
    "p_batch": None,
    "num_mix": None,
    "max_val": None,
    "pad_value": None,
}

_SHARE = Meaning("", "", 0, 1)
_LIMIT = Meaning("0 changes nothing", "", -1, slider=(-1, 1))

ALBUMENTATIONS: Meanings = {
    "p": _PROBABILITY,
    "limit": Meaning("counter-clockwise", "°", -360, 360, (-180, 180), 1),
    "rotate": Meaning("counter-clockwise", "°", -360, 360, (-180, 180), 1),
    "shear": Meaning("", "°", -90, 90, (-45, 45), 1),
    "scale": Meaning("", "×", 0.001, slider=(0.05, 3)),
    "RandomResizedCrop.scale": Meaning("share of the area", "", 0.001, 1, (0, 1)),
    "Perspective.scale": Meaning("share of the side", "", 0, slider=(0, 0.5)),
    "RandomSizedCrop.min_max_height": Meaning("", "px", 1, slider=(1, 1024), step=1, whole=True),
    "ratio": Meaning("width by height", "", 0.05, slider=(0.2, 5)),
    "translate_percent": Meaning("share of the side", "", -1, 1),
    "translate_px": Meaning("", "px", slider=(-128, 128), step=1, whole=True),
    "scale_limit": Meaning("0 changes nothing", "", -0.95, slider=(-0.9, 2)),
    "rotate_limit": Meaning("", "°", -360, 360, (-180, 180), 1),
    "shift_limit": Meaning("share of the side", "", -1, 1),
    "brightness_limit": _LIMIT,
    "contrast_limit": _LIMIT,
    "brightness": Meaning("", "×", 0, slider=(0, 3)),
    "contrast": Meaning("", "×", 0, slider=(0, 3)),
    "saturation": Meaning("", "×", 0, slider=(0, 3)),
    "hue": Meaning("in turns of the colour circle", "", -0.5, 0.5),
    "hue_shift_limit": Meaning("of 180", "", -180, 180, step=1),
    "sat_shift_limit": Meaning("of 255", "", -255, 255, step=1),
    "val_shift_limit": Meaning("of 255", "", -255, 255, step=1),
    "gamma_limit": Meaning("", "%", 1, slider=(10, 300), step=1),
    "blur_limit": Meaning("side of the kernel", "px", 0, slider=(0, 63), step=1, whole=True),
    "sigma_limit": Meaning("", "px", 0, slider=(0, 10), step=0.1),
    "std_range": _SHARE,
    "mean_range": Meaning("", "", -1, 1),
    "quality_range": Meaning("", "", 1, 100, step=1, whole=True),
    "num_bits": Meaning("kept of each channel", "", 1, 8, step=1, whole=True),
    "threshold_range": Meaning("values from here on are inverted", "", 0, 1),
    "alpha": Meaning("strength", "", 0, slider=(0, 300), step=1),
    "Sharpen.alpha": _SHARE,
    "Emboss.alpha": _SHARE,
    "UnsharpMask.alpha": _SHARE,
    "MotionBlur.angle_range": Meaning("", "°", 0, 360, step=1),
    "MotionBlur.direction_range": Meaning("", "", -1, 1),
    "noise_scale_factor": _SHARE,
    "fog_coef_range": _SHARE,
    "blend_ratio": _SHARE,
    "sigma": Meaning("", "px", 0, slider=(1, 100), step=1),
    "distort_limit": Meaning("", "", -1, 1),
    "num_steps": Meaning("", "", 1, slider=(1, 32), step=1, whole=True),
    "size": _SIZE,
    "height": _SIDE,
    "width": _SIDE,
    "num_holes_range": Meaning("", "", 1, slider=(1, 64), step=1, whole=True),
    "hole_height_range": Meaning("share of the side, or pixels", "", 0, slider=(0, 1)),
    "hole_width_range": Meaning("share of the side, or pixels", "", 0, slider=(0, 1)),
    "n": Meaning("how many of them", "", 1, slider=(1, 8), step=1, whole=True),
    "crop_border": Meaning("cut off what has no image", switch=True),
    "fit_output": Meaning("grow the canvas", switch=True),
    "interpolation": None,
    "mask_interpolation": None,
    "border_mode": None,
    "fill": None,
    "fill_mask": None,
    "max_pixel_value": None,
    "mean": None,
    "std": None,
    "always_apply": None,
    "num_output_channels": None,
}
