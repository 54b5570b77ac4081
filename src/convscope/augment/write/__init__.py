"""From a folder of images to a folder of augmented ones, with a manifest that tells of each."""

from convscope.augment.write.manifest import Row, read_manifest
from convscope.augment.write.run import Written, write

__all__ = ["Row", "Written", "read_manifest", "write"]
