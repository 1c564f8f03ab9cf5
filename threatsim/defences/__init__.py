"""Controls against altered images: detectors, restoration, integrity at capture, duplicates, same-patient matching."""
