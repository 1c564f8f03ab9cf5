"""Three synthetic modalities: images that look like the real thing and carry no patient."""
