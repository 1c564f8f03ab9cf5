"""Cases: images with their true labels, generated or loaded from an archive."""
